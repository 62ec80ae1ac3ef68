"""A pytest plugin: a failing checkpoint test says what was expected, what was got, and why.

It replaces the traceback of a failing `@step` test (`-v`, `--full-trace` and `--tb` bring it back),
ends the run at a checkpoint test that hangs, and with `--checkpoint-log=FILE` appends to FILE two
lines for each test, JSON objects: one when it begins, as failed, and one when it has ended. So a
test that takes the whole process with it is told too; the last line of a test is what holds.

    nodeid      the test, or the file that could not be collected
    step        the exercise that it checks; null for a test without `@step`
    outcome     "passed", "failed" or "skipped"
    phase       where it failed: "collect", "setup", "call" or "teardown"; "call" when it did not
    message     what was raised, whole; "" when it passed
    exception   the name of its type, such as "AssertionError"
    where       "path:line", relative to the root: the innermost line of the package's code that it
                went through, else the test's own line
    unwritten   the message of the stub that it ran into ("Chapter 1, step 2: ..."), else ""
    expected, why, read    what the test's docstring says
    output      what was printed on the way
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support import hangs
from tests.support.raised import PACKAGE, Raised
from tests.support.steps import Promise

INDENT = 10
MOST = 20
"""Lines that are shown of what was raised."""

LONGEST = 500
"""Letters that are shown of one such line."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("checkpoint", "the course's checkpoints")
    group.addoption(
        "--checkpoint-log", metavar="FILE", help="append one JSON object a test to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "step(number): the exercise that this test checks")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Remembers the worst that happens to a test in its three phases, and logs it at the end."""
    item.stash[RECORD] = record_of(item)
    log(item.config, item.stash[RECORD] | {"outcome": "failed", "message": NO_END})
    handled = yield
    log(item.config, item.stash[RECORD])
    return handled


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in filter(is_checkpoint, items):
        hangs.bound(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    if not is_checkpoint(item):
        return (yield)
    with hangs.interrupting(hangs.LIMIT + hangs.GRACE):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    record = item.stash[RECORD]
    record["output"] = report.capstdout
    if report.skipped and record["outcome"] == "passed":
        record["outcome"] = "skipped"
    if report.failed and call.excinfo is not None and record["outcome"] != "failed":
        raised = Raised.by(call.excinfo.value, item.config.rootpath, item.path)
        record |= {"outcome": "failed", "phase": report.when, **raised.as_record()}
        stop_if_hung(item.session, record)
        if is_checkpoint(item) and is_brief(item.config):
            report.longrepr = explanation(item.config, record)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    try:
        with hangs.interrupting(hangs.LIMIT + hangs.GRACE):
            report = yield
    except SystemExit as error:  # pytest lets it pass
        log(collector.config, uncollected(collector, error))
        raise
    # pytest hands the exception on in an attribute that its types do not declare.
    call: pytest.CallInfo[object] | None = getattr(report, "call", None)
    if report.failed and call is not None and call.excinfo is not None:
        record = uncollected(collector, call.excinfo.value)
        log(collector.config, record)
        stop_if_hung(collector.session, record)
        if record["where"].startswith(PACKAGE) and is_brief(collector.config):
            report.longrepr = explanation(collector.config, record)
    return report


Record = dict[str, Any]
RECORD = pytest.StashKey[Record]()
NO_END = "this test never came to its end: something stopped all of Python"


def blank(nodeid: str) -> Record:
    """The record of a test that nothing has happened to yet."""
    return {
        "nodeid": nodeid, "step": None, "outcome": "passed", "phase": "call", "message": "",
        "exception": "", "where": "", "unwritten": "", "expected": "", "why": "", "read": "",
        "output": "",
    }  # fmt: skip


def record_of(item: pytest.Item) -> Record:
    marker = item.get_closest_marker("step")
    promise = Promise.of(getattr(getattr(item, "function", None), "__doc__", None))
    return blank(item.nodeid) | {
        "step": marker.args[0] if marker else None,
        "expected": promise.expected,
        "why": promise.why,
        "read": promise.read,
    }


def uncollected(collector: pytest.Collector, error: BaseException) -> Record:
    """The record of a file that cannot be imported."""
    raised = Raised.by(error, collector.config.rootpath, collector.path)
    failed = {"outcome": "failed", "phase": "collect"}
    return blank(collector.nodeid) | failed | raised.as_record()


def stop_if_hung(session: pytest.Session, record: Record) -> None:
    """Ends the run: what hangs one test hangs others, and each of them takes seconds."""
    if hangs.FOR_EVER in record["message"]:
        session.shouldfail = hangs.FOR_EVER


def log(config: pytest.Config, record: Record) -> None:
    if target := config.getoption("checkpoint_log"):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def is_checkpoint(item: pytest.Item) -> bool:
    return item.get_closest_marker("step") is not None


def is_brief(config: pytest.Config) -> bool:
    option = config.option
    return not (option.verbose > 0 or option.fulltrace or option.tbstyle != "auto")


def explanation(config: pytest.Config, record: Record) -> str:
    """The failure as a reader of the chapter needs it, instead of a traceback."""
    got = (
        f"not written yet: {record['unwritten']}"
        if record["unwritten"]
        else brief(record["message"])
    )
    said = [("Expected", record["expected"]), ("Got", got), ("Where", record["where"])]
    said += [("Why", record["why"]), ("Read", record["read"])]
    terminal = config.get_terminal_writer()
    lines = []
    for name, text in said:
        if text:
            wrapped = hanging(text, min(terminal.fullwidth, 100))
            lines.append(terminal.markup(f"{name + ':':<{INDENT}}", bold=True) + wrapped)
    return "\n".join([*lines, "", "With the traceback: make test ARGS=-v"])


def brief(message: str) -> str:
    """What was raised, without the blank lines and not at full length."""
    lines = [line for line in message.splitlines() if line.strip()]
    cut = [line if len(line) <= LONGEST else f"{line[:LONGEST]} …" for line in lines[:MOST]]
    return "\n".join([*cut, *(["…"] if len(lines) > MOST else [])])


def hanging(text: str, width: int) -> str:
    """The text for a terminal, wrapped, with every line but the first moved in."""
    wrap = textwrap.TextWrapper(width - INDENT, break_long_words=False, break_on_hyphens=False)
    lines = [part for line in text.splitlines() for part in wrap.wrap(line) or [""]]
    return ("\n" + INDENT * " ").join(lines)

"""The checkpoint plugin: what a failing test says in a plain run of pytest, and in the log."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from tests.course.plugin_tree import Run, logged, make_tree, package_with, pytest_in
from tests.support.steps import Promise, step

PACKAGE = """
class Wrong(Exception):
    pass


def stub():
    raise NotImplementedError("Chapter 1, step 2: Do it")


def wrong():
    raise Wrong("too much")
"""
TESTS = '''
import asyncio
import time
from tests.support.steps import step
from reverseproxy import stub, wrong


@step(1)
def test_that_passes():
    """One is one."""
    assert 1 == 1


@step(1)
def test_with_a_message():
    """Every cookie arrives, also when there
    are two.

    Why: somebody would be logged out.
    Read: Step 1, "A list".
    """
    print("looking")
    assert [1] == [1, 2], "only the last one arrived"


@step(2)
async def test_in_a_task():
    """The work is done."""
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(stub))


@step(3)
def test_of_code_that_raises():
    """Nothing is raised."""
    wrong()


def test_without_a_step():
    assert 1 == 2


@step(4)
async def test_that_times_out_by_itself():
    """It ends."""
    async with asyncio.timeout(0.01):
        await asyncio.Event().wait()
'''


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree whose tests fail in every way."""
    return make_tree(tmp_path_factory.mktemp("tree"), PACKAGE, TESTS)


@pytest.fixture(scope="module")
def run(tree: Path) -> Run:
    """What a run printed, and its log by the names of the tests."""
    return logged(tree)


def test_a_failing_step_says_what_was_expected_and_got_and_why_and_where_to_read(run: Run) -> None:
    said = run[0]
    assert dedent("""\
        Expected: Every cookie arrives, also when there are two.
        Got:      only the last one arrived
                  assert [1] == [1, 2]
        """) in said  # fmt: skip
    assert dedent("""\
        Why:      somebody would be logged out.
        Read:     Step 1, "A list".

        With the traceback: make test ARGS=-v
        """) in said  # fmt: skip
    assert "def test_with_a_message" not in said
    assert "looking" in said


def test_a_stub_is_not_written_yet_however_deep_it_was_raised(run: Run) -> None:
    said, records = run
    assert "Got:      not written yet: Chapter 1, step 2: Do it\nWhere:    reverseproxy/" in said
    record = records["test_in_a_task"]
    assert record["unwritten"] == "Chapter 1, step 2: Do it"
    assert record["where"] == "reverseproxy/__init__.py:6"


def test_what_the_package_raises_has_its_line_in_the_package(run: Run) -> None:
    record = run[1]["test_of_code_that_raises"]
    assert record["message"] == "Wrong: too much"
    assert record["where"] == "reverseproxy/__init__.py:10"
    assert (record["exception"], record["phase"], record["step"]) == ("Wrong", "call", 3)


def test_a_test_without_a_step_keeps_its_traceback(run: Run) -> None:
    said, records = run
    assert ">       assert 1 == 2" in said
    assert records["test_without_a_step"]["step"] is None


def test_the_log_has_the_outcome_of_every_test(run: Run) -> None:
    records = run[1]
    outcomes = {name: record["outcome"] for name, record in records.items()}
    assert len(outcomes) == 6
    assert [name for name, outcome in outcomes.items() if outcome == "passed"] == [
        "test_that_passes"
    ]
    message = records["test_with_a_message"].pop("message")
    assert str(message).startswith("only the last one arrived\nassert [1] == [1, 2]\n")
    assert records["test_with_a_message"] == {
        "nodeid": "tests/chapter_01/test_it.py::test_with_a_message",
        "step": 1,
        "outcome": "failed",
        "phase": "call",
        "exception": "AssertionError",
        "where": "tests/chapter_01/test_it.py:22",
        "unwritten": "",
        "expected": "Every cookie arrives, also when there are two.",
        "why": "somebody would be logged out.",
        "read": 'Step 1, "A list".',
        "output": "looking\n",
    }


def test_a_time_out_of_the_codes_own_is_what_it_is(run: Run) -> None:
    assert run[1]["test_that_times_out_by_itself"]["exception"] == "TimeoutError"


def test_the_traceback_comes_back_on_request(tree: Path) -> None:
    for option in ("-v", "--tb=short"):
        said = pytest_in(tree, option, "-k", "with_a_message")
        assert "Expected: " not in said
        assert "AssertionError: only the last one arrived" in said


def test_code_that_cannot_be_imported_is_told_with_its_line(tree: Path) -> None:
    with package_with(tree, "def f(:"):
        said, records = logged(tree)
    assert "Got:      SyntaxError: invalid syntax\n          def f(:\n" in said
    assert "Where:    reverseproxy/__init__.py:12" in said
    (record,) = records.values()
    assert (record["phase"], record["outcome"]) == ("collect", "failed")


def test_the_package_of_another_tree_ends_the_session(tree: Path, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    shutil.copytree(tree, own)
    other.mkdir()
    (own / "reverseproxy").rename(other / "reverseproxy")
    said = pytest_in(own, "-q", "-o", f"pythonpath={other}").replace("\n", " ")
    assert f"reverseproxy is imported from {other}" in said
    assert "the tests would check other code than yours" in said
    assert "failed" not in said


def test_a_step_is_counted_from_one() -> None:
    assert step(3).args == (3,)
    with pytest.raises(ValueError, match=r"step\(0\)"):
        step(0)


def test_a_docstring_may_leave_parts_out() -> None:
    assert Promise.of(None) == Promise("", "", "")
    assert Promise.of("One\n    line.\n\n    Read: Page\n    two.") == Promise(
        "One line.", "", "Page two."
    )

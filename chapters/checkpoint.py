"""Runs a chapter's checkpoint in a workbook, and finds the first step that is not there yet."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from chapters.course import Chapter, Step

LIMIT = 90.0
"""Seconds until a run of the tests is ended. A suite takes two; a test that hangs, ten."""

Status = Literal["passed", "failed", "unwritten", "untested"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test: the last line about it in the log of `checkpoint_plugin`.

    The fields are described there. A workbook keeps the plugin that it began with; what an older
    one does not write is "".
    """

    nodeid: str
    step: int | None
    outcome: str
    phase: str
    message: str
    exception: str
    where: str
    unwritten: str
    expected: str
    why: str
    read: str
    output: str

    @classmethod
    def parse(cls, line: str) -> Outcome:
        written: dict[str, Any] = json.loads(line)
        return cls(**{each.name: written.get(each.name, "") for each in fields(cls)})

    @property
    def is_green(self) -> bool:
        return self.outcome == "passed"

    @property
    def is_red(self) -> bool:
        """Whether the test itself said no, and not its setup or its import."""
        return self.outcome == "failed" and self.phase == "call"

    @property
    def chapter(self) -> str:
        """The folder of the chapter whose test this is."""
        return "/".join(self.nodeid.split("/")[:2])

    def __str__(self) -> str:
        said = self.message.strip().splitlines()
        where = "" if self.phase == "call" else f" in {self.phase}"
        return f"{self.nodeid} {self.outcome}{where}{f': {said[0]}' if said else ''}"


@dataclass(frozen=True, slots=True)
class Run:
    """The outcomes of a run of pytest, and what kept it from its end; "" when nothing did."""

    outcomes: tuple[Outcome, ...]
    trouble: str

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.outcome == "failed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run says about a chapter: the status of each step, and what to tell of the first gap.

    `gap` is None when no single step is to blame: everything passed, or the code could not be
    imported, or a test that belongs to no step failed. `failure` is the test to tell about.
    """

    statuses: dict[int, Status]
    gap: Step | None
    failure: Outcome | None
    trouble: str

    @property
    def is_passed(self) -> bool:
        return self.failure is None and not self.trouble


def run_tests(folder: Path, tests: Sequence[str], limit: float = LIMIT) -> Run:
    """Runs tests of the tree in `folder`: this interpreter, and no settings of this shell."""
    with tempfile.TemporaryDirectory(prefix="checkpoint-") as temporary:
        log = Path(temporary, "log")
        command = [
            sys.executable, "-X", "dev", "-m", "pytest", "-q", "-p", "no:cacheprovider",
            f"--checkpoint-log={log}", *tests,
        ]  # fmt: skip
        status, said = run_alone(command, folder, environment(), limit)
        outcomes = read_log(log)
        return Run(outcomes, trouble(status, outcomes, said, limit))


def run_alone(
    command: Sequence[str], folder: Path, env: Mapping[str, str], limit: float
) -> tuple[int | None, str]:
    """Runs a command in a session of its own, which ends with it: its exit code, and what it said.

    The exit code is None when it was still running after `limit` seconds.
    """
    # A file and not a pipe: what a test leaves running would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end(process)
        output.seek(0)
        return status, output.read().decode(errors="replace").strip()


def environment() -> dict[str, str]:
    """This process's, less what would change what the tests import or how pytest runs."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONSAFEPATH")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    # git sets these in hooks; a workbook is another worktree.
    kept = {name: value for name, value in kept.items() if not name.startswith("GIT_")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the run with all that it started, also when it has ended by itself."""
    end_group(process.pid)
    if process.returncode is None:
        # Not process.wait(): a Ctrl-C in the moment when it takes its lock leaves that taken.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGKILL


def end_group(group: int) -> None:
    """Ends all processes of a group; there may be none any more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def read_log(log: Path) -> tuple[Outcome, ...]:
    if not log.exists():
        return ()
    lines = log.read_text(encoding="utf-8").splitlines()
    return tuple({each.nodeid: each for each in map(Outcome.parse, lines)}.values())


def trouble(status: int | None, outcomes: tuple[Outcome, ...], said: str, limit: float) -> str:
    """Why a run did not come to its end; "" when it did, whatever the tests say."""
    if status is None:
        last = f" The last that ended was {outcomes[-1].nodeid}." if outcomes else ""
        return (
            f"The tests were still running after {limit:g} seconds and were ended:"
            f" something waits, or loops, for ever.{last}"
        )
    if any(outcome.outcome == "failed" for outcome in outcomes) or (outcomes and status == 0):
        return ""
    lines = said.splitlines()[-15:] or ["It said nothing."]
    return "\n".join([f"pytest could not run the tests (exit code {status}):", *lines])


def judge(chapter: Chapter, run: Run) -> Verdict:
    """The status of each step, and the failure that its reader should look at first."""
    statuses = {step.number: status_of(step.number, run) for step in chapter.steps}
    uncollected = [outcome for outcome in run.failures if outcome.phase == "collect"]
    gap = next(
        (step for step in chapter.steps if statuses[step.number] in ("failed", "unwritten")), None
    )
    if uncollected:
        return Verdict(statuses, None, uncollected[0], run.trouble)
    mine = [outcome for outcome in run.failures if gap is None or outcome.step == gap.number]
    untested = [str(number) for number, status in statuses.items() if status == "untested"]
    trouble = run.trouble
    if untested and not trouble and not mine:
        trouble = f"No test of step {', '.join(untested)} ran: {chapter.tests} is not whole."
    return Verdict(statuses, gap, mine[0] if mine else None, trouble)


def status_of(step: int, run: Run) -> Status:
    """A step is "unwritten" while any of its tests runs into a stub."""
    mine = [outcome for outcome in run.outcomes if outcome.step == step]
    failures = [outcome for outcome in mine if outcome.outcome == "failed"]
    if any(outcome.unwritten for outcome in failures):
        return "unwritten"
    if failures:
        return "failed"
    return "passed" if mine else "untested"

"""Runs checkpoint tests on trees: each in a folder of its own, a few at a time, each only once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from chapters.checkpoint import Outcome, read_log, run_alone
from chapters.course import Course
from chapters.trees import Tree, write_tree
from chapters.verify.server import Enough, Servers

AT_ONCE = 3
"""Runs side by side: tests wait more than they work."""

FORKS = hasattr(os, "fork")
MEMORY = Path("/dev/shm")
ROOM = 256 * 2**20
"""Bytes that have to be free in memory for the trees to be written there."""

LIMIT = 300.0
"""Seconds until a run of pytest is ended."""

OPTIONS = ("-q", "-p", "no:cacheprovider", "--override-ini=junit_duration_report=call")
SLOW_PLUGINS = {b"hypothesis": "hypothesispytest", b"anyio": "anyio"}
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Suite:
    """A run of pytest. `seconds` is the time in the tests, `error` why there was no run."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    error: str

    def of_chapter(self, folder: str) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.chapter == folder)


class Suites:
    """The runs of one `verify`. Use it as a context manager: what has not begun then never will."""

    def __init__(self, course: Course, at_once: int = AT_ONCE) -> None:
        self.course = course
        self._pool = ThreadPoolExecutor(at_once)
        self._servers = Servers(environment())
        self._place = MEMORY if has_room(MEMORY) else None
        self._runs: dict[object, Future[Suite]] = {}

    def __enter__(self) -> Suites:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._servers.close()

    def run(
        self, tree: Tree, chapters: Iterable[int], enough: Enough | None = None
    ) -> Future[Suite]:
        """Runs checkpoints of chapters on a tree; tests that it does not have are added.

        What comes after `enough` need not run.
        """
        numbers = tuple(chapters)
        whole = dict(tree)
        for number in numbers:
            whole |= {
                name: content
                for name, content in self.course.tree(number).items()
                if name.startswith("tests/")
            }
        key = (digest(whole), numbers, enough)
        if key not in self._runs:
            folders = [self.course.chapter(number).tests for number in numbers]
            self._runs[key] = self._pool.submit(self._run_in_temporary, whole, folders, enough)
        return self._runs[key]

    def run_alone(self, tree: Tree, chapter: int) -> Suite:
        """Runs a chapter's checkpoint anew, once everything else that was asked for has run."""
        wait(self._runs.values())
        return self._run_in_temporary(tree, [self.course.chapter(chapter).tests])

    def run_head(self) -> Future[Suite]:
        """Runs all checkpoints in the checkout itself."""
        if "head" not in self._runs:
            folders = [chapter.tests for chapter in self.course.chapters]
            self._runs["head"] = self._pool.submit(self._run_pytest, self.course.root, folders)
        return self._runs["head"]

    def _run_in_temporary(
        self, tree: Tree, folders: Iterable[str], enough: Enough | None = None
    ) -> Suite:
        with tempfile.TemporaryDirectory(
            prefix="verify-", dir=self._place, ignore_cleanup_errors=True
        ) as folder:
            write_tree(tree, Path(folder))
            return self._run_pytest(Path(folder), [*without_unused(tree), *folders], enough)

    def _run_pytest(
        self, root: Path, arguments: Iterable[str], enough: Enough | None = None
    ) -> Suite:
        """Runs pytest in a tree, with nothing of this process's settings."""
        with tempfile.TemporaryDirectory(prefix="verify-", dir=self._place) as temporary:
            log, junit = Path(temporary, "log"), Path(temporary, "junit.xml")
            options = [*OPTIONS, f"--checkpoint-log={log}", f"--junitxml={junit}", *arguments]
            status, said = self._execute(options, root, temporary, enough)
            if status is None:
                return Suite((), 0.0, f"pytest was still running after {LIMIT:g} seconds")
            outcomes = read_log(log)
            error = "" if outcomes else said or f"pytest ended with exit code {status}"
            return Suite(outcomes, seconds_in(junit), error)

    def _execute(
        self, arguments: Sequence[str], root: Path, storage: str, enough: Enough | None
    ) -> tuple[int | None, str]:
        """Runs pytest in a fork, or in a process of its own where there are no forks."""
        env = environment() | {"HYPOTHESIS_STORAGE_DIRECTORY": storage}
        if not FORKS:
            return run_alone([sys.executable, "-m", "pytest", *arguments], root, env, LIMIT)
        with self._servers.one() as server:
            return server.run(arguments, root, env, LIMIT, enough)


def has_room(folder: Path) -> bool:
    """Whether trees can be written there. A thousand of them are, of two hundred files each."""
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM
    except OSError:
        return False


def digest(tree: Tree) -> str:
    whole = hashlib.sha256()
    for name in sorted(tree):
        whole.update(f"{name}\0{hashlib.sha256(tree[name]).hexdigest()}\0".encode())
    return whole.hexdigest()


def without_unused(tree: Tree) -> list[str]:
    """Options that leave out plugins which no test uses and which take long to load."""
    tests = [content for name, content in tree.items() if name.startswith("tests/")]
    return [
        f"-pno:{plugin}"
        for library, plugin in SLOW_PLUGINS.items()
        if not any(library in content for content in tests)
    ]


def environment() -> dict[str, str]:
    """Nothing of this process's settings."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


def seconds_in(junit: Path) -> float:
    """The sum of the durations of all tests, without what pytest itself takes."""
    if not junit.exists():
        return 0.0
    cases = ElementTree.parse(junit).iter("testcase")
    return sum(float(case.get("time", 0)) for case in cases)

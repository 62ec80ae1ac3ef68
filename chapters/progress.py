"""What the reader did so far: one line of JSON for each thing, in `workbook/attempts.jsonl`.

    {"time": "2025-01-31T12:00:00+00:00", "chapter": 1, "step": 2, "outcome": "failed", "code": "…"}

Outcomes are "started", "opened" (again, as it was), "unwritten", "failed", "passed", "hint" (with
its level in `code`) and "solution". `code` of a check is a digest of the package, so that the same
code, checked twice, is one attempt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from chapters.checkpoint import Verdict
from chapters.course import PACKAGE
from chapters.errors import CourseError


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `step` is 0 for what belongs to no step."""

    time: str
    chapter: int
    step: int
    outcome: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """A chapter in numbers: the steps that passed at the last look, and the attempts at each."""

    passed: frozenset[int]
    attempts: dict[int, int]


def now() -> datetime:
    return datetime.now(UTC)


class Progress:
    """The log of one course, read anew for every question: several terminals may write it."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = now) -> None:
        self.file = root / "workbook" / "attempts.jsonl"
        self.clock = clock

    def events(self, chapter: int) -> list[Event]:
        """What happened in a chapter since it was last started."""
        mine = [event for event in self._all() if event.chapter == chapter]
        starts = [place for place, event in enumerate(mine) if event.outcome == "started"]
        return mine[starts[-1] :] if starts else mine

    def latest(self) -> int | None:
        """The chapter that the reader worked on last."""
        numbers = [event.chapter for event in self._all()]
        return numbers[-1] if numbers else None

    def tally(self, chapter: int) -> Tally:
        passed: set[int] = set()
        attempts: dict[int, int] = {}
        for event in self.events(chapter):
            if event.outcome in ("failed", "passed"):
                attempts[event.step] = attempts.get(event.step, 0) + 1
            if event.outcome == "passed":
                passed.add(event.step)
            elif event.outcome in ("failed", "unwritten"):
                passed.discard(event.step)
        return Tally(frozenset(passed), attempts)

    def hint_level(self, chapter: int, step: int) -> int:
        """The highest level of hint that was shown for a step; 0 for none."""
        shown = [
            int(event.code)
            for event in self.events(chapter)
            if event.outcome == "hint" and event.step == step
        ]
        return max(shown, default=0)

    def add(self, chapter: int, step: int, outcome: str, code: str = "") -> None:
        time = self.clock().isoformat(timespec="seconds")
        self._write([Event(time, chapter, step, outcome, code)])

    def judged(self, chapter: int, verdict: Verdict, code: str) -> None:
        """Logs what a check found: the steps that pass anew, and the first that does not.

        Steps behind that one are not judged: nobody has asked for them yet. Nor is a step that is
        reached by this check, as the one before it passes: its own code is still to come.
        """
        last = {event.step: event for event in self.events(chapter) if event.outcome in CHECKED}
        time = self.clock().isoformat(timespec="seconds")
        found: list[Event] = []
        for step, status in verdict.statuses.items():
            before = last.get(step)
            if before and (before.code == code or before.outcome == status == "passed"):
                continue
            if status == "failed" and before is None and found:
                status = "unwritten"
            if status == "passed" or (verdict.gap and verdict.gap.number == step):
                found.append(Event(time, chapter, step, status, code))
        self._write(found)

    def _all(self) -> Iterator[Event]:
        if not self.file.exists():
            return
        for number, line in enumerate(self.file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield Event(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise CourseError(
                    f"{self.file}, line {number} is not a line of the log: {line!r};"
                    " remove that line, or the file to forget all progress"
                ) from error

    def _write(self, events: Iterable[Event]) -> None:
        lines = [json.dumps(asdict(event)) + "\n" for event in events]
        if lines:
            try:
                self.file.parent.mkdir(exist_ok=True)
                with self.file.open("a", encoding="utf-8") as file:
                    file.write("".join(lines))
            except OSError as error:
                raise CourseError(f"{self.file} cannot be written: {error.strerror}") from error


CHECKED = ("unwritten", "failed", "passed")


def digest(folder: Path) -> str:
    """A short name for the code of a workbook, as it is now."""
    whole = hashlib.sha256()
    for path in sorted((folder / PACKAGE).rglob("*.py")):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]

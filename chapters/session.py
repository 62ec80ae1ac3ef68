"""What a verb works with: the course around the current folder, and where its words go."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from rich.console import Console

from chapters.course import Chapter, Course, Step
from chapters.errors import CourseError
from chapters.places import find_root, ready_chapter, workbook_number
from chapters.progress import Progress
from chapters.workbook import number_at


class Session:
    """One run of the tool. What it needs is looked up when it is first asked for."""

    def __init__(self, here: Path, console: Console) -> None:
        self.here = here
        self.console = console

    @cached_property
    def root(self) -> Path:
        return find_root(self.here)

    @cached_property
    def course(self) -> Course:
        return Course.load(self.root)

    @cached_property
    def progress(self) -> Progress:
        return Progress(self.root)

    def chapter(self, number: int | None) -> Chapter:
        """That chapter; without a number the one of the current folder, else the latest.

        Raises:
            CourseError: there is none, or it is not written yet.
        """
        if number is None:
            number = workbook_number(self.root, self.here) or number_at(self.here)
        if number is None:
            number = self.progress.latest()
        if number is None:
            raise CourseError(
                "which chapter? You have not begun one yet: make start CH=01 does,"
                " or give a chapter's number"
            )
        return ready_chapter(self.course, number)

    def step(self, chapter: Chapter, number: int | None) -> Step:
        """That step of a chapter; without a number the first that has not passed.

        Raises:
            CourseError: the chapter has no such step.
        """
        steps = {step.number: step for step in chapter.steps}
        if not steps:
            raise CourseError(f"chapter {chapter.number} has no steps: there is nothing to solve")
        if number is None:
            passed = self.progress.tally(chapter.number).passed
            number = next((each for each in steps if each not in passed), len(steps))
        if number not in steps:
            allowed = f"1 to {len(steps)}" if len(steps) > 1 else "only step 1"
            raise CourseError(
                f"chapter {chapter.number} has no step {number}; there are steps {allowed}"
            )
        return steps[number]

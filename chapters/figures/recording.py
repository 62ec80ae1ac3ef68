"""Which traces there are, and how they are made: each by the code of its own chapter.

A figure of chapter 1 shows what the package of chapter 1 does, whatever the newest one has learnt.
So each is recorded by a process of its own, in which `reverseproxy` is that chapter's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from chapters.course import Course
from chapters.errors import CourseError
from chapters.trees import write_tree

FOLDER = Path("docs/assets/traces")
TOOL = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Figure:
    """A program of this package that prints a trace, and the chapter whose code it runs."""

    name: str
    chapter: int
    folder: Path = FOLDER

    @property
    def file(self) -> Path:
        """Where its trace is kept, relative to the project."""
        return self.folder / f"{self.name}.json"

    @property
    def module(self) -> str:
        """The program."""
        return f"chapters.figures.{self.name.replace('-', '_')}"


FIGURES = (
    Figure("one-request", 1),
    Figure("backpressure", 2),
    Figure("round-robin", 5),
    Figure("retry-storm", 7),
    Figure("health-timeline", 8),
    Figure("least-conn", 10),
    Figure("two-choices", 10),
    Figure("ring-and-modulo", 11),
    Figure("relay", 15),
    Figure("lines", 19),
    Figure("udp-sessions", 21),
)


PLAYGROUND = Figure("playground", 14, FOLDER.parent)
"""No trace, but a run for every position of its controls."""

RECORDED = (*FIGURES, PLAYGROUND)


def record(course: Course, figure: Figure, *arguments: str) -> str:
    """What the program of a figure prints, made anew. CourseError says why it cannot be."""
    with TemporaryDirectory() as folder:
        write_tree(course.tree(figure.chapter), Path(folder))
        path = os.pathsep.join((folder, str(TOOL)))
        done = subprocess.run(
            [sys.executable, "-P", "-m", figure.module, *arguments],
            env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    if done.returncode:
        raise CourseError(f"{figure.name} cannot be recorded: {done.stderr.strip()}")
    return done.stdout


def stale(course: Course) -> list[Figure]:
    """The figures whose files are not what their code does now."""
    return [figure for figure in RECORDED if written(course, figure) != record(course, figure)]


def written(course: Course, figure: Figure) -> str:
    """The text of a figure's file, empty when there is none."""
    path = course.root / figure.file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def write(course: Course, figure: Figure) -> bool:
    """Records a figure into its file; says whether that changed it."""
    text = record(course, figure)
    if text == written(course, figure):
        return False
    path = course.root / figure.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True

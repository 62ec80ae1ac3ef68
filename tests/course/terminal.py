"""A terminal in a clone of the small course: types a verb, and hands back what it said."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chapters.cli import main
from chapters.course import Course
from chapters.trees import Tree
from tests.course.fixture_course import edit

__all__ = ["Said", "Terminal", "edit"]


@dataclass(frozen=True, slots=True)
class Said:
    """What one verb said, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Terminal:
    """Runs verbs in `root`, or in a folder below it."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    here: str = field(default=".")

    def run(self, *arguments: str) -> Said:
        self.monkeypatch.chdir(self.root / self.here)
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = self.capture.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Said(code, out, err)

    def git(self, *arguments: str, folder: str = ".") -> str:
        """git, as a person would use it in a folder of the clone."""
        identity = ["-c", "user.name=A reader", "-c", "user.email=reader@example.org"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.root / folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def course(self) -> Course:
        return Course.load(self.root)

    def solve(self, chapter: int, step: int) -> None:
        """Writes the book's code up to a step into the workbook of its chapter."""
        self.write(f"workbook/{chapter:02}", package(self.course().at(chapter, step)))

    def write(self, folder: str, files: Tree) -> None:
        for path, content in files.items():
            target = self.root / folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


def package(tree: Tree) -> Tree:
    return {path: content for path, content in tree.items() if path.startswith("reverseproxy/")}

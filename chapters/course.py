"""The whole course: its chapters, and the trees of files that they make."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chapters import trees
from chapters.chapter import Chapter, Step, Unshown
from chapters.errors import CourseError
from chapters.history import PACKAGE, History, is_debris
from chapters.loading import Appendix, load_appendices, load_chapters
from chapters.source import Address
from chapters.trees import Tree

__all__ = ["PACKAGE", "Address", "Appendix", "Chapter", "Course", "Step", "Tree", "Unshown"]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The chapters of the course in `root`.

    Files are read when a tree is asked for, so that a tree is always what the work tree now says.
    """

    root: Path
    chapters: tuple[Chapter, ...]
    appendices: tuple[Appendix, ...]
    history: History

    @classmethod
    def load(cls, root: Path) -> Self:
        """Reads every chapter.toml. Raises CourseError for unknown keys, values and files."""
        root = root.resolve()
        chapters = load_chapters(root)
        appendices = load_appendices(root)
        history = History(root, chapters, appendices)
        course = cls(root, chapters, appendices, history)
        for fault in course._misplaced():
            raise CourseError(fault)
        return course

    def chapter(self, number: int) -> Chapter:
        """The chapter of that number. Raises CourseError, with the numbers there are."""
        if not 1 <= number <= len(self.chapters):
            allowed = f"1 to {len(self.chapters)}" if self.chapters else "none yet"
            raise CourseError(f"there is no chapter {number}; there are chapters {allowed}")
        return self.chapters[number - 1]

    def tree(self, number: int) -> Tree:
        """The files as chapter `number` leaves them; `tree(0)` has no package."""
        return trees.tree(self, number)

    def at(self, number: int, step: int) -> Tree:
        """The files within chapter `number`, with the steps up to `step` solved, and no further."""
        return trees.at(self, number, step)

    def start(self, number: int) -> Tree:
        """The files with which the exercises of chapter `number` begin."""
        return trees.at(self, number, 0)

    def versions(self, path: str) -> list[int]:
        """The chapters that made a version of a package file, oldest first."""
        return self.history.versions(path)

    def origin(self, path: str, number: int) -> Path:
        """Where the version of a package file that `tree(number)` has is stored."""
        return self.history.origin(path, number)

    def unlisted(self) -> list[str]:
        """The package's files that no chapter and no appendix lists."""
        return self.history.unlisted()

    def check(self) -> None:
        """Raises CourseError when a file is on no list, or a chapter's trees cannot be derived."""
        if unlisted := self.unlisted():
            names = ", ".join(unlisted)
            raise CourseError(
                f"on no list: {names}; add to a chapter.toml or chapters/appendix.toml"
            )
        for chapter in self.chapters:
            for step in range(len(chapter.steps) + 1):
                self.at(chapter.number, step)

    def _misplaced(self) -> Iterator[str]:
        """What is wrong with where versions are stored."""
        expected = {place for _, _, place in self.history.stored()}
        for path, number, place in self.history.stored():
            if not place.is_file():
                shown = place.relative_to(self.root).as_posix()
                toml = self.chapter(number).toml
                yield f"{toml}: lists {path!r}, but {shown} does not exist"
        for chapter in self.chapters:
            for place in sorted((chapter.folder / PACKAGE).rglob("*")):
                known = place in expected or is_debris(place.relative_to(chapter.folder))
                if place.is_file() and not known:
                    shown = place.relative_to(self.root).as_posix()
                    yield f"{shown}: no later chapter changes this version, so it must not be here"
        for path in self.history.extra:
            if not (self.root / path).is_file():
                yield f"chapters/appendix.toml: lists {path!r}, but there is no such file"

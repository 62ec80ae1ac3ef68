"""Which chapter made which version of each package file, and where that version is stored."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from chapters.chapter import Chapter
from chapters.errors import CourseError
from chapters.loading import Appendix

PACKAGE = "reverseproxy"

Deed = Literal["added", "changed", "removed"]


class History:
    """What became of each file, chapter by chapter.

    The newest version of a file that is still there lies in the package; every older one in the
    folder of the chapter that made it. Raises CourseError for a file on two lists, and for one that
    is added twice, changed before it is there, or gone when it should not be.
    """

    def __init__(
        self, root: Path, chapters: Sequence[Chapter], appendices: Iterable[Appendix]
    ) -> None:
        self.root = root
        self.folders = {chapter.number: chapter.folder for chapter in chapters}
        self.events: dict[str, list[tuple[int, Deed]]] = {}
        for chapter in chapters:
            for deed, path in _deeds(chapter):
                self._record(chapter, deed, path)
        self.extra = frozenset(_extra(appendices, self.events))

    def alive(self, number: int) -> list[str]:
        """The files there are after chapter `number`, sorted."""
        return sorted(path for path in self.events if self._latest(path, number)[1] != "removed")

    def versions(self, path: str) -> list[int]:
        """The chapters that made a version of the file, oldest first."""
        return [number for number, deed in self.events.get(path, []) if deed != "removed"]

    def origin(self, path: str, number: int) -> Path:
        """Where the version of the file that chapter `number` sees is stored."""
        made, deed = self._latest(path, number)
        if deed == "removed":
            raise CourseError(f"{path} is not in the tree of chapter {number}{self._dates(path)}")
        newest = self.events[path][-1] == (made, deed)
        return (self.root if newest else self.folders[made]) / path

    def stored(self) -> Iterator[tuple[str, int, Path]]:
        """Every version of every file: its path, the chapter that made it, where it is stored."""
        for path in sorted(self.events):
            for number in self.versions(path):
                yield path, number, self.origin(path, number)

    def unlisted(self) -> list[str]:
        """The package's files that are on no chapter's list and in no appendix."""
        listed = {*self.alive(len(self.folders)), *self.extra}
        return [path for path in package_files(self.root) if path not in listed]

    def _latest(self, path: str, number: int) -> tuple[int, Deed]:
        """The last deed up to a chapter; a file that is not yet made counts as removed."""
        past = [event for event in self.events.get(path, []) if event[0] <= number]
        return past[-1] if past else (0, "removed")

    def _record(self, chapter: Chapter, deed: Deed, path: str) -> None:
        where = f"{chapter.toml}: {deed} lists {path!r}"
        if not path.startswith(f"{PACKAGE}/"):
            raise CourseError(f"{where}, which is not in {PACKAGE}/: only package files are listed")
        if deed == "changed" and is_init(path):
            raise CourseError(f"{where}, but an __init__.py is derived: list it once, as added")
        number, last = self._latest(path, chapter.number)
        if number == chapter.number:
            raise CourseError(f"{where}, but {last} lists it as well: a file is on one list")
        if deed == "added" and last != "removed":
            raise CourseError(f"{where}, but chapter {number} has made it: list it as changed")
        if deed != "added" and last == "removed":
            raise CourseError(f"{where}, but no chapter before has it{self._dates(path)}")
        self.events.setdefault(path, []).append((chapter.number, deed))

    def _dates(self, path: str) -> str:
        events = ", ".join(
            f"{deed} by chapter {number}" for number, deed in self.events.get(path, [])
        )
        return f" ({events})" if events else " (no chapter lists it)"


def is_init(path: str) -> bool:
    """Whether a file's text in a tree is derived from what else the tree has."""
    return path.endswith("/__init__.py")


def package_files(root: Path) -> list[str]:
    """The files of the package under `root`, relative to it, without what tools leave."""
    return sorted(
        path.relative_to(root).as_posix()
        for path in (root / PACKAGE).rglob("*")
        if path.is_file() and not is_debris(path.relative_to(root))
    )


def is_debris(path: Path) -> bool:
    """Whether a file is what editors and tools leave: caches, hidden files, backups."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return hidden or path.name.endswith((".pyc", ".pyo", "~", ".orig", ".rej"))


def _deeds(chapter: Chapter) -> Iterator[tuple[Deed, str]]:
    for path in chapter.added:
        yield "added", path
    for path in chapter.changed:
        yield "changed", path
    for path in chapter.removed:
        yield "removed", path


def _extra(appendices: Iterable[Appendix], events: Iterable[str]) -> Iterator[str]:
    seen = dict.fromkeys(events, "a chapter")
    for appendix in appendices:
        for path in appendix.files:
            if path in seen:
                place = f"chapters/appendix.toml: {appendix.title!r} lists {path!r}"
                raise CourseError(
                    f"{place}, but {seen[path]} lists it as well: a file is on one list"
                )
            seen[path] = f"{appendix.title!r}"
            yield path

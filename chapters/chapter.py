"""One chapter of the course: what its chapter.toml says."""

from dataclasses import dataclass
from pathlib import Path

from chapters.source import Address


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a chapter: the symbols of its exercise, and those withheld until it is solved."""

    number: int
    title: str
    symbols: tuple[Address, ...]
    withheld: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Unshown:
    """A part of the chapter's new code that its page does not show, and why."""

    address: Address
    reason: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter: its words, the files it adds, changes and removes, and its exercises.

    `folder` is `root/chapters/<slug>`, and a slug is the number and a word: "06-passive-health".
    """

    number: int
    folder: Path
    slug: str
    title: str
    part: str
    summary: str
    minutes: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    given: tuple[Address, ...]
    told: tuple[Address, ...]
    steps: tuple[Step, ...]
    unshown: tuple[Unshown, ...]

    @property
    def root(self) -> Path:
        """The folder of the whole course."""
        return self.folder.parent.parent

    @property
    def page(self) -> Path:
        """The chapter's page on the site."""
        return self.root / "docs" / "chapters" / f"{self.slug}.md"

    @property
    def tests(self) -> str:
        """The folder of its checkpoint tests, relative to any tree's root."""
        return f"tests/chapter_{self.number:02}"

    @property
    def hints(self) -> Path:
        """The file with three hints an exercise."""
        return self.folder / "hints.md"

    @property
    def mistakes(self) -> Path:
        """The folder of named wrong solutions."""
        return self.folder / "mistakes"

    @property
    def toml(self) -> Path:
        """Where all this is written."""
        return self.folder / "chapter.toml"

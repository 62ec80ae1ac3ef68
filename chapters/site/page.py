"""Which page is being built, and what its blocks may ask of the course."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click

from chapters.course import Course, Tree
from chapters.errors import CourseError
from chapters.fences import Fence

CHAPTER_PAGE = re.compile(r"chapters/(?P<number>\d\d)-[a-z0-9-]+\.md")
OWN_LINE = re.compile(r"line (?P<line>\d+): ")


class PageError(CourseError, click.ClickException):
    """A page cannot be built. MkDocs prints it in one line, because click does."""

    def __init__(self, message: str) -> None:
        click.ClickException.__init__(self, message)


@contextmanager
def blamed(page: str, line: int | None = None, *, offset: int = 0) -> Iterator[None]:
    """Names the page and the line in whatever goes wrong inside.

    Without `line`, the message says "line N: …" itself, and its N is `offset` too small.
    """
    try:
        yield
    except (CourseError, ValueError) as error:
        told = OWN_LINE.match(str(error))
        message = str(error)[told.end() if told else 0 :]
        if line is None and told:
            line = int(told["line"]) + offset
        place = page if line is None else f"{page}, line {line}"
        raise PageError(f"{place}: {message}") from error


class Book:
    """The course and its folder of pages, read when first needed."""

    def __init__(self, root: Path, docs: Path) -> None:
        self.root = root
        self.docs = docs

    @cached_property
    def course(self) -> Course:
        """The course as it stands on disk."""
        return Course.load(self.root)

    def page(self, lines: list[str]) -> SitePage:
        """The page that these lines are the text of.

        A Markdown processor is given text and no name, so the page is found by its text. The lines
        may lack the page's first ones: builders take the front matter off.
        """
        wanted = normal("\n".join(lines)).lstrip("\n")
        leading = next((index for index, line in enumerate(lines) if line.strip()), 0)
        for path in sorted(self.docs.rglob("*.md")):
            text = normal(path.read_text(encoding="utf-8"))
            if wanted and text.endswith(wanted):
                above = text.removesuffix(wanted).count("\n")
                return SitePage(self, path.relative_to(self.docs).as_posix(), above - leading)
        return SitePage(self, "", 0)


def normal(text: str) -> str:
    """The text without what Markdown processors change before extensions see it."""
    return "\n".join(line.expandtabs(4).rstrip() for line in text.splitlines()).rstrip("\n")


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page: where it is, relative to the folder of pages, and what its blocks may ask."""

    book: Book
    path: str
    offset: int
    """How many lines of the file are above the text that is built."""

    @property
    def name(self) -> str:
        """The page for messages, relative to the project."""
        if not self.path:
            return "a page"
        return (self.book.docs / self.path).relative_to(self.book.root).as_posix()

    @property
    def chapter(self) -> int | None:
        """The number of the chapter that this page is the page of."""
        found = CHAPTER_PAGE.fullmatch(self.path)
        return int(found["number"]) if found else None

    def link(self, path: str) -> str:
        """A link from this page to another one, both relative to the folder of pages."""
        return posixpath.relpath(path, posixpath.dirname(self.path) or ".")

    def number(self, fence: Fence, option: str = "tree") -> int:
        """The chapter that a block is about: the one it names, else the page's own."""
        if option in fence.options:
            return whole_number(option, fence.options[option])
        if self.chapter is None:
            raise CourseError(f"{fence.language}: this is not a chapter's page: say {option}=NN")
        return self.chapter

    def tree(self, fence: Fence) -> Tree:
        """The tree that a block shows: a chapter's end, or its state after some step."""
        number = self.number(fence)
        if "step" not in fence.options:
            return self.book.course.tree(number)
        return self.book.course.at(number, whole_number("step", fence.options["step"]))

    def before(self, fence: Fence) -> Tree:
        """What the reader had before the block's chapter: the end of the chapter before it."""
        return self.book.course.tree(max(self.number(fence) - 1, 0))


def whole_number(option: str, value: str) -> int:
    """The value of an option that is a number. CourseError names the option and the value."""
    if not value.isdecimal():
        raise CourseError(f"{option}={value} is not a number: write {option}=5 or {option}=05")
    return int(value)


def only(fence: Fence, options: Collection[str] = (), flags: Collection[str] = ()) -> None:
    """Refuses options that a block does not have. CourseError names those that it has."""
    allowed = [f"{name}=…" for name in sorted(options)] + sorted(flags)
    for name in [*fence.options, *sorted(fence.flags)]:
        if name not in (options if name in fence.options else flags):
            hint = f"allowed: {', '.join(allowed)}" if allowed else "it takes none"
            raise CourseError(f"{fence.language} has no option {name!r}; {hint}")


def bare(fence: Fence) -> None:
    """Refuses lines inside a block that is generated. CourseError says so."""
    if any(line.strip() for line in fence.lines):
        raise CourseError(f"{fence.language} is generated: leave the block empty")

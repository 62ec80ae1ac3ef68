"""The pages of the course, taken apart: what their listings show of which tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chapters.course import Course
from chapters.errors import CourseError
from chapters.fences import Fence, Page, read_page
from chapters.listings import Listing, listing_of
from chapters.trees import Tree
from chapters.verify.finding import Finding


@dataclass(frozen=True, slots=True)
class Source:
    """A page on disk. `chapter` is the number of the chapter that it is the page of, if any."""

    path: Path
    name: str
    chapter: int | None
    text: str
    page: Page


@dataclass(frozen=True, slots=True)
class Included:
    """One address of a listing block: its tree, and what it shows or why it cannot."""

    line: int
    address: str
    tree: Tree
    listing: Listing | None
    problem: str


def pages_of(course: Course) -> tuple[list[Source], list[Finding]]:
    """Every page under docs/, and a finding for each that cannot be taken apart."""
    pages: list[Source] = []
    findings: list[Finding] = []
    numbers = {chapter.page: chapter.number for chapter in course.chapters}
    for path in sorted((course.root / "docs").rglob("*.md")):
        name = path.relative_to(course.root).as_posix()
        text = path.read_text(encoding="utf-8")
        try:
            page = read_page(text)
        except ValueError as error:
            findings.append(Finding(name, str(error), "blocks that are closed, readable options"))
        else:
            pages.append(Source(path, name, numbers.get(path), text, page))
    return pages, findings


def newest(course: Course) -> int:
    """The number of the last chapter that there is; 0 when there is none."""
    return course.chapters[-1].number if course.chapters else 0


def included(course: Course, source: Source) -> Iterator[Included]:
    """What every listing block of a page includes, in the page's order."""
    for fence in source.page.fences:
        if fence.language != "listing":
            continue
        addresses = [
            (number, line.strip())
            for number, line in enumerate(fence.lines, fence.line + 1)
            if line.strip()
        ]
        if not addresses:
            yield Included(fence.line, "", {}, None, "the block is empty")
            continue
        try:
            tree, before = trees_of(course, source, fence)
        except CourseError as error:
            yield Included(fence.line, addresses[0][1], {}, None, str(error))
            continue
        for number, address in addresses:
            yield include(number, address, tree, before)


def include(line: int, address: str, tree: Tree, before: Tree) -> Included:
    try:
        return Included(line, address, tree, listing_of(address, tree, before), "")
    except CourseError as error:
        return Included(line, address, tree, None, str(error))


def trees_of(course: Course, source: Source, fence: Fence) -> tuple[Tree, Tree]:
    """The tree that a block names, and the end of the chapter before it."""
    number = whole(fence, "tree")
    if number is None:
        number = source.chapter
    if number is None:
        raise CourseError("this is not a chapter's page: the block has to say tree=NN")
    step = whole(fence, "step")
    tree = course.tree(number) if step is None else course.at(number, step)
    return tree, course.tree(max(number - 1, 0))


def whole(fence: Fence, option: str) -> int | None:
    value = fence.options.get(option)
    if value is not None and not value.isdecimal():
        raise CourseError(f"{option}={value} is not a number")
    return None if value is None else int(value)

"""Invariant 5: code on a page comes from a tree by address, and no listing is too long to read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from chapters.course import Course
from chapters.trees import Tree
from chapters.verify.finding import Finding, Report, count
from chapters.verify.pages import Source, included, pages_of

LONGEST = 30
"""The lines that a listing may have."""

TRIVIAL = 8
"""A line with fewer characters is no sign of a copy: `else:`, `)`, `return`."""

PYTHON = ("python", "py", "python3", "py3", "pycon")
GENERATED = ("listing", "console", "card", "roadmap", "outline", "diff", "figure")

Pair = tuple[str, str]


def check_listings(course: Course) -> Report:
    """Invariant 5."""
    pages, findings = pages_of(course)
    shown = 0
    for source in pages:
        for one in included(course, source):
            where = f"{source.name}:{one.line}"
            if one.listing is None:
                found = f"{one.address}: {one.problem}" if one.address else one.problem
                findings.append(Finding(where, found, "addresses that lead to code of the tree"))
                continue
            shown += 1
            if len(one.listing.lines) > LONGEST:
                found = f"{one.address} has {len(one.listing.lines)} lines"
                allowed = f"{LONGEST}: a part of it, :head or :changed"
                findings.append(Finding(where, found, allowed))
        if source.chapter is not None:
            findings += typed_code(source, pairs_in(course, source.chapter))
    return Report.of(f"{count(shown, 'listing')} on {count(len(pages), 'page')}", findings)


def pairs_in(course: Course, number: int) -> set[Pair]:
    """Every two lines that follow each other in the chapter's code, before or after it."""
    trees: list[Tree] = [course.tree(max(number - 1, 0)), course.tree(number)]
    return {
        pair
        for tree in trees
        for name, content in tree.items()
        if name.endswith(".py") and not name.startswith("tests/")
        for pair in pairwise(telling(content.decode().splitlines()))
    }


def telling(lines: list[str] | tuple[str, ...]) -> list[str]:
    """The lines that say enough to be recognised."""
    return [line.strip() for line in lines if len(line.strip()) >= TRIVIAL]


def typed_code(source: Source, pairs: set[Pair]) -> Iterator[Finding]:
    for fence in source.page.fences:
        where = f"{source.name}:{fence.line}"
        if fence.language in PYTHON and "aside" not in fence.flags:
            found = f"a ```{fence.language} block typed by hand"
            yield Finding(where, found, "```listing with an address, or ```python aside")
        if fence.language in GENERATED:
            continue
        copied = [first for first, _ in filter(pairs.__contains__, pairwise(telling(fence.lines)))]
        if copied:
            found = f"lines copied from the code, from {copied[0]!r} on"
            yield Finding(where, found, "```listing with the address of that code")

"""The other half of invariant 4: what a chapter removes is told on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from chapters.course import PACKAGE, Chapter, Course
from chapters.source import Address, symbols
from chapters.trees import Tree
from chapters.verify.finding import Finding
from chapters.verify.pages import Source

NAMED = ("function", "class", "assignment")


def judge_removals(course: Course, chapter: Chapter, source: Source) -> Iterator[Finding]:
    """Each removed symbol is on the list `told`, and each on the list is named in the prose."""
    before, after = course.tree(chapter.number - 1), course.tree(chapter.number)
    toml = f"{chapter.slug}/chapter.toml"
    for gone in removed(before, after):
        if not any(told.covers(gone) for told in chapter.told):
            yield Finding(toml, f"{gone} is removed, and not told", f'told = ["{gone}"]')
    prose = "\n".join(source.page.prose)
    for told in chapter.told:
        if address_exists(told, after) or not address_exists(told, before):
            yield Finding(toml, f"told {told}: the chapter does not remove it", "what it removes")
        elif not re.search(rf"(?<!\w){re.escape(short_name(told))}(?!\w)", prose):
            found = f"the prose never says {short_name(told)!r}, which the chapter removes"
            yield Finding(source.name, found, "a sentence that tells where it went")


def removed(before: Tree, after: Tree) -> Iterator[Address]:
    """The symbols, outermost alone, and the files that are no longer there."""
    for path in sorted(before):
        if not path.startswith(f"{PACKAGE}/") or not path.endswith(".py"):
            continue
        if path not in after:
            yield Address(path)
            continue
        now = symbols(after[path].decode())
        gone: list[str] = []
        for name, symbol in symbols(before[path].decode()).items():
            inside = any(name.startswith(f"{outer}.") for outer in gone)
            if symbol.kind in NAMED and name not in now and name != "__all__" and not inside:
                gone.append(name)
                yield Address(path, name)


def address_exists(address: Address, tree: Tree) -> bool:
    if address.path not in tree or address.symbol is None:
        return address.path in tree
    return address.symbol in symbols(tree[address.path].decode())


def short_name(address: Address) -> str:
    """What people call it: `method` of `Class.method`, `client.py` of a file."""
    if address.symbol is None:
        return PurePosixPath(address.path).name
    return address.symbol.rpartition(".")[2]

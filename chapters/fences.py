"""The fenced blocks of a page and the prose between them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

OPENING = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block: ```` ```console tree=05 running ````, its options, and the lines in it.

    `lines` have lost the block's own indentation, so a block inside an admonition reads as it is
    shown.
    """

    language: str
    options: dict[str, str]
    flags: frozenset[str]
    lines: tuple[str, ...]
    line: int
    """The line of the page that opens the block, counted from 1."""


@dataclass(slots=True)
class Page:
    """A page taken apart. `prose` is the page with every line of a fenced block emptied."""

    fences: list[Fence] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)


def read_page(text: str) -> Page:
    """Takes the Markdown of a page apart.

    Raises:
        ValueError: a block is never closed, or its info string cannot be read; with the line.
    """
    page = Page()
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        opening = OPENING.match(line)
        if opening is None:
            page.prose.append(line)
            continue
        body = tuple(block_lines(lines, opening, number))
        page.prose.extend([""] * (len(body) + 2))
        language, options, flags = read_info(opening["info"].strip(), number)
        page.fences.append(Fence(language, options, flags, body, number))
    return page


def block_lines(
    lines: Iterator[tuple[int, str]], opening: re.Match[str], number: int
) -> Iterator[str]:
    ticks, indent = opening["ticks"], len(opening["indent"].expandtabs(4))
    for _, line in lines:
        stripped = line.strip()
        if len(stripped) >= len(ticks) and set(stripped) == {ticks[0]}:
            return
        expanded = line.expandtabs(4)
        margin = len(expanded) - len(expanded.lstrip())
        yield expanded[min(indent, margin) :].rstrip()
    raise ValueError(f"line {number}: the block opened here is never closed with {ticks}")


def read_info(info: str, number: int) -> tuple[str, dict[str, str], frozenset[str]]:
    """Splits ``console tree=05 running`` into language, options with a value, and flags."""
    try:
        words = shlex.split(info.removeprefix("{").removesuffix("}"))
    except ValueError as error:
        raise ValueError(f"line {number}: cannot read the options {info!r}: {error}") from None
    language = words[0].removeprefix(".") if words else ""
    pairs = [word.partition("=") for word in words[1:]]
    options = {key: value for key, equals, value in pairs if equals}
    return language, options, frozenset(key for key, equals, _ in pairs if not equals)

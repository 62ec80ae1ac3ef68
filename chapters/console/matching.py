"""Compares what a terminal showed with what a page says: `...` any lines, `…` any text in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

ANY_LINES = "..."
ANY_TEXT = "…"


def shown(expected: Sequence[str], got: Sequence[str], *, whole: bool) -> int | None:
    """How many lines of `got`, from the first on, `expected` describes; None when it does not.

    `whole` asks for all of `got`; otherwise more may follow, and the fewest lines that fit are
    taken. Blank lines at the end do not count.
    """
    got = without_blank_end(got) if whole else list(got)
    *_, last = ends(without_blank_end(expected), got)
    if not whole:
        return min(last, default=None)
    return len(got) if len(got) in last else None


def may_follow(expected: Sequence[str], got: Sequence[str]) -> bool:
    """Whether `got` is a beginning of what `expected` describes, so that waiting may help."""
    return any(len(got) in each for each in ends(without_blank_end(expected), got))


def ends(expected: Sequence[str], got: Sequence[str]) -> Iterator[set[int]]:
    """How many lines of `got` none, one, two … lines of `expected` can stand for."""
    found = {0}
    yield found
    for line in expected:
        if is_any(line):
            found = set(range(min(found, default=len(got) + 1), len(got) + 1))
        else:
            found = {end + 1 for end in found if end < len(got) and fits(line, got[end])}
        yield found


@lru_cache(maxsize=1024)
def line_pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, line.rstrip().split(ANY_TEXT))))


def without_blank_end(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def difference(expected: Sequence[str], got: Sequence[str]) -> str:
    """The two as a diff: `-` is on the page, `+` was printed; wildcards that fit are equal."""
    expected, got = without_blank_end(expected), without_blank_end(got)
    return "\n".join(line.rstrip() for line in aligned(expected, got))


def aligned(expected: Sequence[str], got: Sequence[str]) -> Iterator[str]:
    """The lines of the diff with the fewest changes; what `...` stands for is left out."""
    cost = costs(expected, got)
    row = column = 0
    while row < len(expected) or column < len(got):
        line = expected[row] if row < len(expected) else None
        here = cost[row][column]
        if line is not None and is_any(line):
            if column < len(got) and cost[row][column + 1] == here:
                column += 1
                continue
            yield f"  {line}"
            row += 1
        elif line is not None and column < len(got) and fits(line, got[column]):
            yield f"  {line}"
            row, column = row + 1, column + 1
        elif line is not None and cost[row + 1][column] < here:
            yield f"- {line}"
            row += 1
        else:
            yield f"+ {got[column]}"
            column += 1


def costs(expected: Sequence[str], got: Sequence[str]) -> list[list[int]]:
    """For each pair of ends, `expected[row:]` and `got[column:]`, how many lines must change."""
    table = [[len(got) - column for column in range(len(got) + 1)]]
    for line in reversed(expected):
        below = table[-1]
        current = [below[-1] + (not is_any(line))]
        for column in range(len(got) - 1, -1, -1):
            if is_any(line):
                least = min(below[column], current[-1])
            elif fits(line, got[column]):
                least = below[column + 1]
            else:
                least = 1 + min(below[column], current[-1])
            current.append(least)
        table.append(current[::-1])
    return table[::-1]


def is_any(line: str) -> bool:
    return line.strip() == ANY_LINES


def fits(line: str, got: str) -> bool:
    return line_pattern(line).fullmatch(got) is not None

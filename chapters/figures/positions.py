"""The positions of the playground's controls, and what a run at each of them came to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import prod
from typing import Any

from chapters.errors import CourseError

SECONDS = 24
"""How long requests come in a run."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that can be chosen: its values, each with what it is called. `kind` is its input.

    "select" is a list, "range" a slider, "checkbox" has two values, the first of them off.
    """

    name: str
    label: str
    kind: str
    values: tuple[tuple[str, str], ...]


CONTROLS = (
    Control(
        "policy", "Policy", "select",
        (
            ("round-robin", "round robin"), ("random", "random"),
            ("least-conn", "least connections"), ("p2c", "two choices"),
            ("ring", "hash ring"), ("bounded", "bounded load"),
        ),
    ),
    Control(
        "load", "Load", "range",
        (("40", "40 % of what they can do"), ("60", "60 %"), ("80", "80 %")),
    ),
    Control(
        "upstreams", "Upstreams", "select",
        (("equal", "four alike"), ("unequal", "the fourth takes three times as long")),
    ),
    Control(
        "happens", "What happens", "select",
        (
            ("nothing", "nothing"), ("dies", "after 6 s the first one dies"),
            ("slow", "after 6 s the first one takes five times as long"),
            ("back", "the first one is dead from 2 s to 8 s, and comes back cold"),
        ),
    ),
    Control(
        "help", "Probes, retries and a slow start", "checkbox", (("off", "without"), ("on", "with"))
    ),
)  # fmt: skip
"""The last one changes from each position to the next."""

POSITIONS = prod(len(control.values) for control in CONTROLS)


@dataclass(frozen=True, slots=True)
class Position:
    """One run. Times are in milliseconds, `shares` and `busy` of each upstream in percent.

    `slowest` has for each second what nine of ten answers stayed below, and `lost` the requests
    that ended in an error. Both go by when requests came.
    """

    requests: int
    errors: int
    p50: int
    p99: int
    shares: tuple[int, ...]
    busy: tuple[int, ...]
    slowest: tuple[int, ...]
    lost: tuple[int, ...]


def values_of(number: int) -> tuple[str, ...]:
    """The values of all controls at one position."""
    found = []
    for control in reversed(CONTROLS):
        number, rank = divmod(number, len(control.values))
        found.append(control.values[rank][0])
    return tuple(reversed(found))


def number_of(**values: str) -> int:
    """The number of the position at which controls have these values."""
    number = 0
    for control in CONTROLS:
        ranks = [value for value, _ in control.values]
        number = number * len(ranks) + ranks.index(values[control.name])
    return number


def line(position: Position) -> str:
    """A position as JSON. Seconds without an error are not written one by one."""
    fields = list(astuple(position))
    if not any(position.lost):
        fields[-1] = ()
    return json.dumps(fields, separators=(",", ":"))


def dumps(positions: Sequence[Position]) -> str:
    """The text of the file: a line for each position."""
    return "[\n" + ",\n".join(map(line, positions)) + "\n]\n"


def loads(text: str, name: str) -> list[Position]:
    """The positions of a file. CourseError when it has others than there are."""
    try:
        found = [read(fields) for fields in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise CourseError(f"{name} holds no positions: {error}") from error
    if len(found) != POSITIONS:
        raise CourseError(f"{name} has {len(found)} positions instead of {POSITIONS}: make figures")
    return found


def read(fields: Any) -> Position:
    requests, errors, p50, p99, shares, busy, slowest, lost = fields
    every_second = tuple(lost) or (0,) * SECONDS
    many = (tuple(shares), tuple(busy), tuple(slowest), every_second)
    return Position(requests, errors, p50, p99, *many)

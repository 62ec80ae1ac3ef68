"""What is to be seen of a relay from outside: the parts of chapter 15's figure, and what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chapters.figures.trace import Beat, Event, Gauge, Level, Link, Token

ONE, TWO = "one", "two"
LINKS = (
    Link(ONE, "connection 1", ("client", "proxy")),
    Link(TWO, "connection 2", ("proxy", "upstream")),
)

GAUGES = (
    Gauge("client-sends", "client's send buffer", ONE, capacity=64, cell=16, unit="KiB"),
    Gauge("proxy-receives", "proxy's receive buffer", ONE, capacity=64, cell=16, unit="KiB"),
    Gauge("rest", "rest", "proxy", capacity=80, cell=16, unit="KiB"),
    Gauge("proxy-sends", "proxy's send buffer", TWO, capacity=64, cell=16, unit="KiB"),
    Gauge("upstream-receives", "upstream's receive buffer", TWO, capacity=64, cell=16, unit="KiB"),
)

WAYS = ((ONE, "proxy"), (TWO, "upstream"), (TWO, "proxy"), (ONE, "client"))
"""The directions of both connections: those of one flow, and then those of the other."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is to be seen at one moment, in KiB.

    `held` is what waits in each gauge, `crossed` what has gone each of the WAYS so far, `ended`
    whether an end has. `read` is what the upstream has read.
    """

    held: tuple[int, ...]
    crossed: tuple[int, ...]
    ended: tuple[bool, ...]
    read: int
    client_waits: bool
    proxy_reads: bool
    is_closed: bool

    @property
    def taken(self) -> int:
        """What the relay has read from the client."""
        return self.crossed[0] - self.held[1]

    @property
    def levels(self) -> list[Event]:
        """The gauges."""
        return [Level(gauge.id, held) for gauge, held in zip(GAUGES, self.held, strict=True)]


Samples = Sequence[Sample]


def rounds(samples: Samples, first: Sequence[Event] = (), *, apart: bool = False) -> Iterator[Beat]:
    """Beats for what moved between samples: what travels, and then the levels.

    `first` happens at the beginning. `apart` shows one way after the other.
    """
    begin = list(first)
    for before, after in pairwise(samples):
        moving = list(travelling(before, after))
        for group in [[each] for each in moving] if apart else [moving]:
            yield (*begin, *group)
            begin = []
        yield (*begin, *after.levels)
        begin = []


def travelling(before: Sample, after: Sample) -> Iterator[Event]:
    """What went each of the ways, bytes before an end."""
    for index, (link, to) in enumerate(WAYS):
        if size := after.crossed[index] - before.crossed[index]:
            yield Token(link, to, "piece", f"{size} KiB")
        if after.ended[index] > before.ended[index]:
            yield Token(link, to, "end", "end")

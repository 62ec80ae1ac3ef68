"""What is to be seen of lines from outside: the parts of chapter 19's figure, and what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from chapters.figures.trace import Beat, Event, Gauge, Level, Link, Token

LINE = 100
"""Bytes of each line, its end included."""

LINKS = (
    Link("from-a", "from client a", ("a", "proxy")),
    Link("from-b", "from client b", ("b", "proxy")),
    Link("to-one", "to upstream one", ("proxy", "one")),
    Link("to-two", "to upstream two", ("proxy", "two")),
)

MOST = 16
GAUGES = (
    Gauge("queue", "in the queue", "proxy", capacity=MOST, cell=1, unit=""),
    Gauge("way", "on their way", "proxy", capacity=MOST, cell=1, unit=""),
    Gauge("delivered", "delivered", "proxy", capacity=MOST, cell=1, unit=""),
    Gauge("unconfirmed", "unconfirmed", "proxy", capacity=MOST, cell=1, unit=""),
    Gauge("one-read", "read by it", "one", capacity=MOST, cell=1, unit=""),
    Gauge("two-read", "read by it", "two", capacity=MOST, cell=1, unit=""),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is to be seen at one moment.

    `counted` are lines, for each gauge; `crossed` is all that has gone over each of the LINKS.
    """

    counted: tuple[int, ...]
    crossed: tuple[bytes, ...]

    @property
    def accepted(self) -> int:
        """Lines that the proxy has taken from its clients."""
        return sum(self.counted[:4])

    @property
    def levels(self) -> list[Event]:
        """The gauges."""
        return [Level(gauge.id, at) for gauge, at in zip(GAUGES, self.counted, strict=True)]


Samples = Sequence[Sample]


def rounds(samples: Samples, first: Sequence[Event] = ()) -> Iterator[Beat]:
    """Beats for what moved between samples: what travels, and then the levels.

    `first` happens at the beginning.
    """
    begin = list(first)
    for before, after in pairwise(samples):
        moving = list(travelling(before, after))
        if moving:
            yield (*begin, *moving)
            begin = []
        yield (*begin, *after.levels)
        begin = []


def travelling(before: Sample, after: Sample) -> Iterator[Event]:
    """What went over each of the links."""
    for link, old, new in zip(LINKS, before.crossed, after.crossed, strict=True):
        if len(new) > len(old):
            yield Token(link.id, link.ends[1], "piece", named(new, len(old)))


def named(stream: bytes, begin: int) -> str:
    """The lines in a stream from byte `begin` on: "a1-a4", or "…a3 a4" if one goes on there."""
    last = (len(stream) - 1) // LINE
    names = [stream[at * LINE :][:2].decode() for at in range(begin // LINE, last + 1)]
    said = " ".join(ranges(names))
    return ("…" if begin % LINE else "") + said + ("…" if len(stream) % LINE else "")


def ranges(names: Sequence[str]) -> Iterator[str]:
    """Three lines and more of one client, one after another, as a range."""
    for _, group in groupby(enumerate(names), lambda each: (each[1][0], int(each[1][1]) - each[0])):
        alike = [name for _, name in group]
        yield from [f"{alike[0]}-{alike[-1]}"] if len(alike) > 2 else alike

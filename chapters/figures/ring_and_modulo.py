"""The figure of chapter 11: which keys change their upstream when one comes or goes.

    python -m chapters.figures.ring_and_modulo

The ring is the package's own. Modulo is the line that everybody writes first: the same hash, and
the remainder of its division by the number of upstreams.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from zlib import crc32

from chapters.figures.files import dumps
from chapters.figures.over_time import Course, Seen
from chapters.figures.trace import Entry, Lane, Scene, Score, Trace
from reverseproxy.policies.ring import POINTS, Ring
from reverseproxy.upstreams import Upstreams

NAMES = ("first", "second", "third", "fourth", "fifth")
URLS = {name: f"http://10.0.0.{number}:8000" for number, name in enumerate(NAMES, 1)}
STAGES = (
    ("first", "second", "third", "fourth"),
    NAMES,
    ("first", "third", "fourth", "fifth"),
    NAMES,
)
"""Who is there: four, a fifth comes, the second goes, and comes back."""

PARTS = ("four", "+ fifth", "\N{MINUS SIGN} second", "+ second")
RANDOM = Random(11)
KEYS = [b"10.%d.%d.%d" % tuple(RANDOM.choices(range(1, 255), k=3)) for _ in range(1000)]
"""The addresses of clients, all different."""

HIGHEST = 400

Places = dict[bytes, str]
"""Whose each key is."""


def by_modulo(names: tuple[str, ...]) -> Places:
    return {key: names[crc32(key) % len(names)] for key in KEYS}


def by_ring(names: tuple[str, ...]) -> Places:
    upstreams = Upstreams.parse([URLS[name] for name in names])
    of, ring = dict(zip(upstreams, names, strict=True)), Ring()
    places = {}
    for key in KEYS:
        found = ring.find(key, upstreams, lambda _: True)
        assert found is not None
        places[key] = of[found]
    return places


@dataclass(frozen=True, slots=True)
class Stage:
    """Whose the keys are, and whose they were before."""

    places: Places
    before: Places

    @property
    def moved(self) -> int:
        """Keys that are another's than before."""
        return sum(self.before[key] != name for key, name in self.places.items())

    def held(self, name: str) -> int:
        """Keys of one upstream."""
        return sum(each == name for each in self.places.values())

    def came(self, name: str) -> int:
        """Those of them that were another's."""
        return sum(self.places[key] == name != self.before[key] for key in KEYS)

    @property
    def spread(self) -> tuple[int, int]:
        """The fewest keys and the most that an upstream has."""
        counts = [self.held(name) for name in set(self.places.values())]
        return min(counts), max(counts)


def stages(place: Callable[[tuple[str, ...]], Places]) -> list[Stage]:
    placed = [place(names) for names in STAGES]
    return [Stage(now, before) for now, before in zip(placed, (placed[0], *placed), strict=False)]


def course(all_stages: list[Stage]) -> Course:
    """For each stage a bar in each lane: the keys of an upstream, and how many of them are new."""
    seen = []
    for number, stage in enumerate(all_stages):
        bars = [("moved", stage.moved, stage.moved)]
        bars += [(name, stage.held(name), stage.came(name)) for name in NAMES]
        for lane, held, came in bars:
            begin, end = number + 0.2, number + 0.8
            if came:
                seen.append(Seen(number + 1, Entry(lane, "again", begin, end, held)))
            if held > came:
                seen.append(Seen(number + 1, Entry(lane, "first", begin, end, held - came)))
    return Course(seen, lambda now: scores(all_stages[round(now) - 1]), 1)


def scores(stage: Stage) -> Iterator[Score]:
    yield Score("moved", f"{stage.moved} of {len(KEYS)}")
    for name in NAMES:
        held, came = stage.held(name), stage.came(name)
        yield Score(name, f"{held} keys" + (f", {came} new" if came else ""))


def modulo() -> Scene:
    found = stages(by_modulo)
    told = course(found)
    return Scene(
        "Modulo",
        (
            told.step(0, 1, "A thousand keys, and four upstreams. The hash of a key, divided by"
                      " four, leaves a remainder, and that is the number of its upstream. The"
                      " spread is good: {} to {} keys each.".format(*found[0].spread)),
            told.step(1, 2, "A fifth upstream comes, and everybody divides by five. Another"
                      f" divisor, another remainder: {found[1].moved} keys are somebody else's now,"
                      " most of them without need, for the four could have kept theirs."),
            told.step(2, 3, "The second goes, and it is four again, but not the same four. Its keys"
                      f" have to move, {found[1].held('second')} of them. {found[2].moved} do."),
            told.step(3, 4, f"It comes back, and {found[3].moved} keys move once more. If keys"
                      " stand for what a cache holds, it has had to be filled three times."),
        ),
    )  # fmt: skip


def ring() -> Scene:
    found = stages(by_ring)
    told = course(found)
    return Scene(
        "Ring",
        (
            told.step(0, 1, "The same keys and the same four, on the ring of this chapter, where"
                      f" each has {POINTS} points. The spread is about as good:"
                      " {} to {} keys each.".format(*found[0].spread)),
            told.step(1, 2, f"The fifth comes, and {found[1].moved} keys move. All of them move to"
                      " the fifth: no bar but its own has anything new."),
            told.step(2, 3, f"The second goes. Its {found[2].moved} keys move, and no others; each"
                      " of the four that are left gets some of them."),
            told.step(3, 4, f"It comes back, and gets back its {found[3].moved} keys. Every key is"
                      " where it was before it went."),
        ),
    )  # fmt: skip


def trace() -> Trace:
    """The figure, from a thousand keys."""
    return Trace(
        title="Keys that move when upstreams come and go",
        about=(
            "A lane for all keys that move, and one for each of five upstreams, in four stages:"
            " four upstreams, a fifth comes, the second goes, and comes back. A bar is as high as"
            " the keys an upstream has; those that were another's are hatched. With modulo, most"
            " keys move at every stage. With the ring, only those of the one that comes or goes."
        ),
        actors=(), links=(), gauges=(),
        scenes=(modulo(), ring()),
        telling=(1, 3),
        lanes=(
            Lane("moved", "keys that move", len(KEYS), ""),
            *(Lane(name, f"{name} upstream", HIGHEST, "keys") for name in NAMES),
        ),
        span=len(STAGES),
        legend=(("first", "where they were"), ("again", "new here")),
        parts=PARTS,
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

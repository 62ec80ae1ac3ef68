"""Steps of figures with lanes: what happens from one moment to another, told by one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chapters.figures.trace import Beat, Entry, Moment, Score, Step


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry, and when it can be seen: a request is known by its end, and stands at its begin."""

    at: float
    entry: Entry


Scores = Callable[[float], Iterable[Score]]
"""What the lanes have come to at a moment."""


@dataclass(frozen=True, slots=True)
class Course:
    """Everything that can be seen in a scene, and how it is played: a beat every `tick` seconds."""

    seen: Sequence[Seen]
    scores: Scores
    tick: float

    def step(self, begin: float, end: float, say: str) -> Step:
        """What can be seen after `begin` and up to `end`."""
        return Step(say, tuple(self._beats(begin, end)))

    def _beats(self, begin: float, end: float) -> Iterator[Beat]:
        now = begin
        while now < end:
            before, now = now, min(round(now + self.tick, 3), end)
            new = [each.entry for each in self.seen if before < each.at <= now]
            yield (*new, *self.scores(now), Moment(now))


def spans(lane: str, states: Sequence[tuple[float, str]], tick: float) -> Iterator[Seen]:
    """States that were looked at again and again, as entries that end at every `tick` at most.

    "" is no state. Each holds until the next look.
    """
    begin = 0.0
    for (at, state), (following, next_state) in pairwise(states):
        is_cut = abs(following / tick - round(following / tick)) < 1e-6
        if state != next_state or is_cut or following == states[-1][0]:
            if state:
                yield Seen(following, Entry(lane, state, round(begin, 3), round(following, 3)))
            begin = following
        elif at == 0:
            begin = 0.0

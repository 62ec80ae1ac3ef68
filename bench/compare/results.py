"""Results: a story in numbers."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.compare.client import Answer
from bench.compare.story import DRAINED, KILLED, PHASES, STOPPED, Story

SERVING = {KILLED: 2, STOPPED: 2, DRAINED: 2}
"""How many upstreams could answer in a phase, if not three."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What the clients saw in a phase."""

    requests: int
    errors: Counter[str]
    """How many, of which kind."""
    p50: float
    p99: float
    """Milliseconds until a good answer was there."""
    skew: float
    """The share of the busiest upstream, as a multiple of the fair one."""


def phase(story: Story, name: str) -> Phase:
    """The requests that were meant to begin in a phase."""
    seen = within(story, name)
    well = [answer for answer in seen if not answer.error]
    times = [(answer.ended - answer.meant) * 1000 for answer in well]
    busiest = max(Counter(answer.who for answer in well).values(), default=0)
    fair = len(well) / SERVING.get(name, 3)
    return Phase(
        requests=len(seen),
        errors=Counter(answer.error for answer in seen if answer.error),
        p50=percentile(times, 0.5),
        p99=percentile(times, 0.99),
        skew=busiest / fair if fair else math.nan,
    )


def within(story: Story, name: str) -> list[Answer]:
    """The requests of a phase."""
    begin, end = story.begin(name), story.end(name)
    return [answer for answer in story.answers if begin <= answer.meant < end]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many are not above (nearest rank); NaN when there is none."""
    if not values:
        return math.nan
    return sorted(values)[math.ceil(share * len(values)) - 1]


def errors(story: Story) -> int:
    """All of them."""
    return sum(phase(story, name).errors.total() for name in PHASES)


def in_vain(story: Story, name: str) -> tuple[int, float]:
    """How many tries of a phase came to nothing, and when the last one was known, in seconds.

    The seconds count from the beginning of the phase; NaN when there was none.
    """
    begin, end = story.begin(name), story.end(name)
    times = [time - begin for time in story.in_vain if begin <= time < end]
    return len(times), max(times, default=math.nan)


def back(story: Story, who: str, since: float) -> float:
    """Seconds until an upstream gave an answer that was asked for after `since`; NaN: never."""
    ends = [each.ended for each in story.answers if each.who == who and each.meant >= since]
    return min(ends, default=math.nan) - since


def share(story: Story, who: str, name: str) -> float:
    """The share of a phase's requests that an upstream answered."""
    seen = within(story, name)
    return sum(answer.who == who for answer in seen) / len(seen) if seen else math.nan


def after_drain(story: Story, who: str) -> tuple[int | None, float]:
    """How many requests reached a drained upstream all the same, and how late the last one.

    None when it was not drained.
    """
    if story.drained is None:
        return None, math.nan
    since = story.drained
    late = [each.meant - since for each in story.answers if each.who == who and each.meant > since]
    return len(late), max(late, default=math.nan)

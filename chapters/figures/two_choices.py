"""The other figure of chapter 10: the longest queue, by chance, by two chances, and by the least.

    python -m chapters.figures.two_choices

The choices are those of the package's own policies; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from chapters.figures.answers import ms
from chapters.figures.files import dumps
from chapters.figures.over_time import Course, Seen
from chapters.figures.trace import Entry, Lane, Scene, Score, Trace
from chapters.simulation.requests import Request
from chapters.simulation.settings import Settings
from chapters.simulation.world import simulate

POLICIES = {"random": "one at random", "p2c": "the better of two", "least-conn": "the best of all"}
SERVICE = 0.1
LOAD = 0.8
"""The part of their time that upstreams have to work."""

SPAN = 12
WIDTH = 0.5
"""Seconds that a bar stands for."""

HIGHEST = 30
SEED = 4


@dataclass(frozen=True, slots=True)
class Runs:
    """The same requests by each policy; and the longest queue there was in each part of a run."""

    upstreams: int
    requests: dict[str, list[Request]]
    longest: dict[str, list[int]]

    @classmethod
    def of(cls, upstreams: int) -> Runs:
        """Runs with so many upstreams."""
        runs = {policy: requests(policy, upstreams) for policy in POLICIES}
        return cls(upstreams, runs, {policy: longest(done) for policy, done in runs.items()})

    def worst(self, policy: str) -> int:
        return max(self.longest[policy])

    def took(self, policy: str, percent: int) -> str:
        """A percentile of the answers that there are at the end of what is shown."""
        done = self.requests[policy]
        return ms([each.took for each in done if each.ended <= SPAN], percent)


def requests(policy: str, upstreams: int) -> list[Request]:
    """All requests of a run. Nobody is ejected, nothing is tried again."""
    settings = Settings(
        policy=policy, upstreams=upstreams, slots=1, service_times=(SERVICE,),
        rate=LOAD * upstreams / SERVICE, duration=SPAN, passive=False, retries=False, seed=SEED,
    )  # fmt: skip
    return simulate(settings).requests


def longest(done: list[Request]) -> list[int]:
    """For each part of a run, the most that any upstream ever had in flight."""
    changes = sorted(
        change
        for request in done
        for one in request.tries
        for change in ((one.began, 1, one.upstream), (one.ended, -1, one.upstream))
    )
    parts = [0] * round(SPAN / WIDTH)
    counts: dict[int, int] = {}
    last = 0
    for at, change, upstream in changes:
        part = min(int(at / WIDTH), len(parts))
        while last < part:  # what is in flight at its beginning is in flight in a part
            last += 1
            if last < len(parts):
                parts[last] = max(counts.values())
        if part == len(parts):
            break
        counts[upstream] = counts.get(upstream, 0) + change
        parts[part] = max(parts[part], counts[upstream])
    return parts


def course(runs: Runs) -> Course:
    """A bar for each part of each run."""
    seen = [
        Seen(
            (part + 1) * WIDTH,
            Entry(policy, "first", part * WIDTH + 0.1, (part + 1) * WIDTH - 0.1, value),
        )
        for part in range(round(SPAN / WIDTH))
        for policy, values in runs.longest.items()
        for value in values[part : part + 1]
    ]
    return Course(seen, lambda now: scores(runs, now), 1.0)


def scores(runs: Runs, now: float) -> Iterator[Score]:
    """How long the answers took that there were up to a moment."""
    for policy, done in runs.requests.items():
        took = [each.took for each in done if each.ended <= now]
        words = f"{f'{len(took)} answered:':<24} p50 {ms(took, 50)}, p99 {ms(took, 99)} ms"
        yield Score(policy, words)


def ten(runs: Runs) -> Scene:
    told = course(runs)
    return Scene(
        "Ten upstreams",
        (
            told.step(0, 2, "Ten upstreams are busy for four fifths of their time. The same"
                      " requests are given to them in three ways. A bar is the longest queue that"
                      " any of the ten had just then."),
            told.step(2, 6, "Chance has no memory. Now and then it gives one upstream several"
                      " requests in a row, whatever that one has to do already."),
            told.step(6, 9, "Who draws two, and takes the one that has less to do, looks at two"
                      " numbers. That is enough: no queue grows for long, because whoever has one"
                      " loses nearly every comparison."),
            told.step(9, SPAN, f"The longest queues were {runs.worst('random')},"
                      f" {runs.worst('p2c')} and {runs.worst('least-conn')}. The slowest answers"
                      f" took {runs.took('random', 99)}, {runs.took('p2c', 99)} and"
                      f" {runs.took('least-conn', 99)} ms."),
        ),
    )  # fmt: skip


def hundred(runs: Runs) -> Scene:
    told = course(runs)
    return Scene(
        "A hundred",
        (
            told.step(0, 2, "A hundred upstreams, and ten times as many requests. Each upstream is"
                      " as busy as before."),
            told.step(2, 6, "Among a hundred, there is always one that is out of luck."),
            told.step(6, 9, "The better of two still has to be found among two, not among a"
                      " hundred. Its bars are about as high as with ten."),
            told.step(9, SPAN, f"The longest queues were {runs.worst('random')},"
                      f" {runs.worst('p2c')} and {runs.worst('least-conn')}. The slowest answers"
                      f" took {runs.took('random', 99)}, {runs.took('p2c', 99)} and"
                      f" {runs.took('least-conn', 99)} ms. The second choice makes most of the"
                      " difference; the other 98 make the rest."),
        ),
    )  # fmt: skip


def trace() -> Trace:
    """The figure, from three runs with few upstreams and three with many."""
    return Trace(
        title="The longest queue, by three ways to choose",
        about=(
            "Three lanes over time, one for each way to choose: one upstream at random, the better"
            " of two at random, and the one with the least in flight. Bars are as high as the"
            " longest queue of any upstream. At random they get high. With the better of two they"
            " stay low, nearly as low as with the best of all, with ten upstreams and with a"
            " hundred."
        ),
        actors=(), links=(), gauges=(),
        scenes=(ten(Runs.of(10)), hundred(Runs.of(100))),
        telling=(0, 3),
        lanes=tuple(Lane(name, words, HIGHEST, "") for name, words in POLICIES.items()),
        span=SPAN,
        legend=(("first", "most in flight at an upstream"),),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

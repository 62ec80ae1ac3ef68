"""The figure of chapter 7: all upstreams fail, and every retry makes it worse; or a budget ends.

    python -m chapters.figures.retry_storm

Tries and their budget are the package's own; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from chapters.figures.files import dumps
from chapters.figures.over_time import Course, Seen
from chapters.figures.trace import Entry, Lane, Scene, Score, Trace
from chapters.simulation.agenda import Agenda
from chapters.simulation.requests import Arrival, Request, Traffic
from chapters.simulation.upstreams import SimulatedUpstream
from reverseproxy.retry import Retry
from reverseproxy.target import Target
from reverseproxy.tries import Tries

URLS = [f"http://127.0.0.1:800{number}" for number in (1, 2, 3)]
RATE = 100
SPAN = 30
FAIL, RECOVER = 5, 23
BEFORE = 10
"""Seconds that it has run before what is shown begins, so that the budget knows its requests."""

NO_LIMIT = 1_000_000.0
STATUSES = (502, 503, 504)


def requests(retry: Retry) -> list[Request]:
    """What becomes of a hundred requests a second while all upstreams answer 503 for a time.

    Nobody is ejected here: one thing is shown at a time.
    """
    agenda = Agenda()
    target = Target(URLS, health=(), retry=retry, clock=agenda.clock)
    simulated = {each: SimulatedUpstream(agenda, 0.02, slots=8) for each in target.upstreams}
    traffic = Traffic(agenda, simulated, lambda: Tries(target, "GET"))
    traffic.expect(Arrival(round((n + 0.5) / RATE, 4)) for n in range(RATE * (BEFORE + SPAN)))
    for upstream in simulated.values():
        agenda.at(BEFORE + FAIL, upstream.fail)
        agenda.at(BEFORE + RECOVER, upstream.restart)
    agenda.run()
    return traffic.requests


def tries_within(done: list[Request], begin: float, end: float, *, again: bool) -> int:
    """How many tries began then: the first ones of their requests, or the others."""
    begin, end = begin + BEFORE, end + BEFORE
    chosen = (each.tries[1:] if again else each.tries[:1] for each in done)
    return sum(begin <= one.began < end for tries in chosen for one in tries)


def course(done: list[Request]) -> Course:
    """For each second a bar as high as all tries, and one as high as requests before it."""
    seen = []
    for second in range(SPAN):
        first, again = (
            tries_within(done, second, second + 1, again=again) for again in (False, True)
        )
        state = "bad" if FAIL <= second < RECOVER else "well"
        new = [Entry("upstreams", state, second, second + 1)]
        if again:
            new.append(Entry("tries", "again", second + 0.1, second + 0.9, first + again))
        new.append(Entry("tries", "first", second + 0.1, second + 0.9, first))
        seen += [Seen(second + 1, each) for each in new]
    return Course(seen, lambda now: scores(done, now), 1)


def scores(done: list[Request], now: float) -> Iterator[Score]:
    first, again = (tries_within(done, 0, now, again=again) for again in (False, True))
    yield Score("tries", f"{f'{first} requests,':<24} {first + again} tries")


def storm() -> Scene:
    done = requests(Retry(statuses=STATUSES, per_second=NO_LIMIT))
    told = course(done)
    during = tries_within(done, FAIL, RECOVER, again=False)
    more = during + tries_within(done, FAIL, RECOVER, again=True)
    return Scene(
        "Without a budget",
        (
            told.step(0, 4, "A hundred requests a second, and all is well: one try each."),
            told.step(4, 6, "After 5 s all three upstreams answer 503. Each request is tried again"
                      " with the second, and with the third."),
            told.step(6, 11, "None of it helps, for all of them fail. But the upstreams get 300"
                      " tries a second instead of 100, at the moment at which they are worst off."),
            told.step(11, 18, "Whatever they suffer from, it is now three times as much. If it"
                      " was load, they will not recover: that is a retry storm."),
            told.step(18, RECOVER, f"{during} requests made {more} tries meanwhile."),
            told.step(RECOVER, SPAN, "Here the upstreams recover anyway, because the figure says"
                      " so, and the storm is over at once."),
        ),
    )  # fmt: skip


def with_budget() -> Scene:
    retry = Retry(statuses=STATUSES)
    done = requests(retry)
    told = course(done)
    by_second = [tries_within(done, s, s + 1, again=True) for s in range(SPAN)]
    dry = next(s for s in range(FAIL + 1, SPAN) if by_second[s] == 0)
    back = next(s for s in range(dry, SPAN) if by_second[s])
    during = tries_within(done, FAIL, RECOVER, again=False)
    again = sum(by_second[FAIL:RECOVER])
    spent = sum(by_second[FAIL:dry])
    return Scene(
        "With the budget",
        (
            told.step(0, 4, "The same requests. In any ten seconds there may be retries for a fifth"
                      " of the requests, and a hundred more."),
            told.step(4, 6, "The upstreams fail. In the first second it looks the same as without a"
                      " budget: nothing was spent before, so all of it is there."),
            told.step(6, dry, f"After {spent} retries the budget is empty."),
            told.step(dry, back, "From now on a 503 goes to the client as it is. The upstreams get"
                      " what the clients ask for, and not more."),
            told.step(back, RECOVER, "Ten seconds later those retries are forgotten, and as many"
                      " are allowed again. They fail like the first ones."),
            told.step(RECOVER, SPAN, f"{during} requests made {during + again} tries while all"
                      f" upstreams failed: {(during + again) / during:.2f} each instead of 3."),
        ),
    )  # fmt: skip


def trace() -> Trace:
    """The figure, from two runs."""
    return Trace(
        title="A retry storm, without a budget and with it",
        about=(
            "Two lanes over time: whether the upstreams are well, and how many tries they get each"
            " second, those of new requests and those that are retries. While all upstreams fail,"
            " there are three times as many tries as requests. With the budget there are as many"
            " only for a second or two, and then as many as requests."
        ),
        actors=(), links=(), gauges=(),
        scenes=(storm(), with_budget()),
        telling=(0, 4),
        lanes=(
            Lane("upstreams", "all upstreams"),
            Lane("tries", "tries a second", 300, ""),
        ),
        span=SPAN,
        legend=(
            ("first", "first tries"), ("again", "retries"), ("well", "well"), ("bad", "answer 503"),
        ),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

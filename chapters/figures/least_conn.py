"""The figure of chapter 10: one of three upstreams is slower; with turns, and by what they do.

    python -m chapters.figures.least_conn

It takes up the second scene of chapter 5's figure: the same upstreams, the same requests. The
choices are those of the package's own policies; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys
from random import Random

from chapters.figures.answers import NAMES, answered, course, ms
from chapters.figures.files import dumps
from chapters.figures.round_robin import GAP, HIGHEST, REQUESTS, SEED, SERVICE, SLOW, SPAN, URLS
from chapters.figures.trace import Lane, Scene, Trace
from chapters.simulation.agenda import Agenda
from chapters.simulation.requests import Arrival, Request, Traffic
from chapters.simulation.upstreams import SimulatedUpstream
from reverseproxy.target import Target
from reverseproxy.tries import Tries

SERVICE_TIMES = (SERVICE, SERVICE, SERVICE * SLOW)


def requests(policy: str) -> list[Request]:
    """What becomes of sixty requests by one policy. Nobody is ejected, nothing is tried again."""
    agenda = Agenda()
    target = Target(URLS, policy=policy, health=(), retry=None, clock=agenda.clock)
    simulated = {
        upstream: SimulatedUpstream(agenda, seconds, slots=1)
        for upstream, seconds in zip(target.upstreams, SERVICE_TIMES, strict=True)
    }
    traffic = Traffic(agenda, simulated, lambda: Tries(target, "GET"))
    random = Random(SEED)
    traffic.expect(
        Arrival(round((number + 0.5) * GAP, 3), round(0.5 + random.random(), 3))
        for number in range(REQUESTS)
    )
    agenda.run()
    return traffic.requests


def turns() -> Scene:
    done = requests("round-robin")
    told = course(done, GAP)
    took = [each.took for each in done]
    return Scene(
        "Round robin",
        (
            told.step(0, 0.8, "Ten requests a second, as in chapter 5. The third upstream takes"
                      " three times as long for the same work, and nobody has said so."),
            told.step(0.8, 4.0, "Round robin asks whose turn it is. So the third one gets every"
                      " third request, and its queue grows."),
            told.step(4.0, end_of(done), f"It has answered {answered(done, 2)} like the others, the"
                      " last ones after more than a second. Of all answers, half took"
                      f" {ms(took, 50)} ms, and the slowest ones {ms(took, 99)}."),
        ),
    )  # fmt: skip


def least() -> Scene:
    done = requests("least-conn")
    told = course(done, GAP)
    took = [each.took for each in done]
    counts = [answered(done, number) for number in range(3)]
    return Scene(
        "Least connections",
        (
            told.step(0, 0.8, "The same requests, the same upstreams. Least connections asks who"
                      " has the least in flight."),
            told.step(0.8, 4.0, "The third upstream has not answered when the others have, so it"
                      " is not the one with the least. It gets its next request when it is done"
                      " with the one before."),
            told.step(4.0, end_of(done), f"In the end it has had {counts[2]} requests, and the"
                      f" others {counts[0]} and {counts[1]}. Nobody has written down that it is"
                      " slow: what is in flight says it."),
            told.step(end_of(done), round(end_of(done) + 0.4, 1), f"Of all answers, half took"
                      f" {ms(took, 50)} ms, and the slowest ones {ms(took, 99)}. Those are the"
                      " third one's, each alone: the work takes as long as it takes, but nobody"
                      " waits in a queue."),
        ),
    )  # fmt: skip


def end_of(done: list[Request]) -> float:
    """A little after the last answer, at the earliest at 6 s."""
    return min(round(max(6.0, *(each.ended for each in done)) + 0.1, 1), SPAN)


def trace() -> Trace:
    """The figure, from two runs."""
    return Trace(
        title="One slow upstream, with turns and with least connections",
        about=(
            "Three lanes over time, one for each upstream. Every request is a bar in the lane of"
            " its upstream, as high as its answer took. The third upstream takes three times as"
            " long as the others. With round robin its bars grow with every request. With least"
            " connections it gets fewer requests, and no bar is higher than the work takes."
        ),
        actors=(), links=(), gauges=(),
        scenes=(turns(), least()),
        telling=(1, 3),
        lanes=tuple(Lane(name, f"{name} upstream", HIGHEST, "ms") for name in NAMES),
        span=SPAN,
        legend=(("first", "answered: how long it took"),),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

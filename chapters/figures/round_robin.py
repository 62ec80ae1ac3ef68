"""The figure of chapter 5: three upstreams take turns; one gets slower, and one dies.

    python -m chapters.figures.round_robin

The choices are those of the package's own target; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys
from random import Random

from chapters.figures.answers import NAMES, answered, course, ms
from chapters.figures.files import dumps
from chapters.figures.trace import Lane, Scene, Trace
from chapters.simulation.agenda import Agenda
from chapters.simulation.one_try import OneTry
from chapters.simulation.requests import Arrival, Request, Traffic
from chapters.simulation.upstreams import SimulatedUpstream
from reverseproxy.target import Target

URLS = [f"http://127.0.0.1:800{number}" for number in (1, 2, 3)]
REQUESTS = 60
GAP = 0.1
"""Seconds from one request to the next."""

SERVICE = 0.12
SLOW = 3.0
KILLED = 2.0
SPAN = 8.0
HIGHEST = 1500.0
"""Milliseconds that the highest bar stands for."""

SEED = 5


def requests(service_times: tuple[float, ...], killed: float | None = None) -> list[Request]:
    """What becomes of sixty requests; `killed` is when the last upstream is."""
    agenda, target = Agenda(), Target(URLS)
    simulated = {
        upstream: SimulatedUpstream(agenda, seconds, slots=1)
        for upstream, seconds in zip(target.upstreams, service_times, strict=True)
    }
    traffic = Traffic(agenda, simulated, lambda: OneTry(target))
    random = Random(SEED)
    traffic.expect(
        Arrival(round((number + 0.5) * GAP, 3), round(0.5 + random.random(), 3))
        for number in range(REQUESTS)
    )
    if killed is not None:
        agenda.at(killed, list(simulated.values())[-1].kill)
    agenda.run()
    return traffic.requests


def equal() -> Scene:
    done = requests((SERVICE, SERVICE, SERVICE))
    told, each = course(done, GAP), answered(done, 0)
    last = max(request.ended for request in done)
    return Scene(
        "Equal",
        (
            told.step(0, 0.8, "Ten requests a second come. The first goes to the first upstream,"
                      " the second to the second, the third to the third. A bar is as high as its"
                      " answer took."),
            told.step(0.8, 2.4, "Then it is the first one's turn again. Nobody asks who is done:"
                      " a turn depends on the turn before, and on nothing else."),
            told.step(2.4, 4.4, "Some requests are more work than others, so bars differ."
                      " But each is done before the next one comes to the same upstream."),
            told.step(4.4, round(max(last, 6) + 0.1, 1), f"Sixty requests, and {each} for each"
                      " upstream: exactly a third. As long as upstreams and requests are alike,"
                      " nothing is better."),
        ),
    )  # fmt: skip


def unequal() -> Scene:
    done = requests((SERVICE, SERVICE, SERVICE * SLOW))
    told = course(done, GAP)
    took = [each.took for each in done if each.tries[0].upstream == 2]
    slowest, all_of_them = max(took), [each.took for each in done]
    end = min(round(max(request.ended for request in done) + 0.1, 1), SPAN)
    return Scene(
        "One is slower",
        (
            told.step(0, 0.8, "The same requests. But now the third upstream takes three times as"
                      " long for the same work."),
            told.step(0.8, 2.8, "It gets every third request all the same. When the next one"
                      " comes, it still works on the one before, and that one waits."),
            told.step(2.8, 4.8, "So its answers take longer and longer: more comes to it than"
                      " it can do, while the other two are idle more than half of the time."),
            told.step(4.8, end, f"At the end an answer of the third takes {slowest:.1f} s. Shares"
                      " are as equal as ever, and that is what is wrong. Of all answers, half took"
                      f" {ms(all_of_them, 50)} ms, and the slowest ones {ms(all_of_them, 99)}."),
        ),
    )  # fmt: skip


def dead() -> Scene:
    done = requests((SERVICE, SERVICE, SERVICE), KILLED)
    told = course(done, GAP)
    after = [each for each in done if each.arrival.at > KILLED]
    lost_after = sum(each.has_failed for each in after)
    end = round(max(6.0, *(request.ended for request in done)) + 0.1, 1)
    return Scene(
        "One is dead",
        (
            told.step(0, 1.2, "Three equal upstreams again, and the same requests."),
            told.step(1.2, 2.2, "After 2 s somebody kills the third one. Its connections are"
                      " refused from now on."),
            told.step(2.2, 4.2, "When its turn comes, it gets its request, and the client gets a"
                      " 502. The target has not heard that it is dead: nobody tells it."),
            told.step(4.2, end, f"So every third request is lost: {lost_after} of the"
                      f" {len(after)} that came after the kill. The other two upstreams would have"
                      " had time for them."),
        ),
    )  # fmt: skip


def trace() -> Trace:
    """The figure, from three runs."""
    return Trace(
        title="Three upstreams take turns",
        about=(
            "Three lanes over time, one for each upstream. Every request is a bar in the lane of"
            " its upstream, as high as its answer took. With equal upstreams all bars are low."
            " When the third upstream is slower, its bars grow with every request. When it is"
            " dead, there is a cross in its lane for every third request."
        ),
        actors=(), links=(), gauges=(),
        scenes=(equal(), unequal(), dead()),
        telling=(1, 3),
        lanes=tuple(Lane(name, f"{name} upstream", HIGHEST, "ms") for name in NAMES),
        span=SPAN,
        legend=(("first", "answered: how long it took"), ("lost", "lost")),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

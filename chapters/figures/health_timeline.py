"""The figure of chapter 8: an upstream flaps, fails and recovers, and who notices when.

    python -m chapters.figures.health_timeline

Health is the package's own, live traffic's and the probes'; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from chapters.figures.files import dumps
from chapters.figures.health_timeline_told import (
    BEAT,
    FAILS,
    FLAPS,
    RECOVERS,
    SPAN,
    STEADY,
    Story,
    both,
    probes_only,
    traffic_only,
    up,
)
from chapters.figures.over_time import Course, Seen, spans
from chapters.figures.trace import Entry, Lane, Score, Trace
from chapters.simulation.agenda import Agenda
from chapters.simulation.probing import Probing
from chapters.simulation.requests import Arrival, Request, Traffic
from chapters.simulation.upstreams import SimulatedUpstream
from reverseproxy.facts import Facts
from reverseproxy.health import Health
from reverseproxy.health.active import ActiveHealth, Check
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.probes.http import HttpProbe
from reverseproxy.target import Target
from reverseproxy.tries import Tries

URLS = [f"http://127.0.0.1:800{number}" for number in (1, 2, 3)]
RATE = 3
"""Requests a second: one for each upstream, as long as all are well."""

LOOK = 0.25
"""Seconds from one look at the facts to the next."""

SEED = 8


@dataclass
class Watched:
    """One upstream of three, and all that was seen of it."""

    facts: Facts
    upstream: SimulatedUpstream
    well: list[tuple[float, str]] = field(default_factory=list)
    traffic: list[tuple[float, str]] = field(default_factory=list)
    probes: list[tuple[float, str]] = field(default_factory=list)
    probed: list[Seen] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def look(self, now: float, health: list[Health]) -> None:
        """Writes down what holds now."""
        facts, kinds = self.facts, {type(each) for each in health}
        ejected = facts.ejected_until is not None
        self.well.append((now, "bad" if self.upstream.is_failing else "well"))
        passive = ("out" if ejected else "well") if PassiveHealth in kinds else ""
        self.traffic.append((now, passive))
        active = ("out" if facts.is_up is False else "well") if ActiveHealth in kinds else ""
        self.probes.append((now, active))


def watch(health: list[Health]) -> Watched:
    """Runs the course of things once, with that health."""
    agenda = Agenda()
    target = Target(URLS, health=health, retry=None, clock=agenda.clock)
    simulated = {each: SimulatedUpstream(agenda, 0.02, slots=8) for each in target.upstreams}
    watched = Watched(target.upstreams[0].facts, simulated[target.upstreams[0]])
    traffic = Traffic(agenda, simulated, lambda: Tries(target, "GET"))
    traffic.expect(Arrival(round((n + 0.5) / RATE, 3)) for n in range(RATE * SPAN))
    for moment, act in (
        (FLAPS, watched.upstream.fail), (STEADY, watched.upstream.restart),
        (FAILS, watched.upstream.fail), (RECOVERS, watched.upstream.restart),
    ):  # fmt: skip
        agenda.at(moment, act)

    def told(check: Check, why: str) -> None:
        if check.upstream is target.upstreams[0]:
            kind = "lost" if why else "done"
            entry = Entry("asked", kind, round(agenda.now, 2), round(agenda.now, 2))
            watched.probed.append(Seen(agenda.now, entry))

    for number in range(int(SPAN / LOOK) + 1):
        agenda.at(number * LOOK, lambda: watched.look(agenda.now, health))
    Probing(agenda, simulated, Random(SEED), told).probe(target.checks, until=SPAN - 1)
    agenda.run(until=SPAN)
    watched.requests = traffic.requests
    return watched


def story(health: list[Health]) -> Story:
    """What was seen, to be told."""
    watched = watch(health)
    tries = [
        one
        for request in watched.requests
        for one in request.tries
        if one.upstream == 0 and one.ending is not None
    ]
    seen = [
        Seen(one.ended, Entry("requests", "lost" if one.has_failed else "done", at, at))
        for one in tries
        for at in (round(one.began, 2),)
    ]
    seen += watched.probed
    for lane, states in (
        ("upstream", watched.well), ("traffic", watched.traffic), ("probes", watched.probes),
    ):  # fmt: skip
        seen += spans(lane, states, BEAT)
    trials = [one.began for one in tries if at_trial(watched, one.began)]
    # After the spans of their beat, for a trial stands before them.
    seen += [
        Seen(up(at + 0.3), Entry("traffic", "trial", round(at, 2), round(at + 0.3, 2)))
        for at in trials
    ]
    seen.sort(key=lambda each: each.at)
    lost = [one.ended for one in tries if one.has_failed]

    def scores(now: float) -> Iterator[Score]:
        yield Score("requests", f"{sum(at <= now for at in lost)} lost")

    return Story(
        course=Course(seen, scores, BEAT),
        lost=lost,
        ejected=changes(watched.traffic, "out"),
        down=changes(watched.probes, "out"),
        trials=trials,
    )


def at_trial(watched: Watched, moment: float) -> bool:
    """Whether a request that came then found the upstream ejected."""
    before = [state for at, state in watched.traffic if at < moment]
    return bool(before) and before[-1] == "out"


def changes(states: list[tuple[float, str]], wanted: str) -> list[tuple[float, float]]:
    """From when to when a state was seen."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for at, state in states:
        if state == wanted and begin is None:
            begin = at
        elif state != wanted and begin is not None:
            found.append((begin, at))
            begin = None
    return found if begin is None else [*found, (begin, states[-1][0])]


def trace() -> Trace:
    """The figure, from three runs."""
    passive, active = PassiveHealth(ejection=10.0), ActiveHealth(HttpProbe("/healthz"))
    return Trace(
        title="How an upstream's failure is noticed",
        about=(
            "Lanes over time: how the upstream is, its requests, what live traffic makes of it, its"
            " probes, and what they make of it. It fails for a moment, and nothing comes of that."
            " Then it fails for long. Live traffic ejects it after five failures in a row and lets"
            " it back in on trial; probes take it out after three and bring it back after two"
            " passes."
        ),
        actors=(), links=(), gauges=(),
        scenes=(
            traffic_only(story([passive])),
            probes_only(story([active])),
            both(story([passive, active])),
        ),
        telling=(2, 3),
        lanes=(
            Lane("upstream", "the upstream"),
            Lane("requests", "its requests"),
            Lane("traffic", "live traffic says"),
            Lane("asked", "its probes"),
            Lane("probes", "probes say"),
        ),
        span=SPAN,
        legend=(
            ("well", "well, or in"), ("bad", "answers 503"), ("out", "out"),
            ("done", "answered"), ("lost", "failed"), ("trial", "on trial"),
        ),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(dumps(trace()))

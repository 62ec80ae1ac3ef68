"""Active health in a simulated world: the package's schedule and checks, on simulated upstreams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from random import Random

from chapters.simulation.agenda import Agenda
from chapters.simulation.upstreams import Ending, SimulatedUpstream
from reverseproxy.health.active import Check, ProbeFailed
from reverseproxy.health.schedule import Schedule
from reverseproxy.probes.http import HttpProbe
from reverseproxy.upstream import Upstream

MAX_RATE = 500.0

TICK = 0.000001
"""What moments are rounded to: what is due a little later must not come now, again and again."""


class Probing:
    """Does what the package's Prober does, where that has a network and tasks."""

    def __init__(
        self,
        agenda: Agenda,
        upstreams: Mapping[Upstream, SimulatedUpstream],
        random: Random,
        told: Callable[[Check, str], None] = lambda *_: None,
    ) -> None:
        """`told` hears the result of each probe: "" when it passed, or why it failed."""
        self._agenda = agenda
        self._upstreams = upstreams
        self._schedule = Schedule(random, MAX_RATE)
        self._running: set[Check] = set()
        self._told = told

    def probe(self, checks: Collection[Check], until: float) -> None:
        """Probes from now on; no probe begins after `until`."""
        self._schedule.add(checks, self._agenda.now)
        self._wait(until)

    def _wait(self, until: float) -> None:
        wait = self._schedule.wait(self._agenda.now)
        if wait is not None and self._agenda.now + wait <= until:
            self._agenda.after(wait + TICK, partial(self._begin, until))

    def _begin(self, until: float) -> None:
        """Begins what is due."""
        while check := self._schedule.take(self._agenda.now):
            if check not in self._running:
                self._running.add(check)
                self._ask(check)
        self._wait(until)

    def _ask(self, check: Check) -> None:
        """One probe: a request like others, but for its size. It waits its turn there."""
        probe, simulated = check.next_probe(), self._upstreams[check.upstream]
        if not isinstance(probe, HttpProbe):
            raise TypeError(f"{probe} cannot be simulated")
        call = simulated.ask(0.0, partial(self._asked, check, probe))
        seconds = check.settings.timeout

        def expire() -> None:
            if not call.is_over:
                simulated.give_up(call)
                self._judged(check, f"no answer within {seconds:g} s")

        self._agenda.after(seconds, expire)

    def _asked(self, check: Check, probe: HttpProbe, ending: Ending) -> None:
        """The probe itself judges an answer."""
        if not isinstance(ending, int):
            self._judged(check, str(ending))
            return
        try:
            probe.judge(ending, b"")
        except ProbeFailed as error:
            self._judged(check, str(error))
        else:
            self._judged(check, "")

    def _judged(self, check: Check, why: str) -> None:
        self._running.discard(check)
        if why:
            check.failed(why)
        else:
            check.passed()
        self._told(check, why)

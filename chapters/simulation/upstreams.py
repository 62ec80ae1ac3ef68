"""Upstreams that are made up: each works on so many requests at once, and can be killed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from chapters.simulation.agenda import Agenda
from reverseproxy.errors import ConnectFailed, ResponseBroken, UpstreamError

Ending = int | UpstreamError
"""How a call ends: with a status, or with what the package's client would raise."""

COLD = 5.0
"""How many times as long an upstream takes for a call when it has just been started again."""

AT_ONCE = 0.001
"""Seconds until a caller has an answer that took no work, or a refusal."""


@dataclass(slots=True, eq=False)
class Call:
    """One request at one upstream. `work` is its size: 1 takes the upstream's service time."""

    work: float
    ended: Callable[[Ending], None]
    is_over: bool = False
    since: float | None = None
    """When the work on it began."""

    def end(self, ending: Ending) -> None:
        """Tells the caller, unless it has been told or has given up."""
        if not self.is_over:
            self.is_over = True
            self.ended(ending)


class SimulatedUpstream:
    """Works on up to `slots` calls at once; others wait their turn here."""

    def __init__(
        self, agenda: Agenda, service_time: float, slots: int, warm_up: float = 0.0
    ) -> None:
        """`service_time`: seconds for a call of the size 1.

        `warm_up`: seconds until it is as quick as ever, after it was started again.
        """
        self.is_running = True
        self.is_failing = False
        self.slowness = 1.0
        self.worked = 0.0
        """Seconds of work; two calls at once for a second are two."""
        self._agenda = agenda
        self._service_time = service_time
        self._slots = slots
        self._warm_up = warm_up
        self._warm_at = 0.0
        self._working: list[Call] = []
        self._waiting: deque[Call] = deque()

    @property
    def in_flight(self) -> int:
        """Calls that are worked on or wait."""
        return len(self._working) + len(self._waiting)

    def ask(self, work: float, ended: Callable[[Ending], None]) -> Call:
        """Begins a call; `ended` is called once, at its time, unless the caller gives up."""
        call = Call(work, ended)
        if not self.is_running:
            self._agenda.after(AT_ONCE, partial(call.end, ConnectFailed("Connection refused")))
        elif self.is_failing:
            self._agenda.after(AT_ONCE, partial(call.end, 503))
        else:
            self._waiting.append(call)
            self._work()
        return call

    def give_up(self, call: Call) -> None:
        """The caller closes the connection: nobody works on it any more."""
        call.is_over = True
        self._leave(call)

    def kill(self) -> None:
        """As kill -9 does: what is in flight is reset, and new connections are refused."""
        self.is_running = False
        calls = [*self._working, *self._waiting]
        for call in self._working:
            self._count(call)
        self._working.clear()
        self._waiting.clear()
        for call in calls:
            call.end(ResponseBroken("Connection reset by peer"))

    def restart(self) -> None:
        """Runs again as on its first day: well, but cold."""
        self._warm_at = self._agenda.now + self._warm_up
        self.is_running, self.is_failing, self.slowness = True, False, 1.0

    def fail(self) -> None:
        """Answers 503 to every new call, without working on it."""
        self.is_failing = True

    def slow(self, factor: float) -> None:
        """Takes so many times as long for each call from now on."""
        self.slowness = factor

    def _work(self) -> None:
        while self._waiting and len(self._working) < self._slots:
            call = self._waiting.popleft()
            self._working.append(call)
            call.since = self._agenda.now
            seconds = max(call.work * self._service_time * self._factor(), AT_ONCE)
            self._agenda.after(seconds, partial(self._finish, call))

    def _factor(self) -> float:
        """How many times as long it takes now: a cold one gets quicker from moment to moment."""
        cold = max(self._warm_at - self._agenda.now, 0.0)
        return self.slowness * (1 + (COLD - 1) * cold / self._warm_up if cold else 1)

    def _count(self, call: Call) -> None:
        if call.since is not None:
            self.worked += self._agenda.now - call.since

    def _finish(self, call: Call) -> None:
        if not call.is_over:
            self._leave(call)
            call.end(200)

    def _leave(self, call: Call) -> None:
        """Makes room, and lets the next one in."""
        for calls in (self._working, self._waiting):
            if call in calls:
                calls.remove(call)
                self._count(call)
        self._work()

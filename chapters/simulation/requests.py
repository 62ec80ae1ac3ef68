"""Requests in a simulated world: how they come, and how the package's own code sends each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Protocol

from chapters.simulation.agenda import Agenda
from chapters.simulation.upstreams import Ending, SimulatedUpstream
from reverseproxy.errors import ForwardingError, UpstreamTimeout
from reverseproxy.upstream import Upstream


class Lease(AbstractContextManager[Upstream], Protocol):
    """What the simulation needs of the package's Lease."""

    upstream: Upstream

    def answered(self, status: int) -> None:
        """The head of the answer is there."""


class Tries(Protocol):
    """What the simulation needs of the package's Tries."""

    def lease(self) -> Lease:
        """The next try."""

    def has_another(self, failure: Any, *, is_whole: bool) -> bool:
        """Whether there is another try after this failure."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A client's request: when it comes, in seconds, and how much work it is; 1 is the mean."""

    at: float
    work: float = 1.0


def poisson(random: Random, rate: float, duration: float, *, even: bool) -> Iterator[Arrival]:
    """Requests that know nothing of each other, `rate` a second. `even` ones are all the same work.

    What comes depends on nothing else, so that two runs that differ in one setting can be compared.
    """
    at = 0.0
    while (at := at + random.expovariate(rate)) < duration:
        work = random.expovariate(1.0)
        yield Arrival(round(at, 6), 1.0 if even else round(work, 6))


@dataclass(slots=True, eq=False)
class Try:
    """One try of a request, with the upstream of that number; `ending` is None until it is over."""

    upstream: int
    began: float
    ended: float = 0.0
    ending: Ending | None = None

    @property
    def has_failed(self) -> bool:
        """An error, or a status that says that the upstream is not well."""
        return not isinstance(self.ending, int) or self.ending >= 500


@dataclass(slots=True, eq=False)
class Request:
    """One request of a client. `status` is what the client got; 0 until it is over."""

    arrival: Arrival
    tries: list[Try] = field(default_factory=list)
    ended: float = 0.0
    status: int = 0
    endings: int = 0
    """How often it ended: once, or the simulation is wrong."""

    @property
    def has_failed(self) -> bool:
        """The client got an error."""
        return self.status >= 500

    @property
    def took(self) -> float:
        """Seconds from the first byte to the last, as its client sees it."""
        return self.ended - self.arrival.at


class Traffic:
    """Sends requests to simulated upstreams, by the decisions of the package.

    It is the loop of `reverseproxy.forwarding`, with a simulated upstream where that has a network.
    """

    def __init__(
        self,
        agenda: Agenda,
        upstreams: dict[Upstream, SimulatedUpstream],
        begin: Callable[[], Tries],
        timeout: float = 60.0,
    ) -> None:
        """`begin` makes the tries of a request; `timeout`: seconds that an answer may take."""
        self.requests: list[Request] = []
        self._agenda = agenda
        self._upstreams = upstreams
        self._numbers = {upstream: number for number, upstream in enumerate(upstreams)}
        self._begin = begin
        self._timeout = timeout

    def expect(self, arrivals: Iterable[Arrival]) -> None:
        """Puts requests on the agenda."""
        for arrival in arrivals:
            self._agenda.at(arrival.at, partial(self._arrive, arrival))

    def _arrive(self, arrival: Arrival) -> None:
        request = Request(arrival)
        self.requests.append(request)
        self._try(request, self._begin())

    def _try(self, request: Request, tries: Tries) -> None:
        """Asks the upstream that the package chooses; or ends the request when it chooses none."""
        try:
            lease = tries.lease()
        except ForwardingError as error:
            self._end(request, error.status)
            return
        upstream = lease.__enter__()
        made = Try(self._numbers[upstream], self._agenda.now)
        request.tries.append(made)
        simulated = self._upstreams[upstream]
        call = simulated.ask(
            request.arrival.work, partial(self._tried, request, tries, lease, made)
        )

        def expire() -> None:
            if not call.is_over:
                simulated.give_up(call)
                call.ended(UpstreamTimeout(f"no answer within {self._timeout:g} s"))

        self._agenda.after(self._timeout, expire)

    def _tried(
        self, request: Request, tries: Tries, lease: Lease, made: Try, ending: Ending
    ) -> None:
        """The end of a try: the package hears of it, and says whether there is another."""
        made.ended, made.ending = self._agenda.now, ending
        if isinstance(ending, int):
            lease.answered(ending)
            has_another = tries.has_another(ending, is_whole=True)
            lease.__exit__(None, None, None)
        else:
            lease.__exit__(type(ending), ending, ending.__traceback__)
            has_another = tries.has_another(ending, is_whole=True)
        if has_another:
            self._try(request, tries)
        else:
            self._end(request, ending if isinstance(ending, int) else ending.status)

    def _end(self, request: Request, status: int) -> None:
        request.status, request.ended = status, self._agenda.now
        request.endings += 1

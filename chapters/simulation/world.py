"""A run: a target of the package between simulated clients and simulated upstreams."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

from chapters.simulation.agenda import Agenda
from chapters.simulation.probing import Probing
from chapters.simulation.requests import Request, Traffic, poisson
from chapters.simulation.settings import Settings
from chapters.simulation.targets import beginning, target_of
from chapters.simulation.upstreams import SimulatedUpstream


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was logged, or done to an upstream, at a time in seconds."""

    at: float
    what: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """All that happened."""

    settings: Settings
    requests: list[Request]
    log: list[Line]
    worked: tuple[float, ...]
    """Seconds that each upstream worked; two requests at once for a second are two."""


def simulate(settings: Settings) -> Run:
    """Runs a simulation to its end: until the last request is over."""
    agenda, log = Agenda(), list[Line]()
    target = target_of(settings, agenda)
    simulated = {
        upstream: SimulatedUpstream(
            agenda, settings.service_time(number), settings.slots, settings.warm_up
        )
        for number, upstream in enumerate(target.upstreams)
    }
    traffic = Traffic(agenda, simulated, beginning(settings, target), settings.timeout)
    arrivals = poisson(Random(settings.seed), settings.rate, settings.duration, even=settings.even)
    traffic.expect(arrivals)
    happen(settings, agenda, list(simulated.values()), log)
    probing = Probing(agenda, simulated, Random(settings.seed))
    with log_heard(lambda words: log.append(Line(agenda.now, words))):
        probing.probe(target.checks, until=settings.duration)
        agenda.run()
    worked = tuple(each.worked for each in simulated.values())
    return Run(settings, traffic.requests, log, worked)


def happen(
    settings: Settings, agenda: Agenda, simulated: list[SimulatedUpstream], log: list[Line]
) -> None:
    """Puts what is done to upstreams on the agenda."""

    def act(number: int) -> None:
        fault = settings.faults[number]
        fault.happen(simulated[fault.upstream - 1])
        log.append(Line(agenda.now, f"upstream {fault.upstream}: {fault}", is_fault=True))

    for number, fault in enumerate(settings.faults):
        agenda.at(fault.at, partial(act, number))


class LogHeard(logging.Handler):
    """Hands on the words of every record."""

    def __init__(self, told: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Hands on the words of a record."""
        self._told(record.getMessage())


@contextmanager
def log_heard(told: Callable[[str], None]) -> Iterator[None]:
    """While it lasts, `told` hears the package's log, and the terminal does not."""
    logger, handler = logging.getLogger("reverseproxy"), LogHeard(told)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = propagates
        logger.setLevel(level)
        logger.removeHandler(handler)

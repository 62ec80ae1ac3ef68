"""What a run came to, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chapters.simulation.percentile import percentile
from chapters.simulation.world import Run


@dataclass(frozen=True, slots=True)
class Share:
    """What one upstream had. `first` is how many requests came to it first; times in seconds.

    `busy` is the part of its slots that were at work, over the time that requests came; above 1 if
    it went on long after it.
    """

    first: int
    tries: int
    share: float
    failures: int
    busy: float
    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Clients:
    """What the clients had. Times are of answers that were no errors."""

    requests: int
    errors: int
    retries: int
    p50: float | None
    p99: float | None


def shares(run: Run) -> list[Share]:
    """What each upstream had, in their order."""
    tries = [each for request in run.requests for each in request.tries]
    firsts = [request.tries[0].upstream for request in run.requests if request.tries]
    found = []
    for number in range(run.settings.upstreams):
        own = [each for each in tries if each.upstream == number]
        took = [each.ended - each.began for each in own if not each.has_failed]
        found.append(
            Share(
                first=firsts.count(number),
                tries=len(own),
                share=len(own) / max(len(tries), 1),
                failures=sum(each.has_failed for each in own),
                busy=run.worked[number] / (run.settings.slots * run.settings.duration),
                p50=percentile(took, 50),
                p99=percentile(took, 99),
            )
        )
    return found


def clients(run: Run) -> Clients:
    """What the clients had."""
    took = [request.took for request in run.requests if not request.has_failed]
    return Clients(
        requests=len(run.requests),
        errors=sum(request.has_failed for request in run.requests),
        retries=sum(max(len(request.tries) - 1, 0) for request in run.requests),
        p50=percentile(took, 50),
        p99=percentile(took, 99),
    )


@dataclass(frozen=True, slots=True)
class Series:
    """Something counted over time: one number for each of equally long parts of a run."""

    name: str
    counts: tuple[int, ...]
    width: float
    """Seconds of one part."""

    @property
    def rates(self) -> list[float]:
        """A second."""
        return [count / self.width for count in self.counts]


def series(run: Run, parts: int) -> list[Series]:
    """What came to each upstream, and the errors that clients got, over the time of the run."""
    width = run.settings.duration / parts
    tries = [each for request in run.requests for each in request.tries]
    moments = {
        f"upstream {number + 1}": [each.began for each in tries if each.upstream == number]
        for number in range(run.settings.upstreams)
    }
    moments["errors"] = [request.ended for request in run.requests if request.has_failed]
    return [Series(name, counted(times, parts, width), width) for name, times in moments.items()]


def counted(times: Iterable[float], parts: int, width: float) -> tuple[int, ...]:
    """How many moments are in each part; the last one holds what is later as well."""
    counts = [0] * parts
    for time in times:
        counts[min(int(time / width), parts - 1)] += 1
    return tuple(counts)

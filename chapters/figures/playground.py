"""The playground of chapter 14: a run of the simulation for every position of its controls.

    python -m chapters.figures.playground [NUMBER ...]

It prints all positions, or only those with these numbers, one below the other. The choices, the
probes, the retries and the slow start are the package's own; clients and upstreams are simulated.
"""

from __future__ import annotations

import sys

from chapters.figures.positions import POSITIONS, SECONDS, Position, dumps, line, values_of
from chapters.simulation.faults import Fault
from chapters.simulation.measures import clients, counted, shares
from chapters.simulation.percentile import percentile
from chapters.simulation.settings import Settings
from chapters.simulation.world import Run, simulate

SERVICE = 0.05
UPSTREAMS = 4
TIMEOUT = 5.0
SEED = 3

FAULTS = {
    "nothing": (),
    "dies": (Fault("kill", 1, 6.0),),
    "slow": (Fault("slow", 1, 6.0, 5.0),),
    "back": (Fault("kill", 1, 2.0), Fault("restart", 1, 8.0)),
}
"""What happens to the first upstream, and when."""


def settings_of(number: int) -> Settings:
    """The settings of a run at one position."""
    policy, load, upstreams, happens, help_ = values_of(number)
    slowest = 3 if upstreams == "unequal" else 1
    times = (SERVICE, SERVICE, SERVICE, SERVICE * slowest)
    is_helped = help_ == "on"
    return Settings(
        policy=policy,
        upstreams=UPSTREAMS,
        service_times=times,
        slots=1,
        rate=int(load) / 100 * sum(1 / each for each in times),
        duration=float(SECONDS),
        timeout=TIMEOUT,
        faults=FAULTS[happens],
        warm_up=6.0,
        passive=False,
        active=is_helped,
        retries=is_helped,
        slow_start=8.0 if is_helped else 0.0,
        zipf=True,
        seed=SEED,
    )


def position(number: int) -> Position:
    """What came of one position."""
    run = simulate(settings_of(number))
    had, own = clients(run), shares(run)
    return Position(
        requests=had.requests,
        errors=had.errors,
        p50=milliseconds(had.p50),
        p99=milliseconds(had.p99),
        shares=tuple(round(100 * each.share) for each in own),
        busy=tuple(min(round(100 * each.busy), 100) for each in own),
        slowest=slowest_in(run),
        lost=counted((r.arrival.at for r in run.requests if r.has_failed), SECONDS, 1.0),
    )


def slowest_in(run: Run) -> tuple[int, ...]:
    """For the requests that came in each second: how long nine of ten answers took at the most."""
    parts: list[list[float]] = [[] for _ in range(SECONDS)]
    for request in run.requests:
        if not request.has_failed:
            parts[int(request.arrival.at)].append(request.took)
    return tuple(milliseconds(percentile(part, 90)) // 10 * 10 for part in parts)


def milliseconds(seconds: float | None) -> int:
    return round((seconds or 0.0) * 1000)


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    if numbers:
        sys.stdout.write("".join(f"{line(position(number))}\n" for number in numbers))
    else:
        sys.stdout.write(dumps([position(number) for number in range(POSITIONS)]))

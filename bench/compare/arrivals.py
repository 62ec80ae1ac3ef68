"""Arrivals: when requests are meant to begin, whatever became of those before."""

import random
from dataclasses import dataclass

KEPT = 0.3
"""The share of the requests that go over connections which are kept."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that is to come."""

    at: float
    """Seconds after the beginning."""
    is_kept: bool
    """Over a connection that is kept, and not over one of its own."""


def arrivals(rate: float, seconds: float, seed: int) -> list[Arrival]:
    """Requests at `rate` a second on average, as independent clients make them (Poisson).

    The same arguments give the same arrivals: each proxy has to do with the same ones.
    """
    chance, found, at = random.Random(seed), list[Arrival](), 0.0
    while (at := at + chance.expovariate(rate)) < seconds:
        found.append(Arrival(at, chance.random() < KEPT))
    return found

"""Upstreams whose facts nobody writes but the test."""

from random import Random

from reverseproxy.health.slow_start import SlowStart, Warming
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Scripted(Random):
    """Draws what it was given, again and again, and counts how often it was asked."""

    def __init__(self, *draws: float) -> None:
        super().__init__(14)
        self._draws = draws
        self.asked = 0

    def random(self) -> float:
        """The next one."""
        self.asked += 1
        return self._draws[self.asked % len(self._draws) - 1]


def upstreams_of(count: int) -> Upstreams:
    """So many, which somebody has looked at, at 0 s: all of them were there from the start."""
    upstreams = Upstreams.parse([f"http://10.0.0.1:{7001 + number}" for number in range(count)])
    upstreams.available.refresh(0.0)
    return upstreams


def came_back(upstreams: Upstreams, one: Upstream, at: float) -> None:
    """It was down, and has come up at that time; both were seen."""
    one.facts.is_up = False
    upstreams.available.refresh(at)
    one.facts.is_up = True
    upstreams.available.refresh(at)


def gate_of(upstreams: Upstreams, *draws: float, window: float = 10.0) -> Warming:
    """A gate whose draws are known: they are all 0.5, if they are not others."""
    return SlowStart(window, random=Scripted(*(draws or (0.5,)))).watch(upstreams)


def anybody(_: Upstream) -> bool:
    """Accepts all."""
    return True

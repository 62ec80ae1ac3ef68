"""Draws: upstreams at random, in proportion to their weights."""

from bisect import bisect
from itertools import accumulate
from random import Random

from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Draws:
    """A lottery in which each upstream has as many tickets as its weight."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._of: Upstreams | None = None
        self._tickets: list[int] = []
        self._is_even = True

    def one(self, upstreams: Upstreams) -> Upstream:
        """One of the upstreams."""
        if upstreams is not self._of:
            self._learn(upstreams)
        draw = self._random.random()
        if self._is_even:
            return upstreams[int(draw * len(upstreams))]
        return upstreams[bisect(self._tickets, int(draw * self._tickets[-1]))]

    def _learn(self, upstreams: Upstreams) -> None:
        """Hands out the tickets: those of the third begin where those of the second end."""
        weights = [upstream.weight for upstream in upstreams]
        self._of = upstreams
        self._is_even = len(set(weights)) == 1
        self._tickets = list(accumulate(weights))

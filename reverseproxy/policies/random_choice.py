"""Random: no turns, no memory."""

from random import Random

from reverseproxy.policies.draws import Draws
from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

DRAWS = 8
"""Draws before all upstreams are asked: while half are accepted, 8 fail once in 256 times."""


class RandomChoice:
    """One of them at random, in proportion to their weights.

    It remembers nothing, so any number of proxies can do it side by side, and never in step.
    """

    def __init__(self, random: Random | None = None) -> None:
        self._draws = Draws(random or Random())

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """One that `accepts` takes, drawn by weight among all of those; None when it takes none.

        As long as most of them are accepted, the others are not asked.
        """
        for _ in range(DRAWS):
            upstream = self._draws.one(upstreams)
            if accepts(upstream):
                return upstream
        takers = Upstreams(filter(accepts, upstreams))
        return self._draws.one(takers) if takers else None

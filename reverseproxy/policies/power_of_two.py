"""The power of two choices: two at random, and the less busy one of them."""

from random import Random

from reverseproxy.policies.draws import Draws
from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

PAIRS = 8
"""Pairs that are drawn before all upstreams are asked."""


class PowerOfTwo:
    """Draws two different upstreams by weight, and takes the one with less in flight.

    Loads are reckoned by weight: 6 in flight at weight 3 are as much as 2 at weight 1. When they
    are equal, it is the one that was drawn first.

    Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001.
    """

    def __init__(self, random: Random | None = None) -> None:
        self._draws = Draws(random or Random())

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The less busy one of two that `accepts` takes; None when it takes none.

        When it takes one alone, that one. As long as most of them accept, the others are not asked.
        """
        for _ in range(PAIRS):
            one, other = self._draws.one(upstreams), self._draws.one(upstreams)
            if one is not other and accepts(one) and accepts(other):
                return less_busy(one, other)
        takers = Upstreams(filter(accepts, upstreams))
        if not takers:
            return None
        one = self._draws.one(takers)
        others = Upstreams(each for each in takers if each is not one)
        return less_busy(one, self._draws.one(others)) if others else one


def less_busy(one: Upstream, other: Upstream) -> Upstream:
    """The one with less in flight for its weight; the first when that is equal."""
    is_busier = one.in_flight * other.weight > other.in_flight * one.weight
    return other if is_busier else one

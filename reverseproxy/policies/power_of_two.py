"""The power of two choices: two at random, and the less busy one of them."""

from random import Random

from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class PowerOfTwo:
    """Draws two different upstreams by weight, and takes the one with less in flight.

    Loads are reckoned by weight: 6 in flight at weight 3 are as much as 2 at weight 1. When they
    are equal, it is the one that was drawn first, so idle upstreams share by their weights.

    Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001.
    """

    def __init__(self, random: Random | None = None) -> None:
        self._choice = RandomChoice(random)

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The less busy one of two that `accepts` takes; None when it takes none.

        When it takes one alone, that one. As long as most of them accept, the others are not asked.
        """
        one = self._choice.select(upstreams, accepts)
        if one is None:
            return None
        other = self._choice.select(upstreams, lambda each: each is not one and accepts(each))
        return less_busy(one, other) if other else one


def less_busy(one: Upstream, other: Upstream) -> Upstream:
    """The one with less in flight for its weight; the first when that is equal."""
    is_busier = one.in_flight * other.weight > other.in_flight * one.weight
    return other if is_busier else one

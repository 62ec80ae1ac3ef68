"""Bounded load: to the same upstream again, unless it is full."""

from math import ceil

from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.own import own
from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.power_of_two import less_busy
from reverseproxy.policies.ring import Ring
from reverseproxy.settings import check_number
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class BoundedLoad:
    """A keyed policy that goes on to the key's next upstream while the first one is full.

    Full is who has `factor` times its share of all that is in flight, rounded up, or more. Nobody
    is given a request beyond that, at the moment of the choice; who is slow may be left with more
    when others end. So a key that half the world asks for is shared by as many upstreams as it
    takes, and by always the same ones.

    Source: Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, 2017.
    """

    def __init__(self, policy: Keyed | None = None, factor: float = 1.25) -> None:
        """`policy` is a ring, if it is not another one.

        Raises ConfigurationError for a factor that is not from 1 to 100.
        """
        check_number("bounded load factor", factor, 1, 100)
        self._policy = own(policy or Ring())
        self._factor = factor

    def prepare(self, upstreams: Upstreams) -> None:
        """Prepares the policy below."""
        self._policy.prepare(upstreams)

    def find(self, key: bytes, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The key's first upstream that `accepts` takes and that is not full.

        When all are, the one with the least in flight for its weight. None when `accepts` takes
        none.
        """
        fits = self._fitting(upstreams)
        if found := self._policy.find(key, upstreams, lambda each: accepts(each) and fits(each)):
            return found
        least: Upstream | None = None
        for upstream in filter(accepts, upstreams):
            least = less_busy(least, upstream) if least else upstream
        return least

    def _fitting(self, upstreams: Upstreams) -> Accepts:
        """Accepts an upstream that has a slot left, with the request that is to come counted.

        Its slots are (in_flight + 1) * factor * weight / weight of all, divided last, rounded up,
        and at least 1. All are over those that are available; the target has refreshed them.
        When nobody is available, it accepts everybody.
        """
        available = upstreams.available
        if not available.weight:
            return lambda _: True
        bound, weight = (available.in_flight + 1) * self._factor, available.weight
        return lambda each: each.in_flight < max(1, ceil(bound * each.weight / weight))

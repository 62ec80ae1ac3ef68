"""Weighted round robin: everyone in turn, some more often."""

from reverseproxy.policies.deadlines import EarliestDeadline
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.policies.smooth import SmoothWeighted
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

FEW = 128
"""Upstreams that a pick can look at one by one; above that, a heap saves more than it costs."""


class WeightedRoundRobin:
    """Turns in proportion to the weights: the smoothest way up to 128 upstreams, a heap above.

    With equal weights it is round robin.
    """

    def __init__(self) -> None:
        self._way: Policy = RoundRobin()
        self._of: Upstreams | None = None

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The next in turn that `accepts` takes; None when it takes none."""
        if upstreams is not self._of:
            self._learn(upstreams)
        return self._way.select(upstreams, accepts)

    def _learn(self, upstreams: Upstreams) -> None:
        """Finds the way for these; as long as it is the same, turns go on where they were."""
        kind = way_for(upstreams)
        if not isinstance(self._way, kind):
            self._way = kind()
        self._of = upstreams


def way_for(upstreams: Upstreams) -> type[RoundRobin | SmoothWeighted | EarliestDeadline]:
    """The kind of turns that suits their weights and their number."""
    if len({upstream.weight for upstream in upstreams}) == 1:
        return RoundRobin
    return SmoothWeighted if len(upstreams) <= FEW else EarliestDeadline

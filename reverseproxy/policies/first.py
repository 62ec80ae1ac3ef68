"""First: the others are spare."""

from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class First:
    """The first one that can have the request, in the order in which they were written.

    All work is done by one upstream, and by the next only while that one is out: failover from an
    active upstream to a passive one. Weights mean nothing here, except 0.
    """

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first that `accepts` takes; None when it takes none."""
        return next(filter(accepts, upstreams), None)

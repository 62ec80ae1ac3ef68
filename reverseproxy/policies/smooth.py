"""Smooth weighted round robin: more turns for some, and never all of them in a row."""

from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class SmoothWeighted:
    """Weighted turns, spread out: weights 5, 1, 1 give a a b a c a a, not a a a a a b c.

    Each upstream that can have the request earns its weight; the richest is chosen, and pays what
    all of them have earned. So the sum stays as it is, and while the same ones are accepted, each
    has exactly its share in any row of as many picks as the weights add up to. When that changes,
    nothing is reset: what they owe each other from before is paid off over the next picks.

    A pick looks at every upstream.

    Source: nginx, ngx_http_upstream_get_peer.
    """

    def __init__(self) -> None:
        self._credit: dict[Upstream, int] = {}
        self._of: Upstreams | None = None

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The next in turn that `accepts` takes; None when it takes none.

        Those that it does not take earn nothing and pay nothing; their credit stays as it is.
        """
        if upstreams is not self._of:
            self._learn(upstreams)
        credit, richest, earned = self._credit, None, 0
        for upstream in upstreams:
            if not accepts(upstream):
                continue
            credit[upstream] += upstream.weight
            earned += upstream.weight
            if richest is None or credit[upstream] > credit[richest]:
                richest = upstream
        if richest is not None:
            credit[richest] -= earned
        return richest

    def _learn(self, upstreams: Upstreams) -> None:
        """Who stays keeps the credit, who is new has none, and who left is forgotten."""
        self._credit = {upstream: self._credit.get(upstream, 0) for upstream in upstreams}
        self._of = upstreams

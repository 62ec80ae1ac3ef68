"""Policy: a way to choose among the upstreams of a target."""

from collections.abc import Callable
from typing import Protocol

from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

Accepts = Callable[[Upstream], bool]
"""Whether an upstream can have the request; it says the same all through one choice."""


class Policy(Protocol):
    """A way to choose. It may remember things between choices, so each target needs its own."""

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """One that `accepts` takes; None when it takes none.

        There may be more or fewer upstreams than at the last choice. It is another `Upstreams`
        then, and when a weight has changed as well: what was worked out for one holds for as long
        as the same one comes.
        """

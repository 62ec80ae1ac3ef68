"""Target: where a request goes once the Mux has matched it."""

from collections.abc import Iterable

from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Target:
    """Upstreams that do the same work, and the choice among them."""

    def __init__(
        self, urls: str | Iterable[str], name: str = "*", preserve_host: bool = True
    ) -> None:
        """Arguments: one URL or several; a name, for the log; with whose Host they are asked.

        `preserve_host`: the Host that the client asked for, and not the upstream's own.

        Raises ConfigurationError when the upstreams cannot be.
        """
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._policy = RoundRobin()

    def select_upstream(self) -> Upstream:
        """The upstream for the next request. Where there is one, there is nothing to choose."""
        if len(self.upstreams) == 1:
            return self.upstreams[0]
        return self._policy.select(self.upstreams)

    def __str__(self) -> str:
        return f"one of {len(self.upstreams)} (for {self.name})"

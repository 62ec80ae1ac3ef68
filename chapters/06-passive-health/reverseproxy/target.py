"""Target: where a request goes once the Mux has matched it."""

from collections.abc import Iterable

from reverseproxy.clock import Clock, monotonic
from reverseproxy.facts import is_available
from reverseproxy.health import Health
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.lease import Lease
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Target:
    """Upstreams that do the same work, and the choice among them."""

    def __init__(
        self,
        urls: str | Iterable[str],
        name: str = "*",
        preserve_host: bool = True,
        *,
        health: Iterable[Health] = (PassiveHealth(),),
        clock: Clock = monotonic,
    ) -> None:
        """Arguments: one URL or several; a name, for the log; with whose Host they are asked.

        preserve_host: the Host that the client asked for, and not the upstream's own.
        health: ways to find out which upstreams should have no requests for now.

        Raises ConfigurationError when the upstreams cannot be.
        """
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        self._policy = RoundRobin()
        self._observers = [each.watch(self.upstreams) for each in health]

    def select_upstream(self) -> Upstream:
        """The upstream for the next request: an available one, or any when none is.

        Where there is only one, there is nothing to choose.
        """
        if len(self.upstreams) == 1:
            return self.upstreams[0]
        now = self._clock()
        chosen = self._policy.select(self.upstreams, lambda each: is_available(each.facts, now))
        return chosen or self._policy.select(self.upstreams, anyone) or self.upstreams[0]

    def lease(self) -> Lease:
        """A use of the upstream that is selected now; the health of all hears how it ends."""
        return Lease(self.select_upstream(), self._observers, self._clock)

    def __str__(self) -> str:
        return f"one of {len(self.upstreams)} (for {self.name})"


def anyone(upstream: Upstream) -> bool:
    """Accepts every upstream."""
    return True

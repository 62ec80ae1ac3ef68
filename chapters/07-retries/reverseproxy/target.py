"""Target: where a request goes once the Mux has matched it."""

from collections.abc import Collection, Iterable

from reverseproxy.clock import Clock, monotonic
from reverseproxy.facts import is_available
from reverseproxy.health import Health
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.lease import Lease
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.retry import Budget, Retry
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
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
        clock: Clock = monotonic,
    ) -> None:
        """Arguments: one URL or several; a name, for the log; with whose Host they are asked.

        preserve_host: the Host that the client asked for, and not the upstream's own.
        health: ways to find out which upstreams should have no requests for now.
        retry: how often another upstream gets a try; None: never.

        Raises ConfigurationError when the upstreams cannot be.
        """
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        self._policy = RoundRobin()
        self.retry = retry
        self.budget = Budget(retry or Retry(), clock)
        self._observers = [each.watch(self.upstreams) for each in health]

    def select_upstream(self, *, tried: Collection[Upstream] = ()) -> Upstream:
        """The upstream for the next request: an available one, or any when none is.

        `tried` ones come last of all. Where there is only one, there is nothing to choose.
        """
        if len(self.upstreams) == 1:
            return self.upstreams[0]
        now = self._clock()
        ways = (
            lambda each: is_available(each.facts, now) and each not in tried,
            lambda each: each not in tried,
            anyone,
        )
        chosen = (self._policy.select(self.upstreams, accepts) for accepts in ways)
        return next(upstream for upstream in chosen if upstream)

    def has_untried(self, tried: Collection[Upstream]) -> bool:
        """Whether an upstream is left that was not tried."""
        return any(each not in tried for each in self.upstreams)

    def lease(self, *, tried: Collection[Upstream] = ()) -> Lease:
        """A use of the upstream that is selected now; the health of all hears how it ends."""
        return Lease(self.select_upstream(tried=tried), self._observers, self._clock)

    def __str__(self) -> str:
        return f"one of {len(self.upstreams)} (for {self.name})"


def anyone(upstream: Upstream) -> bool:
    """Accepts every upstream."""
    return True

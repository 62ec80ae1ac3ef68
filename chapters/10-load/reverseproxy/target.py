"""Target: where a request goes once the Mux has matched it."""

from collections.abc import Collection, Iterable, Mapping

from reverseproxy.clock import Clock, monotonic
from reverseproxy.errors import ConfigurationError, NoUpstreamAvailable
from reverseproxy.health import Health
from reverseproxy.health.active import Checks
from reverseproxy.health.ejector import Ejector
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.lease import Lease, Observer
from reverseproxy.policies.names import policy_of
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.retry import Budget, Retry
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Target:
    """Upstreams that do the same work, and the choice among them."""

    def __init__(
        self,
        urls: str | Iterable[str] | Mapping[str, int],
        name: str = "*",
        preserve_host: bool = True,
        *,
        policy: Policy | str = "round-robin",
        health: Iterable[Health] = (PassiveHealth(),),
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
        clock: Clock = monotonic,
    ) -> None:
        """Arguments: one URL or several; a name, for the log; with whose Host they are asked.

        urls: a mapping from URL to weight gives some a larger share of the requests than others.
        preserve_host: the Host that the client asked for, and not the upstream's own.
        policy: how one of them is chosen, or the name of a policy.
        health: ways to find out which upstreams should have no requests for now.
        retry: how often another upstream gets a try; None: never.

        Raises ConfigurationError when the upstreams cannot be, and for a name that no policy has.
        """
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        self._policy = policy_of(policy)
        self.retry = retry
        self.budget = Budget(retry or Retry(), clock)
        watching = [each.watch(self.upstreams) for each in health]
        hearing = [self._policy, *watching]
        self._observers = [each for each in hearing if isinstance(each, Observer)]
        for setting, kind in (("PassiveHealth", Ejector), ("ActiveHealth", Checks)):
            if sum(isinstance(each, kind) for each in watching) > 1:
                raise ConfigurationError("health", setting, "is there twice; one has the say")
        self.checks = [c for each in watching if isinstance(each, Checks) for c in each.all]

    def select_upstream(self, *, tried: Collection[Upstream] = ()) -> Upstream:
        """The upstream for the next request: an available one that is not among `tried`.

        Ejections are ignored when nobody else is left. Where there is only one upstream, there is
        nothing to choose.

        Raises NoUpstreamAvailable when none is available.
        """
        now = self._clock()
        for traffic in (True, False):
            if chosen := self._select(taking(now, tried, traffic=traffic)):
                return chosen
        raise NoUpstreamAvailable(self._why_none(now))

    def _select(self, accepts: Accepts) -> Upstream | None:
        if len(self.upstreams) == 1:
            return self.upstreams[0] if accepts(self.upstreams[0]) else None
        return checked(self._policy.select(self.upstreams, accepts), accepts)

    def _why_none(self, now: float) -> str:
        """The reasons of a few."""
        reasons = (f"{each}: {each.state(now).why}" for each in self.upstreams[:3])
        return f"none is available ({'; '.join(reasons)})"

    def has_untried(self, tried: Collection[Upstream]) -> bool:
        """Whether `select_upstream` would find one that was not tried."""
        accepts = taking(self._clock(), tried, traffic=False)
        return any(accepts(each) for each in self.upstreams)

    def lease(self, *, tried: Collection[Upstream] = ()) -> Lease:
        """A use of the upstream that is selected now; the health of all hears how it ends."""
        return Lease(self.select_upstream(tried=tried), self._observers, self._clock)

    def __str__(self) -> str:
        return f"one of {len(self.upstreams)} (for {self.name})"


def checked(chosen: Upstream | None, accepts: Accepts) -> Upstream | None:
    """What a policy has chosen, which may be one of the user's own.

    Raises NoUpstreamAvailable if that cannot be.
    """
    if chosen and not accepts(chosen):
        raise NoUpstreamAvailable(f"the policy chose {chosen}, which cannot have the request")
    return chosen


def taking(now: float, tried: Collection[Upstream], *, traffic: bool) -> Accepts:
    """Accepts an upstream that is available and was not tried."""

    def accepts(upstream: Upstream) -> bool:
        return upstream.state(now, traffic=traffic).available and upstream not in tried

    return accepts

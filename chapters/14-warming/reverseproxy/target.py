"""Target: where a request goes once the Mux has matched it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from reverseproxy.clock import Clock, monotonic
from reverseproxy.draining import Drains, admin_of
from reverseproxy.errors import ConfigurationError, NoUpstreamAvailable
from reverseproxy.facts import Admin
from reverseproxy.health import Health
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.health.watchers import Watchers
from reverseproxy.keys import Key
from reverseproxy.lease import Lease, Observer
from reverseproxy.policies.first import First
from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.names import KEYED, policy_of
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.pool import nobody
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
        policy: Policy | Keyed | str = "round-robin",
        key: str | None = None,
        health: Iterable[Health] = (PassiveHealth(),),
        retry: Retry | None = Retry(),  # noqa: B008 - it is frozen
        clock: Clock = monotonic,
    ) -> None:
        """Arguments: one URL or several; a name, for the log; with whose Host they are asked.

        urls: a mapping from URL to weight gives some a larger share of the requests than others.
        preserve_host: the Host that the client asked for, and not the upstream's own.
        policy: how one of them is chosen, or the name of a policy.
        key: what of a request a keyed policy goes by, as in `Key.parse`; None: the address.
        health: ways to find out which upstreams should have no requests for now.
        retry: how often another upstream gets a try; None: never.

        Raises ConfigurationError for upstreams, a policy or a key that cannot be.
        """
        self.upstreams = Upstreams.parse(urls)
        self.name = name
        self.preserve_host = preserve_host
        self._clock = clock
        chosen = policy_of(policy)
        self._choose = choosing(chosen)
        self.key = Key.parse(key or "address") if isinstance(chosen, Keyed) else None
        if key and not self.key:
            raise ConfigurationError("key", key, f"needs a keyed policy: {', '.join(KEYED)}")
        self.retry = retry
        self.budget = Budget(retry or Retry(), clock)
        if isinstance(chosen, Keyed):
            chosen.prepare(self.upstreams)
        self._drains = Drains()
        watchers = Watchers(health, self.upstreams)
        self._observers: list[Observer] = [self.upstreams.available, self._drains]
        self._observers += [chosen] if isinstance(chosen, Observer) else []
        self._observers += watchers.observers
        self._gates = watchers.gates if not isinstance(chosen, First) else []
        self._panic = watchers.panic
        self.checks = watchers.checks

    def set_state(self, url: str, state: Admin | str) -> Upstream:
        """Says of the upstream at `url` that it is "ready", or to "drain", or in "maint"enance.

        One that drains has nothing new, and is still probed; what is running there may end. One in
        maintenance is not even probed.

        Raises ConfigurationError for another URL or state.
        """
        upstream, wanted = self.upstreams.at(url), admin_of(state)
        if upstream.facts.admin is not wanted:
            upstream.facts.admin = wanted
            self._drains.told(upstream)
        return upstream

    def select_upstream(self, key: bytes = b"", *, tried: Collection[Upstream] = ()) -> Upstream:
        """The upstream for the next request: an available one that is not among `tried`.

        `key` is what a keyed policy chooses by; the others do not look at it.

        Gates are asked first, and ignored when they let nobody pass; ejections are ignored when
        nobody else is left. In a panic, it is any upstream that people want there. Where there is
        only one, there is nothing to choose.

        Raises NoUpstreamAvailable when none is available.
        """
        now = self._clock()
        for accepts in self._ways(key, now, tried):
            if chosen := self._select(accepts, key):
                return chosen
        raise NoUpstreamAvailable(self._why_none(now))

    def _ways(self, key: bytes, now: float, tried: Collection[Upstream]) -> Iterator[Accepts]:
        """Whom to accept, and whom when that finds nobody: from the strictest on."""
        available = self.upstreams.available
        available.refresh(now)
        if self._panic and self._panic.is_on():
            yield available.wanted_untried(tried)
            return
        accepts = gated = available.untried(tried)
        for gate in self._gates:
            gated = gate.gated(gated, key if self.key else None, now)
        if gated is not accepts:
            yield gated
        yield accepts
        yield available.unejected_untried(tried)

    def _select(self, accepts: Accepts, key: bytes) -> Upstream | None:
        if accepts is nobody:
            return None
        if len(self.upstreams) == 1:
            return self.upstreams[0] if accepts(self.upstreams[0]) else None
        return checked(self._choose(key, self.upstreams, accepts), accepts)

    def _why_none(self, now: float) -> str:
        """The reasons of a few."""
        reasons = (f"{each}: {each.state(now).why}" for each in self.upstreams[:3])
        return f"none is available ({'; '.join(reasons)})"

    def has_untried(self, tried: Collection[Upstream]) -> bool:
        """Whether `select_upstream` would find one that was not tried."""
        *_, accepts = self._ways(b"", self._clock(), tried)
        return any(map(accepts, self.upstreams))

    def lease(self, key: bytes = b"", *, tried: Collection[Upstream] = ()) -> Lease:
        """A use of the upstream that is selected now; the health of all hears how it ends."""
        return Lease(self.select_upstream(key, tried=tried), self._observers, self._clock)

    def __str__(self) -> str:
        return f"one of {len(self.upstreams)} (for {self.name})"


def choosing(
    policy: Policy | Keyed,
) -> Callable[[bytes, Upstreams, Accepts], Upstream | None]:
    """How that policy chooses, whether it asks for a key or not."""
    if isinstance(policy, Keyed):
        return policy.find
    return lambda key, upstreams, accepts: policy.select(upstreams, accepts)


def checked(chosen: Upstream | None, accepts: Accepts) -> Upstream | None:
    """What a policy has chosen, which may be one of the user's own.

    Raises NoUpstreamAvailable if that cannot be.
    """
    if chosen and not accepts(chosen):
        raise NoUpstreamAvailable(f"the policy chose {chosen}, which cannot have the request")
    return chosen

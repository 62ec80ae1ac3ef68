"""Requests that begin and end, as a policy hears of them, without a proxy."""

from collections.abc import Container, Sequence
from typing import ClassVar

from reverseproxy.lease import Lease, Observer
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


def upstreams(weights: Sequence[int]) -> Upstreams:
    """As many as there are weights."""
    return Upstreams.parse({f"http://10.0.0.{n + 1}": each for n, each in enumerate(weights)})


def anyone(upstream: Upstream) -> bool:
    """Accepts everybody."""
    return True


def asking(asked: list[Upstream], refusing: Container[Upstream] = ()) -> Accepts:
    """Accepts all the others, and notes who was asked."""

    def accepts(upstream: Upstream) -> bool:
        asked.append(upstream)
        return upstream not in refusing

    return accepts


class Load(float):
    """A load that counts how often loads are compared."""

    compared: ClassVar[int] = 0

    def __lt__(self, other: float) -> bool:
        Load.compared += 1
        return super().__lt__(other)

    __hash__ = float.__hash__


class Flights(int):
    """A number in flight, of which such a load is made."""

    def __truediv__(self, weight: int) -> Load:
        return Load(super().__truediv__(weight))


class Watched(Upstream):
    """An upstream that counts how often somebody looks at one: it, its load or its weight.

    A copy of a queue looks at all that stand in it, and so does a search in a list.
    """

    looks: ClassVar[int] = 0

    def __hash__(self) -> int:
        Watched.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        Watched.looks += 1
        return self is other

    def __getattribute__(self, name: str) -> object:
        """Counts."""
        found = super().__getattribute__(name)
        if name not in ("in_flight", "weight"):
            return found
        Watched.looks += 1
        return Flights(found) if name == "in_flight" else found


class Traffic:
    """Uses of what a policy chooses."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.running: list[Lease] = []

    def begin(self, among: Upstreams, accepts: Accepts = anyone) -> Upstream:
        """A request comes; the upstream that has it now."""
        upstream = self.policy.select(among, accepts)
        assert upstream is not None, "there was somebody to choose, and nobody was chosen"
        observers = [self.policy] if isinstance(self.policy, Observer) else []
        lease = Lease(upstream, observers, lambda: 0.0)
        lease.__enter__()
        self.running.append(lease)
        return upstream

    def end(self, number: int) -> Upstream:
        """One of those that run is over; the upstream that had it."""
        lease = self.running.pop(number % len(self.running))
        lease.__exit__(None, None, None)
        return lease.upstream

    def use(self, among: Upstreams, accepts: Accepts = anyone) -> Upstream:
        """A request that is over at once."""
        self.begin(among, accepts)
        return self.end(-1)

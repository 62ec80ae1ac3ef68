"""Pool: some of a target's upstreams, and what they are together."""

from collections.abc import Callable, Collection

from reverseproxy.upstream import Upstream


class Pool:
    """A set of upstreams, how much they weigh, and what they have in flight."""

    def __init__(self) -> None:
        self.weight = 0
        """The sum of their weights."""
        self.in_flight = 0
        """What they have in flight together."""
        self._members: set[Upstream] = set()

    def __contains__(self, upstream: Upstream) -> bool:
        return upstream in self._members

    def __len__(self) -> int:
        return len(self._members)

    def set(self, upstream: Upstream, *, is_in: bool) -> None:
        """Lets an upstream in or out, if it is not there already."""
        if is_in and upstream not in self._members:
            self._members.add(upstream)
            self.weight += upstream.weight
            self.in_flight += upstream.in_flight
        elif not is_in and upstream in self._members:
            self._members.remove(upstream)
            self.weight -= upstream.weight
            self.in_flight -= upstream.in_flight

    def untried(self, tried: Collection[Upstream]) -> Callable[[Upstream], bool]:
        """Accepts its members, but for the ones that were tried; `nobody` when it has none."""
        members = self._members
        if not members:
            return nobody
        if not tried:
            return members.__contains__
        return lambda upstream: upstream in members and upstream not in tried


def nobody(_: Upstream) -> bool:
    """Accepts none."""
    return False

"""Available: who of a target's upstreams may have requests, always up to date."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf

from reverseproxy.lease import Lease
from reverseproxy.upstream import Upstream


class Available:
    """The upstreams that are available, how much they weigh, and what they have in flight.

    Nobody looks through all of them to know that. Whoever writes one of an upstream's facts makes
    this look at that upstream again, and at the time at which an ejection ends it looks by itself.
    It is an Observer, so that it hears what is in flight.
    """

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        self.weight = 0
        """The sum of the weights of those that are available."""
        self.in_flight = 0
        """What they have in flight together."""
        self._in: set[Upstream] = set()
        self._changed = dict.fromkeys(upstreams)
        self._due: list[tuple[float, int, Upstream]] = []
        self._looks: dict[Upstream, float] = {}
        self._order = count()
        for upstream in upstreams:
            upstream.facts.changed = partial(self._note, upstream)

    def __contains__(self, upstream: Upstream) -> bool:
        return upstream in self._in

    def __len__(self) -> int:
        return len(self._in)

    def refresh(self, now: float) -> None:
        """Looks at what has changed since the last time; `now` is of the target's clock."""
        while self._due and self._due[0][0] <= now:
            upstream = heappop(self._due)[-1]
            self._looks.pop(upstream, None)
            self._changed[upstream] = None
        while self._changed:
            self._look_at(self._changed.popitem()[0], now)

    def untried(self, tried: Collection[Upstream]) -> Callable[[Upstream], bool]:
        """Accepts those that are available, but for the ones that were tried."""
        if not tried:
            return self._in.__contains__
        return lambda upstream: upstream in self._in and upstream not in tried

    def started(self, lease: Lease, now: float) -> None:
        """A use began."""
        self.in_flight += lease.upstream in self._in

    def answered(self, lease: Lease, now: float) -> None:
        """The use goes on."""

    def ended(self, lease: Lease, now: float) -> None:
        """A use ended."""
        self.in_flight -= lease.upstream in self._in

    def _note(self, upstream: Upstream) -> None:
        """Notes that a fact has changed."""
        self._changed[upstream] = None

    def _look_at(self, upstream: Upstream, now: float) -> None:
        """Lets an upstream in or out, and remembers to look again when its ejection ends.

        A look that comes too early is enough: it makes a note of the next. When an ejection was
        shortened, the longer time stays in the heap. Once it comes, the upstream's note is
        forgotten and made anew: a look too many, never one too few.
        """
        until = upstream.facts.ejected_until
        if until is not None and now < until < self._looks.get(upstream, inf):
            self._looks[upstream] = until
            heappush(self._due, (until, next(self._order), upstream))
        is_available = upstream.state(now).available
        if is_available and upstream not in self._in:
            self._in.add(upstream)
            self.weight += upstream.weight
            self.in_flight += upstream.in_flight
        elif not is_available and upstream in self._in:
            self._in.remove(upstream)
            self.weight -= upstream.weight
            self.in_flight -= upstream.in_flight

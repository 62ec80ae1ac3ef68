"""Available: who of a target's upstreams may have requests, always up to date."""

import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from math import inf

from reverseproxy.lease import Lease
from reverseproxy.pool import Pool
from reverseproxy.upstream import Upstream


class Available:
    """The upstreams that are available, how much they weigh, and what they have in flight.

    Nobody looks through all of them to know that. Whoever writes one of an upstream's facts makes
    this look at that upstream again, and at the time at which an ejection ends it looks by itself.
    It is an Observer, so that it hears what is in flight.

    There are three pools, each with all of the one before: who is available, who would be but for
    ejections, and whom people want there.
    """

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        self.back: OrderedDict[Upstream, float] = OrderedDict()
        """Who had been out, and since when it is back, by the target's clock; the latest last."""
        self._in, self._unejected, self._wanted = self._pools = Pool(), Pool(), Pool()
        self._asked = self._in
        self._out: set[Upstream] = set()
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

    @property
    def weight(self) -> int:
        """The sum of the weights of those among whom the target chooses now."""
        return self._asked.weight

    @property
    def in_flight(self) -> int:
        """What they have in flight together."""
        return self._asked.in_flight

    @property
    def wanted(self) -> int:
        """How many would be available if it were only for what people say."""
        return len(self._wanted)

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
        return self._ask(self._in, tried)

    def unejected_untried(self, tried: Collection[Upstream]) -> Callable[[Upstream], bool]:
        """Accepts those that would be available without ejections, but for those tried."""
        return self._ask(self._unejected, tried)

    def wanted_untried(self, tried: Collection[Upstream]) -> Callable[[Upstream], bool]:
        """Accepts those that people want there, but for the ones that were tried."""
        return self._ask(self._wanted, tried)

    def _ask(self, pool: Pool, tried: Collection[Upstream]) -> Callable[[Upstream], bool]:
        """From now on, the target chooses from that pool."""
        self._asked = pool
        return pool.untried(tried)

    def started(self, lease: Lease, now: float) -> None:
        """A use began."""
        for pool in self._pools:
            pool.in_flight += lease.upstream in pool

    def answered(self, lease: Lease, now: float) -> None:
        """The use goes on."""

    def ended(self, lease: Lease, now: float) -> None:
        """A use ended."""
        for pool in self._pools:
            pool.in_flight -= lease.upstream in pool

    def _note(self, upstream: Upstream) -> None:
        """Notes that a fact has changed; whether it is out as well, for it may be back by then."""
        self._changed[upstream] = None
        if not upstream.state(-math.inf).available:
            self._out.add(upstream)

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
        self._welcome(upstream, now, is_available=is_available)
        self._in.set(upstream, is_in=is_available)
        self._unejected.set(upstream, is_in=upstream.state(now, traffic=False).available)
        is_wanted = upstream.state(now, probes=False, traffic=False).available
        self._wanted.set(upstream, is_in=is_wanted)

    def _welcome(self, upstream: Upstream, now: float, *, is_available: bool) -> None:
        """Remembers who is out, and when it came back: whoever was there from the start never did.

        Who was out and came back between two looks is back as well.
        """
        if not is_available:
            self._out.add(upstream)
            self.back.pop(upstream, None)
        elif upstream in self._out:
            self._out.remove(upstream)
            self.back[upstream] = now
            self.back.move_to_end(upstream)

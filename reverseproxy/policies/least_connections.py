"""Least connections: whoever has the least to do."""

from bisect import insort
from collections import OrderedDict, defaultdict
from math import inf

from reverseproxy.lease import Lease
from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

Queue = OrderedDict[Upstream, None]


class LeastConnections:
    """Chooses an upstream with the least in flight for its weight; equals take turns.

    Upstreams with the same load stand in one queue, so that nobody has to look at all of them: the
    choice is the head of the first queue, and whenever a use begins or ends, one upstream goes from
    the queue where it stands to the end of another. It is an Observer because it has to hear that.
    """

    def __init__(self) -> None:
        self._queues: defaultdict[float, Queue] = defaultdict(OrderedDict)
        self._loads: list[float] = []
        """Those that have a queue, the least first."""
        self._load: dict[Upstream, float] = {}
        """In whose queue each upstream stands."""
        self._of: Upstreams | None = None

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first one with the least load that `accepts` takes; None when it takes none."""
        if upstreams is not self._of:
            self._learn(upstreams)
        for load in self._loads:
            queue = self._queues[load]
            for upstream in queue:
                if accepts(upstream):
                    queue.move_to_end(upstream)
                    return upstream
        return None

    def started(self, lease: Lease, now: float) -> None:
        """A use began: its upstream has more to do."""
        self._move(lease.upstream)

    def answered(self, lease: Lease, now: float) -> None:
        """The use goes on."""

    def ended(self, lease: Lease, now: float) -> None:
        """A use ended: its upstream has less to do."""
        self._move(lease.upstream)

    def _learn(self, upstreams: Upstreams) -> None:
        """Who left is forgotten, who is new comes in; the others keep their places."""
        for upstream in self._load.keys() - set(upstreams):
            self._remove(upstream)
        for upstream in upstreams:
            if self._load.get(upstream) != load_of(upstream):
                self._remove(upstream)
                self._insert(upstream)
        self._of = upstreams

    def _move(self, upstream: Upstream) -> None:
        """To the end of the queue for its load, if it is one of those that are known."""
        if upstream in self._load:
            self._remove(upstream)
            self._insert(upstream)

    def _insert(self, upstream: Upstream) -> None:
        """Notes its load, and puts it at the end of the queue for that."""
        load = self._load[upstream] = load_of(upstream)
        if load not in self._queues:
            insort(self._loads, load)
        self._queues[load][upstream] = None

    def _remove(self, upstream: Upstream) -> None:
        """Takes it out of its queue; a queue that is empty goes as well."""
        load = self._load.pop(upstream, None)
        if load is None:
            return
        del self._queues[load][upstream]
        if not self._queues[load]:
            del self._queues[load]
            self._loads.remove(load)


def load_of(upstream: Upstream) -> float:
    """What it has in flight for its weight.

    A division of small whole numbers gives the same float for the same share: 2 / 6 and 1 / 3.
    """
    return upstream.in_flight / upstream.weight if upstream.weight else inf

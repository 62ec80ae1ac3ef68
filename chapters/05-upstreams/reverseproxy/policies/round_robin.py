"""Round robin: everyone in turn."""

from collections.abc import Sequence

from reverseproxy.upstream import Upstream


class RoundRobin:
    """Takes turns: the first pick is the first upstream, and after the last comes the first again.

    Exactly fair: while the list stays the same, no upstream ever had more than one turn more than
    another.
    """

    def __init__(self) -> None:
        self._next = 0

    def select(self, upstreams: Sequence[Upstream]) -> Upstream:
        """The upstream whose turn it is. There may be more or fewer of them than at the last turn.

        Nothing is awaited between reading the turn and writing it: on one event loop, nobody can
        take the same turn, and no lock is needed.
        """
        turn = self._next % len(upstreams)
        self._next = turn + 1
        return upstreams[turn]

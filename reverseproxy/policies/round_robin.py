"""Round robin: everyone in turn."""

from collections.abc import Callable, Sequence

from reverseproxy.upstream import Upstream


class RoundRobin:
    """Takes turns: the first pick is the first upstream, and after the last comes the first again.

    As long as the same ones are accepted, exactly fair: after any number of picks, none of them had
    more than one turn more than another.
    """

    def __init__(self) -> None:
        self._next = 0

    def select(
        self, upstreams: Sequence[Upstream], accepts: Callable[[Upstream], bool]
    ) -> Upstream | None:
        """The next upstream in turn that `accepts` takes; None when it takes none.

        There may be more or fewer upstreams than at the last turn.
        """
        for ahead in range(len(upstreams)):
            turn = (self._next + ahead) % len(upstreams)
            if accepts(upstreams[turn]):
                self._next = turn + 1
                return upstreams[turn]
        return None

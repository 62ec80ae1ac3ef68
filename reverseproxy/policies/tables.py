"""Tables that take long to build: the old one serves while the new one is made."""

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from reverseproxy.upstreams import Upstreams

Table = TypeVar("Table")

Work = Callable[[], None]


def aside(work: Work) -> None:
    """Does some work in a thread of its own."""
    Thread(target=work, daemon=True).start()


class Tables(Generic[Table]):
    """Builds a table for some upstreams, and another one when other upstreams come."""

    def __init__(
        self, build: Callable[[Upstreams], Table], do: Callable[[Work], None] = aside
    ) -> None:
        """`do` is how a new table is built while the old one serves; the first is built at once."""
        self._build = build
        self._do = do
        self._table: Table | None = None
        self._wanted: Upstreams | None = None
        self._lock = Lock()

    def table(self, upstreams: Upstreams) -> Table:
        """The table for these upstreams; until it is built, the one for those before them."""
        if self._table is None:
            self._table = self._build(upstreams)
            self._wanted = upstreams
        elif upstreams is not self._wanted:
            self._change(upstreams)
        return self._table

    def _change(self, upstreams: Upstreams) -> None:
        """Has a table built for these upstreams, once, while the old one serves."""
        self._wanted = upstreams
        self._do(lambda: self._renew(upstreams))

    def _renew(self, upstreams: Upstreams) -> None:
        """Builds a table, and puts it in the old one's place if nobody wants another by now.

        The lock is for other threads of this kind: between the look and the change no newer table
        can be put in its place, and then be lost.

        Raises what the build raises; then the next request that asks has it tried again.
        """
        try:
            table = self._build(upstreams)
        except BaseException:
            with self._lock:
                if self._wanted is upstreams:
                    self._wanted = None
            raise
        with self._lock:
            if self._wanted is upstreams:
                self._table = table

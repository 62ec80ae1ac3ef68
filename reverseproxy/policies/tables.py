"""Tables that take long to build: the old one serves while the new one is made."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from reverseproxy.upstreams import Upstreams

logger = logging.getLogger(__name__)

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
        self._begin = do
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

    def _do(self, work: Work) -> None:
        """Begins some work. If that is not possible, the next request has it tried again."""
        try:
            self._begin(work)
        except (RuntimeError, MemoryError) as error:  # no thread can be started
            self._wanted = None
            logger.warning("no new table can be built, and the old one serves: %s", error)

    def _change(self, upstreams: Upstreams) -> None:
        """Has a table built for these upstreams, once, while the old one serves."""
        self._wanted = upstreams
        self._do(lambda: self._renew(upstreams))

    def _renew(self, upstreams: Upstreams) -> None:
        """Builds a table, and puts it in the old one's place if nobody wants another by now.

        Every build takes the lock to look and to change: none can put a newer table in its place
        between the two, only to lose it.

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

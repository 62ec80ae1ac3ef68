"""Patience: waits that may all take equally long."""

import asyncio
from collections import deque


class Patience:
    """Ends waits that take too long. One timer does for all: it is set for the oldest.

    A timer for each would cost as much as the rest of a connection's beginning.
    """

    def __init__(self, seconds: float) -> None:
        """`seconds`: how long each may take."""
        self._seconds = seconds
        self._waits: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, wait: asyncio.Future[None]) -> None:
        """From now on it has so many seconds; after that, it raises TimeoutError."""
        loop = wait.get_loop()
        while self._waits and self._waits[0][1].done():
            self._waits.popleft()
        self._waits.append((loop.time() + self._seconds, wait))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._expire, loop)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends what is due, and sets the timer for what is next."""
        self._timer = None
        now = loop.time()
        while self._waits and (self._waits[0][1].done() or self._waits[0][0] <= now):
            _, wait = self._waits.popleft()
            if not wait.done():
                wait.set_exception(TimeoutError())
        if self._waits:
            self._timer = loop.call_at(self._waits[0][0], self._expire, loop)

    def close(self) -> None:
        """Sets no more timers."""
        if self._timer:
            self._timer.cancel()

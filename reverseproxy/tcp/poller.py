"""Who can be read from, and who can be written to: one question to the kernel for all sockets."""

import asyncio
import contextlib
import logging
import select
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

logger = logging.getLogger(__name__)

Call = Callable[[], object]

MOST = 256
"""Sockets that have their turn before the rest of the program has one."""


class Poller(Protocol):
    """What of an event loop a relay needs. An event loop is one."""

    def add_reader(self, fd: int, call: Call, /) -> object:
        """Calls `call`, again and again, while there is something to read, or an end."""

    def remove_reader(self, fd: int, /) -> object:
        """No more."""

    def add_writer(self, fd: int, call: Call, /) -> object:
        """Calls `call`, again and again, while there is room to write."""

    def remove_writer(self, fd: int, /) -> object:
        """No more."""


class Epoll:
    """A poller that asks epoll itself, and has the event loop watch that for it.

    An event loop keeps a handle, a context and a few checks for each socket. They cost more than
    a new connection does, and a relay has no use for them.

    Source: Linux, epoll(7).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._readers: dict[int, Call] = {}
        self._writers: dict[int, Call] = {}
        self._masks: dict[int, int] = {}
        loop.add_reader(self._epoll.fileno(), self._turn)

    def add_reader(self, fd: int, call: Call, /) -> None:
        """As an event loop does it."""
        self._readers[fd] = call
        self._ask(fd, self._masks.get(fd, 0) | select.EPOLLIN)

    def remove_reader(self, fd: int, /) -> None:
        """As an event loop does it."""
        if self._readers.pop(fd, None):
            self._ask(fd, self._masks[fd] & ~select.EPOLLIN)

    def add_writer(self, fd: int, call: Call, /) -> None:
        """As an event loop does it."""
        self._writers[fd] = call
        self._ask(fd, self._masks.get(fd, 0) | select.EPOLLOUT)

    def remove_writer(self, fd: int, /) -> None:
        """As an event loop does it."""
        if self._writers.pop(fd, None):
            self._ask(fd, self._masks[fd] & ~select.EPOLLOUT)

    def close(self) -> None:
        """Asks no more."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _ask(self, fd: int, mask: int) -> None:
        """Tells the kernel what to look for, if that is news."""
        before = self._masks.get(fd, 0)
        if mask == before:
            return
        if not mask:
            # Not a mask of nothing: the kernel would tell of a broken connection for ever.
            del self._masks[fd]
            self._epoll.unregister(fd)
            return
        self._masks[fd] = mask
        if before:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.register(fd, mask)

    def _turn(self) -> None:
        """Calls whoever waits for what has happened. An error is told to both."""
        for fd, events in self._epoll.poll(0, MOST):
            try:
                if events & ~select.EPOLLOUT and (read := self._readers.get(fd)):
                    read()
                if events & ~select.EPOLLIN and (write := self._writers.get(fd)):
                    write()
            except Exception:
                # It would be called again at once, and again: nobody else would have a turn.
                self.remove_reader(fd)
                self.remove_writer(fd)
                logger.exception("a socket is not looked at any more")


@contextlib.contextmanager
def polling(loop: asyncio.AbstractEventLoop) -> Iterator[Poller]:
    """The best poller that this system has; the event loop itself, where there is none."""
    with alone():
        if sys.platform != "linux":
            yield loop
            return
        epoll = Epoll(loop)
        try:
            yield epoll
        finally:
            epoll.close()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Lets only one thread poll at a time: all flows share a buffer.

    Raises RuntimeError when another one does. It would win nothing; a second process would.
    """
    here = threading.get_ident()
    if any(other != here for other in POLLING):
        raise RuntimeError("connections are balanced in another thread of this process already")
    POLLING.append(here)
    try:
        yield
    finally:
        POLLING.remove(here)


POLLING: list[int] = []
"""The threads that poll: one of them, as often as it runs a proxy."""

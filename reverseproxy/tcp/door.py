"""The door: lets clients in, as long as there is room for them."""

import asyncio
import functools
import logging
import math
import socket
from collections.abc import Callable, Collection

from reverseproxy.tcp.poller import Poller

logger = logging.getLogger(__name__)

MOST = 64
"""Clients of one socket that are let in before the rest of the program has a turn."""

PAUSE = 0.1
"""Seconds until another look, when the system has no more descriptors or memory."""


LONG = 10 * PAUSE
"""Seconds without such trouble; after them it is news again, and worth a line in the log."""


class Door:
    """Listening sockets. While it is shut, clients wait in the kernel's accept queue."""

    def __init__(
        self,
        socks: Collection[socket.socket],
        poller: Poller,
        has_room: Callable[[], bool],
        enter: Callable[[socket.socket], None],
    ) -> None:
        """`enter` is given each client; as long as `has_room` says so."""
        self._socks, self._poller = socks, poller
        self._has_room, self._enter = has_room, enter
        self._pause: asyncio.TimerHandle | None = None
        self._stuck_at = -math.inf
        self.is_open = False

    def open(self) -> None:
        """Lets clients in from now on."""
        self.is_open = True
        for sock in self._socks:
            self._poller.add_reader(sock.fileno(), functools.partial(self.accept, sock))

    def shut(self) -> None:
        """Lets nobody in for now."""
        if self._pause:
            self._pause.cancel()
        if self.is_open:
            self.is_open = False
            for sock in self._socks:
                self._poller.remove_reader(sock.fileno())

    def accept(self, sock: socket.socket) -> None:
        """Lets in who waits at one of the sockets, and shuts the door when the room is full."""
        for _ in range(MOST):
            if not self._has_room():
                self.shut()
                return
            try:
                client, _ = sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self._wait(error)
                return
            self._enter(client)

    def _wait(self, error: OSError) -> None:
        """Shuts the door for a moment: who cannot be let in would ring for ever."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._stuck_at > LONG:
            logger.warning("no more clients for now: %s", error.strerror)
        self._stuck_at = loop.time()
        self.shut()
        self._pause = loop.call_later(PAUSE, self.open)

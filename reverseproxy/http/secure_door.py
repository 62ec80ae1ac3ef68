"""The door for clients that speak TLS: those in the middle of a handshake are in, too."""

import asyncio
import functools
import logging
import socket
from collections.abc import Callable, Collection

from reverseproxy.http.accept_queue import waiting
from reverseproxy.http.leaving import LINGER, LeavingConnection
from reverseproxy.http.outgoing import reason
from reverseproxy.http.secure_connection import SecureConnection
from reverseproxy.tcp.door import Door
from reverseproxy.tls.sockets import TlsListeningSocket, TlsSocket

logger = logging.getLogger(__name__)

BACKLOG = 2048
"""Clients that may wait in an accept queue."""

HANDSHAKE = 10.0
"""Seconds that a handshake may take."""


class SecureDoor:
    """Lets in clients that speak TLS. An event loop's own server does not say who is on the way."""

    def __init__(
        self, socks: Collection[socket.socket], protocol: Callable[[], LeavingConnection]
    ) -> None:
        """Of the sockets, those where TLS is spoken; `protocol` makes what serves a client."""
        self._socks = [sock for sock in socks if isinstance(sock, TlsListeningSocket)]
        self._protocol = protocol
        self._handshakes: dict[asyncio.Task[None], SecureConnection] = {}
        self._is_leaving = False
        self._door = Door(self._socks, asyncio.get_running_loop(), lambda: True, self._enter)

    def open(self) -> None:
        """Lets clients in from now on."""
        for sock in self._socks:
            sock.listen(BACKLOG)
            sock.setblocking(False)
        self._door.open()

    def shut(self) -> None:
        """Lets nobody in any more."""
        self._door.shut()

    def leave(self) -> None:
        """Lets in those that have come already; from now on, who comes in hears goodbye."""
        self._is_leaving = True
        self.shut()
        for sock in self._socks:
            for client in waiting(sock):
                self._enter(client)
        asyncio.get_running_loop().call_later(LINGER, self._give_up)

    async def settle(self) -> None:
        """Waits until all handshakes have ended."""
        while self._handshakes:
            await asyncio.wait(self._handshakes)

    def cut_off(self) -> None:
        """Ends all handshakes."""
        for task in self._handshakes:
            task.cancel()

    def _give_up(self) -> None:
        """Ends the handshakes that have not begun."""
        for task, connection in self._handshakes.items():
            if connection.is_silent:
                task.cancel()

    def _enter(self, client: socket.socket) -> None:
        """A client is there: a task sees to its handshake."""
        assert isinstance(client, TlsSocket)
        connection = SecureConnection(client.context, self._protocol)
        plain = socket.socket(fileno=client.detach())
        task = asyncio.get_running_loop().create_task(self._welcome(plain, connection))
        self._handshakes[task] = connection
        task.add_done_callback(functools.partial(self._welcomed, plain))

    async def _welcome(self, client: socket.socket, connection: SecureConnection) -> None:
        """Sees to the handshake of a client, and lets go of one with whom nothing comes of it."""
        client.setblocking(False)
        try:
            async with asyncio.timeout(HANDSHAKE):
                await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, client)
                speaking = await connection.made
            if self._is_leaving:
                speaking.shutdown()
        except OSError as error:  # TimeoutError is one
            logger.debug("no TLS with a client: %s", reason(error))
        finally:
            if connection.made.cancelled():
                connection.abort()

    def _welcomed(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        """That is over. A task that was cancelled before it began has closed nothing."""
        del self._handshakes[task]
        if task.cancelled():
            client.close()

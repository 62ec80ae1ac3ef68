"""The door for clients that speak TLS: those in the middle of a handshake are in, too."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Collection

from reverseproxy.http.accept_queue import waiting
from reverseproxy.http.leaving import LeavingConnection
from reverseproxy.tcp.door import Door
from reverseproxy.tls.sockets import TlsListeningSocket, TlsSocket

BACKLOG = 2048
"""Clients that may wait in an accept queue."""

HANDSHAKE = 10.0
"""Seconds that a handshake may take."""

GOODBYE = 1.0
"""Seconds that a client has to answer the last word of TLS; then we close without that."""


class SecureDoor:
    """Lets in clients that speak TLS. An event loop's own server does not say who is on the way."""

    def __init__(
        self, socks: Collection[socket.socket], protocol: Callable[[], LeavingConnection]
    ) -> None:
        """Of the sockets, those where TLS is spoken; `protocol` makes what serves a client."""
        self._socks = [sock for sock in socks if isinstance(sock, TlsListeningSocket)]
        self._protocol = protocol
        self._handshakes: set[asyncio.Task[None]] = set()
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

    async def settle(self) -> None:
        """Waits until all handshakes have ended."""
        while self._handshakes:
            await asyncio.wait(self._handshakes)

    def cut_off(self) -> None:
        """Ends all handshakes."""
        for task in self._handshakes:
            task.cancel()

    def _enter(self, client: socket.socket) -> None:
        """A client is there: a task sees to its handshake."""
        assert isinstance(client, TlsSocket)
        plain = socket.socket(fileno=client.detach())
        task = asyncio.get_running_loop().create_task(self._welcome(plain, client.context))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _welcome(self, client: socket.socket, context: ssl.SSLContext) -> None:
        """Gives a client what serves it, once the handshake is done, if it ever is."""
        client.setblocking(False)
        with contextlib.suppress(OSError):  # nothing came of it, or it has left
            _, connection = await asyncio.get_running_loop().connect_accepted_socket(
                self._protocol,
                client,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE,
                ssl_shutdown_timeout=GOODBYE,
            )
            if self._is_leaving:
                connection.shutdown()

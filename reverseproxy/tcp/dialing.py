"""Dialing: from an upstream to a connection with it."""

import asyncio
import errno
import functools
import os
import socket

from reverseproxy.errors import ConnectFailed, ConnectTimedOut, NothingLeft
from reverseproxy.http.outgoing import is_ours, reason
from reverseproxy.tcp.handshake import shake_hands
from reverseproxy.tcp.names import Names, numeric
from reverseproxy.tcp.patience import Patience
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.ready import finish
from reverseproxy.tcp.sockets import send_at_once
from reverseproxy.tls.contexts import upstream_context
from reverseproxy.tls.sockets import TlsSocket
from reverseproxy.upstream import Upstream


class Dialer:
    """Makes connections to upstreams."""

    def __init__(self, poller: Poller, seconds: float) -> None:
        """`seconds`: until a connection stands; each address of a name has so long."""
        self._poller = poller
        self._seconds = seconds
        self._patience = Patience(seconds)
        self._names = Names(seconds)

    async def dial(self, upstream: Upstream, first: bytes = b"") -> socket.socket:
        """A connection to an upstream; the addresses of a name are tried one after another.

        With TLS, `first` is said before the handshake; without it, it is for the caller to say.

        Raises ConnectFailed when there is none, ConnectTimedOut when it took too long, and
        NothingLeft when it is this machine that has no more to give.
        """
        why: Exception = ConnectFailed("no address")
        host, port = upstream.origin.host, upstream.origin.port
        for address in numeric(host, port) or await self._names.addresses(host, port):
            try:
                connection = await self._connected(*address)
                if upstream.origin.is_secure:
                    connection = await self._secured(connection, upstream, first)
            except OSError as error:
                why = error
            else:
                self._names.worked(host, port, address)
                return connection
        if is_ours(why):
            raise NothingLeft(reason(why)) from why
        if isinstance(why, TimeoutError):
            raise ConnectTimedOut("no connection in time") from why
        raise ConnectFailed(reason(why)) from why

    async def _connected(
        self, family: socket.AddressFamily, address: tuple[object, ...]
    ) -> socket.socket:
        """A connection to that address, once it stands. Raises OSError; TimeoutError is one."""
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            send_at_once(sock)
            number = sock.connect_ex(address)
            if number == errno.EINPROGRESS:
                # An upstream on this machine has answered by now, and there is nothing to wait for.
                number = sock.connect_ex(address)
            if number == errno.EALREADY:
                await self._writable(sock)
                number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number not in (0, errno.EISCONN):  # the second is what BSD says to who asks again
                raise OSError(number, os.strerror(number))
            if sock.getsockname()[:2] == address[:2]:
                # Nobody listens there, and the port that the kernel chose for us is the same one.
                raise ConnectionRefusedError(errno.ECONNREFUSED, "that was ourselves")
        except BaseException:
            sock.close()
            raise
        return sock

    async def _secured(
        self, connection: socket.socket, upstream: Upstream, first: bytes
    ) -> TlsSocket:
        """The connection over TLS, with an upstream that is who it should be. Raises OSError."""
        tls = upstream.tls
        try:
            connection.send(first)  # a few bytes, and the first ones: there is room for them
            context = upstream_context(tls, tls.alpn)
            secured = TlsSocket(connection, context, tls.name or upstream.origin.host)
        except BaseException:
            connection.close()
            raise
        try:
            await shake_hands(secured, self._poller, self._seconds)
        except BaseException:
            secured.close()
            raise
        return secured

    def close(self) -> None:
        """Waits for nothing more."""
        self._patience.close()

    async def _writable(self, sock: socket.socket) -> None:
        """Waits until there is room to write, or an error. Raises TimeoutError."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._patience.add(ready)
        self._poller.add_writer(sock.fileno(), functools.partial(finish, ready))
        try:
            await ready
        finally:
            self._poller.remove_writer(sock.fileno())

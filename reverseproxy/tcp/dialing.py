"""Dialing: from an upstream to a connection with it."""

import asyncio
import errno
import functools
import os
import socket

from reverseproxy.errors import ConnectFailed, ConnectTimedOut, NothingLeft
from reverseproxy.http.outgoing import is_ours, reason
from reverseproxy.tcp.patience import Patience
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.sockets import send_at_once
from reverseproxy.upstream import Upstream

Address = tuple[socket.AddressFamily, tuple[object, ...]]
"""A family, and what its sockets connect to."""


class Dialer:
    """Makes connections to upstreams."""

    def __init__(self, poller: Poller, seconds: float) -> None:
        """`seconds`: until a connection stands; each address of a name has so long."""
        self._poller = poller
        self._seconds = seconds
        self._patience = Patience(seconds)

    async def dial(self, upstream: Upstream) -> socket.socket:
        """A connection to an upstream; the addresses of a name are tried one after another.

        Raises ConnectFailed when there is none, ConnectTimedOut when it took too long, and
        NothingLeft when it is this machine that has no more to give.
        """
        why: Exception = ConnectFailed("no address")
        known = numeric(upstream.origin.host, upstream.origin.port)
        for family, address in known or await addresses(upstream, self._seconds):
            try:
                return await self._connected(family, address)
            except OSError as error:
                why = error
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
        except BaseException:
            sock.close()
            raise
        return sock

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


def finish(wait: asyncio.Future[None]) -> None:
    """Ends a wait, if nobody has before."""
    if not wait.done():
        wait.set_result(None)


async def addresses(upstream: Upstream, seconds: float) -> tuple[Address, ...]:
    """Where an upstream is reached. An address needs no resolver, and so no thread.

    Raises ConnectFailed for a name that leads nowhere, ConnectTimedOut when nobody knows in time.
    """
    host, port = upstream.origin.host, upstream.origin.port
    if found := numeric(host, port):
        return found
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise ConnectTimedOut("no address in time") from error
    except (socket.gaierror, UnicodeError) as error:
        raise ConnectFailed(reason(error)) from error
    return tuple((info[0], info[4]) for info in infos)


@functools.lru_cache(1024)
def numeric(host: str, port: int) -> tuple[Address, ...]:
    """The address that `host` is; none when it is a name."""
    flags, kind = socket.AI_NUMERICHOST, socket.SOCK_STREAM
    try:
        infos = socket.getaddrinfo(host, port, type=kind, flags=flags)
    except (socket.gaierror, UnicodeError):
        return ()
    return tuple((info[0], info[4]) for info in infos)

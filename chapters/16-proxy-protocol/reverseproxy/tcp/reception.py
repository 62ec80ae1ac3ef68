"""Reception: who is it that calls?"""

import asyncio
import contextlib
import functools
import socket
from dataclasses import dataclass

from reverseproxy.forwarded import TrustedProxies, ip
from reverseproxy.proxy_protocol.either import read
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Found, Introduction, NotIntroduced
from reverseproxy.tcp.dialing import finish
from reverseproxy.tcp.poller import Poller

PIECE = 4096
"""Bytes that are read at a time, at most. The longest header, of either version, has no more."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what of it is read already and belongs to the upstream."""

    introduction: Introduction
    rest: bytes = b""


UNASKED = Caller(UNKNOWN)
"""Where nobody wants to know."""


class Reception:
    """Asks proxies that can be believed who is behind them. Others speak for themselves."""

    def __init__(self, trusted: TrustedProxies, poller: Poller, seconds: float) -> None:
        """`trusted`: those whose connections begin with a header; `seconds`: until it is there."""
        self._trusted = trusted
        self._poller = poller
        self._seconds = seconds

    async def receive(self, client: socket.socket) -> Caller:
        """Who is calling.

        Raises NotIntroduced when a header should be there, and is not, or not in time. No guess is
        made: a connection of those who are trusted begins with one. What others send is theirs, and
        goes to the upstream, even if it looks like a header.
        """
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._header(client)
        except NotIntroduced as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen, data[length:])

    async def _header(self, client: socket.socket) -> tuple[Found, bytes]:
        """What the header says, and all that was read for it.

        Raises NotIntroduced. One time is for the whole: for each piece, a byte now and then would
        do to stay for ever.
        """
        data = b""
        try:
            async with asyncio.timeout(self._seconds):
                while (found := read(data)) is None:
                    data += await self._more(client)
        except TimeoutError as error:
            raise NotIntroduced("no whole PROXY header in time") from error
        return found, data

    async def _more(self, client: socket.socket) -> bytes:
        """The next bytes. Raises NotIntroduced when there are none."""
        piece = None
        try:
            while piece is None:
                await self._readable(client)
                with contextlib.suppress(BlockingIOError):  # called for nothing: wait again
                    piece = client.recv(PIECE)
        except OSError as error:
            raise NotIntroduced("gone before its PROXY header was whole") from error
        if not piece:
            raise NotIntroduced("ended before its PROXY header was whole")
        return piece

    async def _readable(self, client: socket.socket) -> None:
        """Waits until there is something to read, or an end."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poller.add_reader(client.fileno(), functools.partial(finish, ready))
        try:
            await ready
        finally:
            self._poller.remove_reader(client.fileno())


def introduction_of(client: socket.socket) -> Introduction:
    """What the connection itself says."""
    if client.family == socket.AF_UNIX:
        return UNKNOWN
    source, destination = client.getpeername(), client.getsockname()
    return Introduction(str(ip(source[0])), source[1], str(ip(destination[0])), destination[1])

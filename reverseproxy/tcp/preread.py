"""Preread: the first bytes of a connection, as many as it takes to know what they say."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TypeVar

from reverseproxy.errors import ExchangeError
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.ready import readable

PIECE = 4096
"""Bytes that are read at a time, at most."""

Found = TypeVar("Found")


class Unfinished(ExchangeError):
    """A client did not say all that it had to say first."""


class Preread:
    """Reads what clients say first."""

    def __init__(self, poller: Poller, seconds: float) -> None:
        """`seconds`: how long a client has for it."""
        self._poller = poller
        self._seconds = seconds

    async def until(
        self,
        client: socket.socket,
        what: str,
        read: Callable[[bytes], Found | None],
        data: bytes = b"",
    ) -> tuple[Found, bytes]:
        """What `read` finds in the first bytes, and all that were read for it; `data` comes first.

        Raises Unfinished, which calls it `what`, and all that `read` raises. One time is for the
        whole: for each piece, a byte now and then would do to stay for ever.
        """
        try:
            async with asyncio.timeout(self._seconds):
                while (found := read(data)) is None:
                    data += await self._more(client, what)
        except TimeoutError as error:
            raise Unfinished(f"no whole {what} in time") from error
        return found, data

    async def _more(self, client: socket.socket, what: str) -> bytes:
        """The next bytes. Raises Unfinished when there are none."""
        piece = None
        try:
            while piece is None:
                await readable(self._poller, client)
                with contextlib.suppress(BlockingIOError):  # called for nothing: wait again
                    piece = client.recv(PIECE)
        except OSError as error:
            raise Unfinished(f"gone before its {what} was whole") from error
        if not piece:
            raise Unfinished(f"ended before its {what} was whole")
        return piece

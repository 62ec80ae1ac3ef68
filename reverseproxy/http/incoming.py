"""The client's side of an exchange: the body that it sends, and whether it is still there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import NoReturn

from starlette.types import Message, Receive

from reverseproxy.errors import ClientGone, RequestTimeout
from reverseproxy.message import Field


class Incoming:
    """What comes from one client: the pieces of a body, and one day the news that it left.

    ASGI brings both through one `receive`, and that has room for one reader at a time. Until
    `body_is_read` is set, it is `body`; after that, it is `while_connected`.
    """

    def __init__(self, receive: Receive, *, has_body: bool, patience: float) -> None:
        """`patience`: seconds that the client may take between two pieces."""
        self._receive = receive
        self._patience = patience
        self.body_is_read = asyncio.Event()
        if not has_body:
            self.body_is_read.set()

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they arrive, each read when it is asked for.

        Raises ClientGone when the client leaves before the end, RequestTimeout when the next piece
        is not there in time.
        """
        try:
            more = True
            while more:
                message = await self._next()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                yield message.get("body", b"")
                more = message.get("more_body", False)
        finally:
            self.body_is_read.set()

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._patience):
                return await self._receive()
        except TimeoutError as error:
            raise RequestTimeout(f"nothing from the client for {self._patience} s") from error

    @contextlib.asynccontextmanager
    async def while_connected(self) -> AsyncIterator[None]:
        """Runs its block; when the client leaves, cancels the block and raises ClientGone.

        What the block itself raises comes out as it is, not in a group.
        """
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._gone())
                yield
                watch.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _gone(self) -> NoReturn:
        """Raises ClientGone when the client has left; listens once the body is read."""
        await self.body_is_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise ClientGone


def may_have_body(version: str, method: str, fields: Iterable[Field]) -> bool:
    """Whether a body can follow the head: in HTTP/1, a length or chunks announce one.

    HTTP/2 and later announce nothing; there we go by the method. Source: RFC 9112, section 6.3.
    """
    values = {name.lower(): value.strip(b" \t") for name, value in fields}
    if b"transfer-encoding" in values or values.get(b"content-length", b"0").strip(b"0"):
        return True
    return not version.startswith("1.") and method not in ("GET", "HEAD")

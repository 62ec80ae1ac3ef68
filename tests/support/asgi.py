"""A server's side of ASGI, played by a test: what `receive` brings, and where `send` goes."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


def body_piece(piece: bytes, *, more: bool = True) -> Message:
    """A piece of a request's body."""
    return {"type": "http.request", "body": piece, "more_body": more}


def left() -> Message:
    """The news that the client has left."""
    return {"type": "http.disconnect"}


class Messages:
    """Brings prepared messages, one a call; after the last it waits for more.

    Like a server's, its `receive` has room for one reader at a time: a second one fails.
    """

    def __init__(self, *messages: Message) -> None:
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._is_read = False
        self.taken = 0
        for message in messages:
            self.bring(message)

    def bring(self, message: Message) -> None:
        """Adds one message."""
        self._queue.put_nowait(message)

    async def receive(self) -> Message:
        """The next message. Raises AssertionError when somebody else waits for it already."""
        assert not self._is_read, "two read from `receive` at the same time"
        self._is_read = True
        try:
            message = await self._queue.get()
            self.taken += 1
            return message
        finally:
            self._is_read = False


class Sent:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        """Keeps one message."""
        self.messages.append(message)

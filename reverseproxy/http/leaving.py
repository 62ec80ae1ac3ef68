"""Taking leave of clients: each may ask once more, and hears that it was the last time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reverseproxy.http.whole_targets import WholeTargets

LINGER = 1.0
"""Seconds that a silent connection stays open: what its client has just sent is on its way."""


class LeavingConnection(WholeTargets):
    """A connection that does not close on a client that is about to ask.

    uvicorn closes one that waits for its next request at once, even if that is on the way already.
    """

    def shutdown(self) -> None:
        """The proxy stops: silent connections have a little while, the others end their answers."""
        if self._is_silent():
            self.loop.call_later(LINGER, self._give_up)
        else:
            super().shutdown()

    def _give_up(self) -> None:
        """Closes a connection that has said nothing since; half a head is given more time."""
        if self._in_head:
            self.loop.call_later(LINGER, self._give_up)
        elif not self.transport.is_closing():
            super().shutdown()

    def _is_silent(self) -> bool:
        """Whether nothing is asked here that has no answer yet."""
        return self.cycle is None or self.cycle.response_complete


class LastAnswers:
    """An ASGI application whose answers, from a time on, are the last on their connections."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.is_stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""

        async def closing(message: Message) -> None:
            if self.is_stopping and message["type"] == "http.response.start":
                kept = [field for field in message["headers"] if field[0] != b"connection"]
                message = {**message, "headers": [*kept, (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, closing if scope["type"] == "http" else send)


class Crowd(set[LeavingConnection]):
    """The open connections, and a way to wait until there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._empty = asyncio.Event()

    def discard(self, connection: object) -> None:
        """One is closed."""
        super().discard(connection)
        if not self:
            self._empty.set()

    async def wait_empty(self) -> None:
        """Waits until all are closed."""
        while self:
            self._empty.clear()
            await self._empty.wait()

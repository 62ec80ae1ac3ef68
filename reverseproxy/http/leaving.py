"""Taking leave of clients: each may ask once more, and hears that it was the last time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reverseproxy.http.whole_targets import WholeTargets

LINGER = 1.0
"""Seconds that a silent connection stays open: what its client has just sent is on its way."""


class LeavingConnection(WholeTargets):
    """A connection that does not close on a client that is about to ask.

    uvicorn closes one that waits for its next request at once, even if that is on the way already.
    And where an answer runs, it closes after it, though nothing in that answer has said so.
    """

    _is_leaving = False
    _timer: asyncio.TimerHandle | None = None

    @property
    def owes(self) -> bool:
        """Whether the client waits for something: an answer, or the rest of one."""
        return not self._is_silent() or self.transport.get_write_buffer_size() > 0

    def shutdown(self) -> None:
        """The proxy stops: who is silent has a little while, and so has whoever gets an answer."""
        self._is_leaving = True
        self._linger()

    def on_response_complete(self) -> None:
        """An answer has ended; unless it was the last one, the client may ask once more."""
        super().on_response_complete()
        if self._is_leaving:
            self._linger()

    def _linger(self) -> None:
        """Asks again in a little while, counted from now."""
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(LINGER, self._give_up)

    def _give_up(self) -> None:
        """Closes a connection where nothing goes on; half a head is given more time."""
        if self._in_head:
            self._linger()
        elif self._is_silent():
            self.transport.close()

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
                kept = [each for each in message.get("headers", ()) if each[0] != b"connection"]
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

"""A server whose connections can be told to leave, and clients that ask it byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from reverseproxy.http.leaving import Crowd, LastAnswers, LeavingConnection
from tests.support.loopback import PATIENCE

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


class Leaving:
    """A server; `stop` does to its connections what a proxy does that stops."""

    def __init__(self, app: ASGIApp) -> None:
        self.answers = LastAnswers(app)
        self.crowd = Crowd()
        self.address = ""
        self._config = uvicorn.Config(
            self.answers, http=LeavingConnection, ws="none", lifespan="off", log_config=None
        )
        self._state = ServerState()
        self._state.connections = self.crowd  # type: ignore[assignment]  # it is a set

    def stop(self) -> None:
        """From here on, each answer is the last one on its connection."""
        self.answers.is_stopping = True
        for connection in list(self.crowd):
            connection.shutdown()

    def protocol(self) -> LeavingConnection:
        """Speaks with one client."""
        return LeavingConnection(self._config, self._state, {})


@contextlib.asynccontextmanager
async def leaving(app: ASGIApp) -> AsyncIterator[Leaving]:
    """A server of `app` on a port of the kernel's choice."""
    one = Leaving(app)
    server = await asyncio.get_running_loop().create_server(one.protocol, "127.0.0.1", 0)
    one.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with asyncio.timeout(PATIENCE):
            yield one
    finally:
        server.close()
        for connection in list(one.crowd):
            connection.transport.abort()


class Slow:
    """An application that answers OK in two pieces, each as soon as it may."""

    def __init__(self) -> None:
        self.asked, self.may_begin, self.may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        self.asked.set()
        await self.may_begin.wait()
        headers = [(b"content-length", b"2"), (b"connection", b"x-hop"), (b"x-a", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"O", "more_body": True})
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b"K"})

    def at_once(self) -> "Slow":
        """It need not wait for anything."""
        self.may_begin.set()
        self.may_end.set()
        return self

"""A server whose connections can be told to leave, and clients that ask it byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

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
        self.unwritten: NotImplementedError | None = None
        self.limit = asyncio.timeout(PATIENCE)
        self._config = uvicorn.Config(
            self._watched,
            interface="asgi3",
            http=LeavingConnection,
            ws="none",
            lifespan="off",
            log_config=None,
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
        made: Any = LeavingConnection(self._config, self._state, {})
        for name in ("on_response_complete", "_give_up"):
            setattr(made, name, self._or_end(getattr(made, name)))
        return made  # type: ignore[no-any-return]

    def _or_end(self, method: Callable[[], None]) -> Callable[[], None]:
        """The same method; if it is not written yet, the test ends at once."""

        def called() -> None:
            try:
                method()
            except NotImplementedError as error:
                self._end(error)

        return called

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application; if it is not written yet, the test ends at once."""
        try:
            await self.answers(scope, receive, send)
        except NotImplementedError as error:
            self._end(error)
            raise

    def _end(self, error: NotImplementedError) -> None:
        self.unwritten = self.unwritten or error
        self.limit.reschedule(0)


@contextlib.asynccontextmanager
async def leaving(app: ASGIApp) -> AsyncIterator[Leaving]:
    """A server of `app` on a port of the kernel's choice."""
    one = Leaving(app)
    server = await asyncio.get_running_loop().create_server(one.protocol, "127.0.0.1", 0)
    one.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with one.limit:
            yield one
    except TimeoutError:
        raise one.unwritten or TimeoutError from None
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

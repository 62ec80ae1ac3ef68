"""ReverseProxy: the application that stands between clients and an upstream."""

import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Self

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from reverseproxy.errors import AnswerBroken, ClientGone, ConfigurationError, ForwardingError
from reverseproxy.hop import check_request, end_to_end
from reverseproxy.http.answer import body_message, deliver, pass_on
from reverseproxy.http.asgi import lifespan, refuse_websocket, request_target
from reverseproxy.http.incoming import Incoming, may_have_body
from reverseproxy.http.old_clients import measured
from reverseproxy.http.outgoing import UpstreamClient, UpstreamRequest, UpstreamResponse
from reverseproxy.origin import Origin
from reverseproxy.server import serve_http
from reverseproxy.timeouts import Timeouts

logger = logging.getLogger(__name__)


class ReverseProxy:
    """An ASGI application that answers each request with what its target answers.

    Run it with `run`, await `serve` inside a program of your own, or mount it in another
    application. There, close it with `async with proxy:` or `aclose()`: servers tell only the
    outermost application when they stop. And wrap it in no BaseHTTPMiddleware of Starlette's, which
    gives half an answer a good end.
    """

    def __init__(self, *, timeouts: Timeouts | None = None) -> None:
        self._origin: Origin | None = None
        timeouts = timeouts or Timeouts()
        self._client = UpstreamClient(timeouts)
        self._patience = timeouts.read

    def add_target(self, url: str, /) -> None:
        """Sends requests to the upstream at `url`, like "http://localhost:8000".

        Raises ConfigurationError for a URL that is none, and for a second target.
        """
        if self._origin is not None:
            raise ConfigurationError("target", url, f"is a second one, and {self._origin} is set")
        self._origin = Origin.parse(url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        if scope["type"] == "http":
            await self._handle(Request(scope, receive), send)
        elif scope["type"] == "lifespan":
            await lifespan(self, receive, send)
        else:
            await refuse_websocket(scope, receive, send)

    async def _handle(self, request: Request, send: Send) -> None:
        """Answers one request, for as long as its client is there."""
        version, fields = request.scope["http_version"], request.headers.raw
        has_body = may_have_body(version, request.method, fields)
        incoming = Incoming(request.receive, has_body=has_body, patience=self._patience)
        with contextlib.suppress(ClientGone):
            async with incoming.while_connected():
                await self._respond(request, incoming.body() if has_body else None, send)

    async def _respond(
        self, request: Request, body: AsyncIterator[bytes] | None, send: Send
    ) -> None:
        """Passes on what the upstream answers, or says why there is no answer."""
        if self._origin is None:
            await PlainTextResponse("404 Not Found\n", 404)(request.scope, request.receive, send)
            return
        try:
            async with self.forward(request, body, self._origin) as answer:
                await pass_on(answer, request.method, send, self._patience)
            # Last of all: after it, the server takes this client for gone.
            await deliver(send, body_message(b"", more=False), self._patience)
        except AnswerBroken as error:
            self.broken_off(request, self._origin, error)
            raise
        except ForwardingError as error:
            response = self.unanswered(request, self._origin, error)
            if error.status < 500 or body is not None:  # the rest of it may follow
                response.headers["connection"] = "close"
            await response(request.scope, request.receive, send)

    def forward(
        self, request: Request, body: AsyncIterator[bytes] | None, origin: Origin
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Says the client's request to the upstream; the block that it opens has the answer."""
        check_request(request.method, request.headers.raw)
        asked = UpstreamRequest(
            method=request.method,
            target=request_target(request.scope),
            fields=end_to_end((name, value.strip(b" \t")) for name, value in request.headers.raw),
            body=body,
        )
        exchange = self._client.stream(origin, asked)
        knows_chunks = request.scope["http_version"] != "1.0"
        return exchange if knows_chunks else measured(exchange, request.method)

    def unanswered(self, request: Request, origin: Origin, error: ForwardingError) -> Response:
        """What the client gets when the upstream gave nothing to pass on.

        The status is the error's; a short plain text says no more than the status means, for
        inside addresses are nobody's business outside. The log line (a warning) has the rest:
        status, method, target, origin and reason.
        """
        target = request_target(request.scope).decode("ascii", "backslashreplace")
        logger.warning(
            "%d %s %s: upstream %s: %s", error.status, request.method, target, origin, error
        )
        return PlainTextResponse(
            f"{error.status} {HTTPStatus(error.status).phrase}\n", error.status
        )

    def broken_off(self, request: Request, origin: Origin, error: AnswerBroken) -> None:
        """Logs (a warning) why an answer ended before its end: for the client, it just stops."""
        target = request_target(request.scope).decode("ascii", "backslashreplace")
        logger.warning("%s %s: upstream %s: broken off: %s", request.method, target, origin, error)

    async def serve(self, *, listen: str | socket.socket = "127.0.0.1:8080") -> None:
        """Serves until cancelled; running requests then have 30 seconds to finish.

        `listen` is "address:port" or a socket that is bound already.

        Raises ConfigurationError when the address is none or cannot be had.
        """
        await serve_http(self, listen)

    async def aclose(self) -> None:
        """Closes the connections to the upstream."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

"""ReverseProxy: the application that stands between clients and an upstream."""

import logging
import socket
from http import HTTPStatus
from typing import Self

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from reverseproxy.errors import ConfigurationError, ForwardingError
from reverseproxy.hop import check_request, end_to_end
from reverseproxy.http.asgi import lifespan, refuse_websocket, request_target
from reverseproxy.http.outgoing import UpstreamClient, UpstreamRequest, UpstreamResponse
from reverseproxy.origin import Origin
from reverseproxy.server import serve_http
from reverseproxy.timeouts import Timeouts

logger = logging.getLogger(__name__)


class ReverseProxy:
    """An ASGI application that answers each request with what its target answers.

    Run it with `run`, await `serve` inside a program of your own, or mount it in another
    application. There, close it with `async with proxy:` or `aclose()`: servers tell only the
    outermost application when they stop.
    """

    def __init__(self, *, timeouts: Timeouts | None = None) -> None:
        self._origin: Origin | None = None
        self._client = UpstreamClient(timeouts or Timeouts())

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
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(request.scope, request.receive, send)

    async def _respond(self, request: Request) -> Response:
        if self._origin is None:
            return PlainTextResponse("404 Not Found\n", 404)
        try:
            answer = await self.forward(request, self._origin)
        except ForwardingError as error:
            response = self.unanswered(request, self._origin, error)
            if error.status < 500:  # what follows on this connection may be the rest of it
                response.headers["connection"] = "close"
            return response
        return response_for(answer, request.method)

    async def forward(self, request: Request, origin: Origin) -> UpstreamResponse:
        """Says the client's request to the upstream, and hears the answer."""
        check_request(request.method, request.headers.raw)
        asked = UpstreamRequest(
            method=request.method,
            target=request_target(request.scope),
            fields=end_to_end((name, value.strip(b" \t")) for name, value in request.headers.raw),
            body=await request.body(),
        )
        return await self._client.exchange(origin, asked)

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


def response_for(answer: UpstreamResponse, method: str) -> Response:
    """The upstream's answer as a response to our client: status, fields and body as they came.

    Names are in small letters, as ASGI asks. Content-Length is written anew, for the body that is
    here: not for a HEAD, whose length is that of another answer, and not for a 204 or 304, which
    have none.
    """
    fields = [(name.lower(), value) for name, value in end_to_end(answer.fields)]
    if method != "HEAD":
        fields = [field for field in fields if field[0] != b"content-length"]
        if answer.status not in (204, 304):
            fields.append((b"content-length", b"%d" % len(answer.body)))
    response = Response(answer.body, answer.status)
    response.raw_headers = fields
    return response

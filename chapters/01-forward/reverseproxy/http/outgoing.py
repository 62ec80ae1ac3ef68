"""The upstream's side of a hop: one request out, one response in."""

import functools
import os
import re
import socket
import ssl
from dataclasses import dataclass

import httpx

from reverseproxy.errors import (
    ConnectFailed,
    ForwardingError,
    RequestRefused,
    ResponseBroken,
    UpstreamTimeout,
)
from reverseproxy.message import Field
from reverseproxy.origin import Origin
from reverseproxy.timeouts import Timeouts

# No limit: httpx stops at 100 connections, and the 101st client would wait for a stranger's answer.
# None kept: what an upstream sends too much on one connection would be the next client's answer.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)

# What no field's value may hold (RFC 9110, section 5.5).
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What is asked: `target` is path and query as raw bytes, exactly as they will be sent."""

    method: str
    target: bytes
    fields: list[Field]
    body: bytes


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """What came back. `body` is as it was sent: a compressed body is still compressed."""

    status: int
    fields: list[Field]
    body: bytes


class UpstreamClient:
    """Speaks HTTP/1.1 to upstreams, over a new connection for each request.

    It uses httpx's transport, not its client. A client is half a browser: it follows redirects,
    keeps cookies and reads proxy settings, all of them for one user. A proxy serves many.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._transport = httpx.AsyncHTTPTransport(verify=tls_context(), limits=LIMITS)
        self._timeout = httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=None).as_dict()

    async def exchange(self, origin: Origin, request: UpstreamRequest) -> UpstreamResponse:
        """The response of the upstream at `origin`.

        Raises UpstreamError when there is none, RequestRefused when the request cannot be sent.
        """
        try:
            answer = await self.send(origin, request)
        except (httpx.TransportError, OSError) as error:
            raise blame(error) from error
        if not 200 <= answer.status <= 599:
            raise ResponseBroken(f"status {answer.status} is no final one of HTTP's")
        if any(CONTROL.search(value) for _, value in answer.fields):
            raise ResponseBroken("a field holds a control character")
        return answer

    async def send(self, origin: Origin, request: UpstreamRequest) -> UpstreamResponse:
        """Sends the request and reads the whole response, changing as little as possible.

        The target goes out byte for byte; fields and body come back as they were on the wire.
        Whatever httpx raises is left to `exchange`.
        """
        outgoing = httpx.Request(
            request.method,
            str(origin),
            headers=request.fields,
            content=request.body,
            extensions={"target": request.target, "timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(outgoing)
        body = b"".join([piece async for piece in response.aiter_raw()])
        return UpstreamResponse(response.status_code, response.headers.raw, body)

    async def aclose(self) -> None:
        """Closes the connections that are open."""
        await self._transport.aclose()


@functools.cache
def tls_context() -> ssl.SSLContext:
    """What https upstreams are verified with: made once, as reading certificates takes long."""
    return httpx.create_ssl_context()


def blame(error: Exception) -> ForwardingError:
    """Our error for one of httpx's: whose fault is it, and how far did we get?

    UpstreamTimeout whenever waiting took too long, ConnectFailed when no connection stood,
    RequestRefused when the request itself is not HTTP, ResponseBroken for all the rest.
    """
    match error:
        case httpx.ConnectTimeout():
            return UpstreamTimeout("no connection in time")
        case httpx.TimeoutException():
            return UpstreamTimeout("no answer in time")
        case httpx.ConnectError():
            return ConnectFailed(reason(error))
        case httpx.LocalProtocolError():
            return RequestRefused(reason(error))
        case _:
            return ResponseBroken(reason(error))


def reason(error: BaseException) -> str:
    """What happened at the bottom: the operating system's own word when it has one."""
    cause: BaseException | None = error
    while cause is not None:
        own_numbers = isinstance(cause, ssl.SSLError | socket.gaierror)
        if isinstance(cause, OSError) and cause.errno and not own_numbers:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__

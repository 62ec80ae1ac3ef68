"""The upstream's side of a hop: one request out, one response in."""

import contextlib
import errno
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx

from reverseproxy.errors import (
    ConnectFailed,
    ConnectTimedOut,
    ForwardingError,
    NothingLeft,
    RequestRefused,
    ResponseBroken,
    UpstreamTimeout,
)
from reverseproxy.message import Field
from reverseproxy.origin import Origin
from reverseproxy.timeouts import Timeouts
from reverseproxy.tls.contexts import upstream_context
from reverseproxy.upstream_tls import PUBLIC, UpstreamTls

# No limit: httpx stops at 100 connections, and the 101st client would wait for a stranger's answer.
# None kept: what an upstream sends too much on one connection would be the next client's answer.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)

# What the kernel may hold of an answer, in bytes. It would take megabytes, and when the connection
# stands still, anyio has taken them out of the kernel and into our memory before it stops reading.
RECEIVE_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, 131_072)

# What we speak, as TLS names it (RFC 7301).
HTTP = ("http/1.1",)

# For upstreams without TLS: httpx wants a context, even where it uses none. It believes nobody.
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

# Nobody's fault but ours: no more descriptors here or in the whole system, no more memory.
OUR_LIMITS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

LONGEST_REASON = 200
"""Letters of what went wrong that are worth a place in the log."""

# What Python puts around OpenSSL's words: [SSL: THE_SAME_ONCE_MORE] ... (_ssl.c:1006).
WRAPPING = re.compile(r"\[(SSL|X509)[^]]*\] | \(_ssl\.c:\d+\)")

# What no field's value may hold (RFC 9110, section 5.5).
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What is asked: `target` is path and query as raw bytes, exactly as they will be sent.

    `body` is asked for its pieces one by one; None when there is no body.
    """

    method: str
    target: bytes
    fields: list[Field]
    body: AsyncIterator[bytes] | None


@dataclass(frozen=True, slots=True)
class UpstreamResponse:
    """What comes back. `body` is as it is sent: a compressed body is still compressed.

    Its pieces come when they are asked for, and asking raises UpstreamError when the upstream
    breaks off.
    """

    status: int
    fields: list[Field]
    body: AsyncIterator[bytes]


class UpstreamClient:
    """Speaks HTTP/1.1 to upstreams, over a new connection for each request.

    It uses httpx's transport, not its client. A client is half a browser: it follows redirects,
    keeps cookies and reads proxy settings, all of them for one user. A proxy serves many.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeout = httpx.Timeout(timeouts.read, connect=timeouts.connect, pool=None).as_dict()

    @contextlib.asynccontextmanager
    async def stream(
        self, origin: Origin, request: UpstreamRequest, tls: UpstreamTls = PUBLIC
    ) -> AsyncIterator[UpstreamResponse]:
        """The response of the upstream at `origin`, there as soon as its head is.

        `tls` says how an https upstream is spoken with. The response lasts as long as the block:
        however that is left, the connection is closed.

        Raises UpstreamError when there is none, RequestRefused when the request cannot be sent.
        """
        outgoing = self._outgoing(origin, request)
        if tls.name:
            outgoing.extensions["sni_hostname"] = tls.name
        context = upstream_context(tls, HTTP) if origin.is_secure else NOBODY
        async with new_transport(context) as transport:
            with blaming():
                response = await transport.handle_async_request(outgoing)
            yield received(response)

    def _outgoing(self, origin: Origin, request: UpstreamRequest) -> httpx.Request:
        """The request in httpx's form. The target goes out byte for byte."""
        return httpx.Request(
            request.method,
            str(origin),
            headers=request.fields,
            content=request.body,
            extensions={"target": request.target, "timeout": self._timeout},
        )

    async def aclose(self) -> None:
        """Nothing is open between requests: each closes what it has opened."""


def new_transport(context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    """A transport for one request; closing it closes whatever the request has opened.

    One for all would do, but for a fault: a request that is cancelled at the moment when its
    connection stands leaves that connection in httpcore's pool for ever (encode/httpcore#1093).
    """
    return httpx.AsyncHTTPTransport(verify=context, limits=LIMITS, socket_options=[RECEIVE_BUFFER])


def received(response: httpx.Response) -> UpstreamResponse:
    """The response in our form. Raises ResponseBroken for a head that nobody should get."""
    fields = response.headers.raw
    if not 200 <= response.status_code <= 599:
        raise ResponseBroken(f"status {response.status_code} is no final one of HTTP's")
    if any(CONTROL.search(value) for _, value in fields):
        raise ResponseBroken("a field holds a control character")
    return UpstreamResponse(response.status_code, fields, pieces(response))


async def pieces(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it arrives, and still compressed. Raises UpstreamError when it breaks off."""
    with blaming():
        async for piece in response.aiter_raw():
            yield piece


@contextlib.contextmanager
def blaming() -> Iterator[None]:
    """Turns what httpx raises in the block into an error of ours.

    Only calls of httpx belong into it: an error of the client's must not be blamed on the upstream.
    """
    try:
        yield
    except (httpx.TransportError, OSError) as error:
        raise blame(error) from error
    except AttributeError as error:
        # An upstream that resets a connection as it comes about leaves uvloop without a socket, and
        # anyio and httpcore call the methods of that None.
        if error.obj is not None or error.name not in dir(socket.socket):
            raise
        raise ConnectFailed("reset as soon as it stood") from error


def blame(error: Exception) -> ForwardingError:
    """Our error for one of httpx's: whose fault is it, and how far did we get?

    UpstreamTimeout whenever waiting took too long, ConnectFailed when no connection stood (a
    ConnectTimedOut is both), RequestRefused when the request itself is not HTTP, NothingLeft when
    it is the proxy that cannot go on, ResponseBroken for all the rest.
    """
    if is_ours(error):
        return NothingLeft(reason(error))
    match error:
        case httpx.ConnectTimeout():
            return ConnectTimedOut("no connection in time")
        case httpx.TimeoutException():
            return UpstreamTimeout("no answer in time")
        case httpx.ConnectError():
            return ConnectFailed(reason(error))
        case httpx.LocalProtocolError():
            return RequestRefused(reason(error))
        case _:
            return ResponseBroken(reason(error))


def reason(error: BaseException) -> str:
    """What happened at the bottom: the operating system's own word when it has one.

    Else it may quote what an upstream sent, and that can be long.
    """
    if number := os_number(error):
        return os.strerror(number)
    silent = isinstance(error, httpx.NetworkError | ConnectionError)
    words = WRAPPING.sub("", str(error)) or ("it hung up" if silent else type(error).__name__)
    return words[:LONGEST_REASON]


def is_ours(error: BaseException) -> bool:
    """Whether it is the proxy's own machine that has no more to give."""
    return os_number(error) in OUR_LIMITS


def os_number(error: BaseException) -> int | None:
    """The operating system's number for what happened at the bottom, if it has one."""
    cause: BaseException | None = error
    while cause is not None:
        own_numbers = isinstance(cause, ssl.SSLError | socket.gaierror)
        if isinstance(cause, OSError) and cause.errno and not own_numbers:
            return cause.errno
        cause = cause.__cause__ or cause.__context__
    return None

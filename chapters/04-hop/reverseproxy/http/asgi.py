"""What an ASGI server says to an application, beside the requests themselves."""

from typing import Protocol
from urllib.parse import quote, unquote

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from reverseproxy.http.whole_targets import split_target, whole_target
from reverseproxy.message import RequestHead


class Closable(Protocol):
    """Something that holds connections until it is told to let go."""

    async def aclose(self) -> None:
        """Closes every connection; may be called twice."""


async def lifespan(app: Closable, receive: Receive, send: Send) -> None:
    """Answers the server's start and stop messages; at the stop, closes `app`.

    Source: the ASGI specification, lifespan protocol 2.0.
    """
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await app.aclose()
    await send({"type": "lifespan.shutdown.complete"})


async def refuse_websocket(scope: Scope, receive: Receive, send: Send) -> None:
    """Ends a WebSocket before its handshake; the server answers 403."""
    await WebSocketClose()(scope, receive, send)


def request_head(scope: Scope) -> RequestHead:
    """The head of the request, as far as a server tells; both addresses may be unknown."""
    return RequestHead(
        method=scope["method"],
        target=request_target(scope),
        fields=[(name, value.strip(b" \t")) for name, value in scope["headers"]],
        version=scope["http_version"],
        scheme=scope.get("scheme", "http"),
        client=(scope.get("client") or ("", 0))[0],
        port=(scope.get("server") or ("", 0))[1] or 0,
    )


def request_target(scope: Scope) -> bytes:
    """The target as the client wrote it, below the place where the proxy is mounted.

    An application mounted at /shop that is asked for /shop/a%2Fb?x=1 answers b"/a%2Fb?x=1". Servers
    other than ours tell path and query, and no more.
    """
    site, path, rest = split_target(whole_target(scope) or path_and_query(scope))
    if path:
        root_path = scope.get("root_path", "").rstrip("/")
        path = strip_root_path(path, scope["path"], root_path) or b"/"
    return site + path + rest


def path_and_query(scope: Scope) -> bytes:
    """What ASGI knows of a target; a `?` with nothing behind it is lost."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def strip_root_path(raw_path: bytes, path: str, root_path: str) -> bytes:
    """What is below `root_path`: the raw bytes behind the segments that decode to it.

    Where the place ends inside a segment (/shop%2Fa, mounted at /shop), the rest is quoted anew:
    nothing above the place is ever asked for.
    """
    if not root_path or not path.startswith(root_path):
        return raw_path
    for cut in range(1, len(raw_path) + 1):
        if raw_path[cut : cut + 1] in (b"/", b""):
            decoded = unquote(raw_path[:cut])
            if decoded == root_path:
                return raw_path[cut:]
            if len(decoded) > len(root_path):
                break
    return quote(path.removeprefix(root_path)).encode("ascii")

"""What an ASGI server says to an application, beside the requests themselves."""

from typing import Protocol
from urllib.parse import quote, unquote

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose


class Closable(Protocol):
    """Something that holds connections until it is told to let go."""

    async def aclose(self) -> None:
        """Lets go of them."""


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


def request_target(scope: Scope) -> bytes:
    """Path and query as the client wrote them, below the place where the proxy is mounted.

    An application mounted at /shop that is asked for /shop/a%2Fb?x=1 answers b"/a%2Fb?x=1".
    """
    raw = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    path = below(raw, scope.get("root_path", "")) or b"/"
    query = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def below(raw_path: bytes, root_path: str) -> bytes:
    """`raw_path` less its first segments, as many as decode to `root_path`; else unchanged."""
    end = len(raw_path) if root_path else 0
    for cut in (i for i in range(1, end + 1) if raw_path[i : i + 1] in (b"/", b"")):
        if unquote(raw_path[:cut]) == root_path.rstrip("/"):
            return raw_path[cut:]
    return raw_path

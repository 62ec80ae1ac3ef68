"""The proxy as an ASGI application: mounted, started, stopped, asked for what it does not do."""

from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message

from reverseproxy import ReverseProxy
from reverseproxy.http.asgi import request_target, strip_root_path
from tests.support.asgi import Messages, Sent, body_piece
from tests.support.loopback import upstream

SEGMENTS = st.lists(st.text("abc.~", min_size=1), min_size=1, max_size=3)


async def get(app: ASGIApp, path: str) -> httpx.Response:
    """What `app` answers, asked without a server."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:
        return await client.get(path)


async def test_mounted_in_another_application_it_forwards_what_is_below_the_mount() -> None:
    async with upstream() as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        app = Starlette(routes=[Mount("/shop", proxy)])

        assert (await get(app, "/shop/a%2Fb?x=1")).text == "OK"
        assert (await get(app, "/shop/")).text == "OK"

    assert [heard.line for heard in script.heard] == [
        "GET /a%2Fb?x=1 HTTP/1.1",
        "GET / HTTP/1.1",
    ]
    assert script.heard[0].values("host") == ["example.org"]


async def test_without_a_target_the_answer_is_404() -> None:
    async with ReverseProxy() as proxy:
        answer = await get(proxy, "/")
    assert (answer.status_code, answer.text) == (404, "404 Not Found\n")


async def test_a_method_in_small_letters_is_refused_and_not_made_another() -> None:
    """uvicorn's own server refuses it; others hand it over, and httpx would make a POST of it."""
    sent, messages = Sent(), Messages(body_piece(b"", more=False))
    scope: dict[str, Any] = {"type": "http", "http_version": "1.1", "scheme": "http"}
    scope |= {"method": "post", "path": "/"}
    async with upstream() as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        scope |= {"query_string": b"", "headers": [(b"host", b"h")]}
        await proxy(scope, messages.receive, sent.send)

    assert sent.messages[0]["status"] == 400
    assert script.heard == []


async def test_a_websocket_is_refused_before_its_handshake() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async with ReverseProxy() as proxy:
        await proxy({"type": "websocket", "path": "/"}, receive, send)

    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_the_servers_stop_closes_the_connections_to_the_upstream() -> None:
    messages: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message["type"])

    closed: list[bool] = []

    class Watched(ReverseProxy):
        async def aclose(self) -> None:
            await super().aclose()
            closed.append(True)

    await Watched()({"type": "lifespan"}, receive, send)

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == [True]


@given(mount=SEGMENTS, rest=SEGMENTS)
def test_the_mount_is_taken_off_however_it_was_written(mount: list[str], rest: list[str]) -> None:
    root = "/" + "/".join(mount)
    tail = "/" + "/".join(rest)
    escaped = "".join(c if c == "/" else f"%{ord(c):02x}" for c in root)

    assert strip_root_path((root + tail).encode(), root + tail, root) == tail.encode()
    assert strip_root_path((escaped + tail).encode(), root + tail, root) == tail.encode()
    assert strip_root_path(root.encode(), root, root) == b""


def test_what_is_not_below_the_mount_is_left_alone() -> None:
    assert strip_root_path(b"/basket", "/basket", "/shop") == b"/basket"
    assert strip_root_path(b"/a", "/a", "") == b"/a"


async def test_nothing_above_the_mount_is_ever_asked_for() -> None:
    async with upstream() as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        app = Starlette(routes=[Mount("/shop", proxy), Mount("/of/{tenant}", proxy)])

        await get(app, "/shop%2Fa")
        await get(app, "/of/a%2Fb/c")

    assert [heard.line.split()[1] for heard in script.heard] == ["/a", "/b/c"]


def test_a_path_of_sixty_thousand_slashes_costs_no_more_than_its_mount() -> None:
    long = "/" * 60_000
    looked_at = 0

    class Counted(bytes):
        def __getitem__(self, index: Any) -> Any:
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(index)

    strip_root_path(Counted(b"/shop%2Fx" + long.encode()), "/shop/x" + long, "/shop")
    assert looked_at < 100


async def test_middleware_around_the_proxy_finds_the_fields_it_looks_for() -> None:
    body = b"petal " * 500
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3000\r\n\r\n" + body
    async with upstream(answer) as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        app = Starlette(routes=[Mount("/", proxy)], middleware=[Middleware(GZipMiddleware)])
        got = await get(app, "/")

    assert got.content == body
    assert got.headers["content-encoding"] == "gzip"
    assert "content-length" not in got.headers, "3000 is the length of another body"


def test_a_server_that_gives_no_raw_path_gets_the_path_quoted() -> None:
    scope = {"path": "/a b", "query_string": b""}
    assert request_target(scope) == b"/a%20b"

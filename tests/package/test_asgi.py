"""The proxy as an ASGI application: mounted, started, stopped, asked for what it does not do."""

import httpx
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message

from reverseproxy import ReverseProxy
from reverseproxy.http.asgi import below, request_target
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
def test_below_takes_the_mount_off_however_it_was_written(
    mount: list[str], rest: list[str]
) -> None:
    root = "/" + "/".join(mount)
    tail = "/" + "/".join(rest)
    escaped = "".join(c if c == "/" else f"%{ord(c):02x}" for c in root)

    assert below((root + tail).encode(), root) == tail.encode()
    assert below((escaped + tail).encode(), root) == tail.encode()
    assert below(root.encode(), root) == b""


def test_below_leaves_alone_what_is_not_below_the_mount() -> None:
    assert below(b"/shopping/cart", "/shop") == b"/shopping/cart"
    assert below(b"/a", "") == b"/a"


def test_a_server_that_gives_no_raw_path_gets_the_path_quoted() -> None:
    scope = {"path": "/a b", "query_string": b""}
    assert request_target(scope) == b"/a%20b"

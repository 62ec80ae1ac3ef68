"""One hop on the wire: what the upstream hears, and what it never hears of."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from reverseproxy import ReverseProxy
from reverseproxy.http.asgi import request_target
from reverseproxy.http.own_answers import answer_here
from reverseproxy.message import RequestHead
from reverseproxy.server import serve_http
from tests.support.loopback import (
    Answer,
    Heard,
    ask,
    connection,
    exchange,
    proxy_to,
    serving,
    upstream,
)

HOST = b"Host: fid.dev\r\n"


async def through(request: bytes, **settings: Any) -> tuple[Answer, list[Heard]]:
    """What a client gets for `request`, and what the upstream heard."""
    async with upstream() as script:
        proxy = ReverseProxy(**settings)
        proxy.add_target(script.url)
        async with serving(proxy) as address:
            answer = await ask(address, request)
    return answer, script.heard


async def test_the_upstream_hears_who_asked_for_what_and_how() -> None:
    claims = b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=me\r\n"
    request = b"GET /a HTTP/1.1\r\n" + HOST + claims + b"X_Forwarded_For: me\r\nVia: 1.0 a\r\n\r\n"
    _, [heard] = await through(request)

    assert heard.fields == [
        (b"host", b"fid.dev"),
        (b"via", b"1.0 a"),
        (b"X-Forwarded-For", b"127.0.0.1"),
        (b"X-Forwarded-Host", b"fid.dev"),
        (b"X-Forwarded-Proto", b"http"),
        (b"Forwarded", b"for=127.0.0.1;host=fid.dev;proto=http"),
        (b"Via", b"1.1 reverseproxy"),
    ]


@pytest.mark.parametrize(
    ("trusted", "expected"), [((), b"unknown"), (["unix"], b"198.51.100.7, unknown")]
)
async def test_a_proxy_before_it_may_come_over_a_unix_socket(
    tmp_path: Path, trusted: list[str], expected: bytes
) -> None:
    async with upstream() as script:
        proxy = ReverseProxy(trusted_proxies=trusted)
        proxy.add_target(script.url)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(f"{tmp_path}/s")
            sock.listen()
            serves = asyncio.ensure_future(proxy.serve(listen=sock, grace=1))
            reader, writer = await asyncio.open_unix_connection(f"{tmp_path}/s")
            claim = b"X-Forwarded-For: 198.51.100.7\r\nConnection: close\r\n"
            writer.write(b"GET / HTTP/1.1\r\n" + HOST + claim + b"\r\n")
            assert b" 200 " in await reader.read()
            writer.close()
            serves.cancel()
            await asyncio.wait([serves])
    assert script.heard[0].values("x-forwarded-for") == [expected.decode()]


async def test_a_proxy_without_a_name_writes_no_via() -> None:
    _, [heard] = await through(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", via=None)
    assert heard.values("via") == []


async def test_the_upstreams_own_host_is_sent_when_asked_for() -> None:
    async with upstream() as script:
        proxy = ReverseProxy()
        proxy.add_target(script.url, preserve_host=False)
        async with serving(proxy) as address:
            await ask(address, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")

    heard = script.heard[0]
    assert heard.values("host") == [script.url.removeprefix("http://")]
    assert heard.values("x-forwarded-host") == ["fid.dev"]


async def test_http_1_0_without_a_host_gets_the_upstreams() -> None:
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        await ask(address, b"GET / HTTP/1.0\r\n\r\n")

    heard = script.heard[0]
    assert heard.values("host") == [script.url.removeprefix("http://")]
    assert heard.values("via") == ["1.0 reverseproxy"]
    assert heard.values("x-forwarded-host") == []


@pytest.mark.parametrize(
    "line",
    [
        *(b"GET /a#b", b"GET http://me@fid.dev/", b"GET https://fid.dev/", b"GET *", b"GET /.."),
        *(b"GET /a\\b", b"GET http://fid.dev/%2e", b"OPTIONS /a/%2E./b"),
    ],
)
async def test_a_target_that_could_mean_two_things_is_400(
    line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer, heard = await through(line + b" HTTP/1.1\r\n" + HOST + b"\r\n")

    assert (answer.status, heard) == (400, [])
    assert answer.values("connection") == ["close"]
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    method, target = line.decode("ascii").split(" ")
    assert [w.startswith(f"400 {method} {target}: ") for w in warnings] == [True]


@pytest.mark.parametrize(
    "fields", [b"", HOST + HOST, b"Host: a/b\r\n", b"Host:\r\n", b"Host: a, b\r\n"]
)
async def test_no_host_or_two_or_none_that_is_one_is_400(fields: bytes) -> None:
    answer, heard = await through(b"GET / HTTP/1.1\r\n" + fields + b"\r\n")
    assert (answer.status, heard) == (400, [])


async def test_a_url_as_the_target_is_matched_and_sent_as_its_path() -> None:
    request = b"GET http://fid.dev:80/a%2Fb?x HTTP/1.1\r\nHost: other.example\r\n\r\n"
    async with upstream() as script:
        proxy = ReverseProxy()
        proxy.add_target(script.url, host="fid.dev", path="/a%2Fb")
        async with serving(proxy) as address:
            await ask(address, request)
            bare = await ask(address, request.replace(b"/a%2Fb?x", b""))

    assert [heard.line for heard in script.heard] == ["GET /a%2Fb?x HTTP/1.1"]
    assert script.heard[0].values("host") == ["fid.dev:80"]
    assert bare.status == 404


@pytest.mark.parametrize("target", ["/?", "/a??b", "//a//b?", '/a?x="b"', "/%zz%", "/a?b=\\.."])
async def test_every_byte_of_a_target_arrives(target: str) -> None:
    _, [heard] = await through(f"GET {target} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert heard.line == f"GET {target} HTTP/1.1"


async def test_an_escaped_letter_is_the_letter_to_the_mux_and_stays_an_escape_on_the_wire() -> None:
    async with upstream() as everybody, upstream() as admin:
        proxy = ReverseProxy()
        proxy.add_target(everybody.url)
        proxy.add_target(admin.url, path="/%61dmin")
        async with serving(proxy) as address:
            for path in (b"/admin", b"/%61dmi%6E/x", b"/%2561dmin"):
                await ask(address, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")

    assert [heard.line for heard in admin.heard] == [
        "GET /admin HTTP/1.1",
        "GET /%61dmi%6E/x HTTP/1.1",
    ]
    assert [heard.line for heard in everybody.heard] == ["GET /%2561dmin HTTP/1.1"]


async def test_a_normalised_path_is_what_is_matched_and_what_arrives() -> None:
    async with upstream() as everybody, upstream() as admin:
        proxy = ReverseProxy(normalise_paths=True)
        proxy.add_target(everybody.url)
        proxy.add_target(admin.url, path="/admin")
        async with serving(proxy) as address:
            await ask(address, b"GET /a/..//%61dmin/. HTTP/1.1\r\n" + HOST + b"\r\n")
            await ask(address, b"GET /a/../%61dmin/%2e?b=%61 HTTP/1.1\r\n" + HOST + b"\r\n")

    assert [heard.line for heard in everybody.heard] == ["GET //admin/ HTTP/1.1"]
    assert [heard.line for heard in admin.heard] == ["GET /admin/?b=%61 HTTP/1.1"]


async def test_connect_is_405() -> None:
    for target in (b"fid.dev:443", b"/"):
        request = b"CONNECT " + target + b" HTTP/1.1\r\nHost: fid.dev:443\r\n\r\n"
        async with (
            upstream() as script,
            serving(proxy_to(script.url)) as address,
            connection(address) as (reader, writer),
        ):
            writer.write(request)
            head = await reader.read()

        assert head.startswith(b"HTTP/1.1 405 ")
        assert b"\r\nallow: \r\n" in head
        assert script.heard == []


async def test_options_of_the_server_as_a_whole_is_answered_here() -> None:
    async with (
        upstream() as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        for target in (b"*", b"http://fid.dev"):
            request = b"OPTIONS " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"
            answer = await exchange(reader, writer, request)
            assert (answer.status, answer.body) == (200, b"")
    assert script.heard == []


async def test_the_body_of_a_request_that_is_answered_here_is_no_request() -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: fid.dev\r\n\r\n"
    head = b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(hidden)
    async with (
        upstream() as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(head + hidden)
        answer = await reader.read()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert script.heard == []


async def test_a_trace_at_its_end_gets_back_what_was_heard_and_no_secrets() -> None:
    request = b"TRACE /a?b HTTP/1.1\r\n" + HOST + b"X-Key: 1\r\nMax-Forwards: 0\r\n"
    secrets = b"Cookie: a=1\r\nAuthorization: Basic eDp5\r\n"
    answer, heard = await through(request + secrets + b"\r\n")

    assert heard == []
    assert answer.values("content-type") == ["message/http"]
    assert answer.body == (
        b"TRACE /a?b HTTP/1.1\r\nhost: fid.dev\r\nx-key: 1\r\nmax-forwards: 0\r\n\r\n"
    )


def test_a_head_that_is_read_back_is_written_as_it_came() -> None:
    head = RequestHead("TRACE", b"http://a/", [(b"Host", b"a")], version="1.0")
    assert answer_here(head).body == b"TRACE http://a/ HTTP/1.0\r\nHost: a\r\n\r\n"


async def test_mounted_below_our_own_server_the_place_is_taken_off_a_whole_target() -> None:
    async with upstream() as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        app = Served(Starlette(routes=[Mount("/shop", proxy)]))
        async with serving(app) as address:  # type: ignore[arg-type] # anything that can be served
            for target in (b"/shop/a%2Fb?", b"/%73hop/", b"http://fid.dev/shop/c", b"/shop/../x"):
                await ask(address, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")

    assert [heard.line for heard in script.heard] == [
        "GET /a%2Fb? HTTP/1.1",
        "GET / HTTP/1.1",
        "GET /c HTTP/1.1",
    ]


class Served:
    """An ASGI application with a `serve`."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    async def serve(self, *, listen: Any) -> None:
        """Serves until cancelled."""
        await serve_http(self._app, listen)


def test_another_server_tells_less_and_is_enough() -> None:
    scope = {"path": "/a b", "raw_path": b"/a%20b", "query_string": b"x", "extensions": None}
    assert request_target(scope) == b"/a%20b?x"

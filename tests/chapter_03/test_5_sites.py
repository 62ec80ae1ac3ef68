"""Step 5: two sites."""

import asyncio
import contextlib
import socket
from typing import Any

import pytest

from reverseproxy import ConfigurationError, ReverseProxy
from reverseproxy.mux import Match
from tests.support.loopback import (
    PATIENCE,
    Answer,
    ask,
    closed_port,
    serving,
    upstream,
)
from tests.support.steps import step


def named(name: bytes) -> bytes:
    """The answer of an upstream that says its name."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(name), name)


def add(proxy: ReverseProxy, url: str, **rule: Any) -> None:
    """Adds a target; says so where `add_target` does not know what a rule can ask for."""
    try:
        proxy.add_target(url, **rule)
    except TypeError as error:
        asked = ", ".join(f"{key}=" for key in rule)
        pytest.fail(f"add_target does not take {asked} yet, or not by keyword: {error}")


def refusal(**rule: Any) -> str:
    """Why a proxy does not take a target with this rule; "" when it does."""
    try:
        add(ReverseProxy(), "http://127.0.0.1:1", **rule)
    except ConfigurationError as error:
        return str(error)
    return ""


async def get(address: str, host: str, target: str = "/", method: str = "GET") -> Answer:
    """What a client of that host gets."""
    return await ask(address, f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


@step(5)
def test_a_request_for_nobody_has_a_response() -> None:
    """`unmatched` returns a response when there are methods to tell, and when there are none.

    Why: the other tests look at what is on the wire; this one only whether there is something.
    Read: Step 5, "Two sites".
    """
    proxy = ReverseProxy()
    for match in (Match(), Match(allow=("GET", "HEAD"))):
        assert proxy.unmatched(match) is not None, f"unmatched({match}) returned nothing"


@step(5)
async def test_two_sites_live_behind_one_address() -> None:
    """roses.example is answered by the roses, any subdomain by the tulips, the rest with 404.

    Why: this is what the chapter is for.
    Read: Step 5, "Two sites".
    """
    async with upstream(named(b"roses")) as roses, upstream(named(b"tulips")) as tulips:
        proxy = ReverseProxy()
        add(proxy, roses.url, host="roses.example")
        add(proxy, tulips.url, host="*.example", path="/shop")
        async with serving(proxy) as address:
            for host, target, status, body in (
                ("Roses.example:8080", "/", 200, b"roses"),
                ("tulips.example", "/shop/red?size=2", 200, b"tulips"),
                ("tulips.example", "/shopping", 404, b"404 Not Found\n"),
                ("roses.test", "/", 404, b"404 Not Found\n"),
            ):
                answer = await get(address, host, target)
                said = f"GET {target} for {host} got {answer.status} and {answer.body!r}"
                assert (answer.status, answer.body) == (status, body), said

    assert tulips.heard[0].line == "GET /shop/red?size=2 HTTP/1.1"


@step(5)
async def test_a_body_that_is_for_nobody_ends_the_connection() -> None:
    """POST with a body that matches nothing: 404 and connection: close. GET: 404 without it.

    Why: nobody reads that body. On a connection that goes on, the next reader may take it for a
    request, and it is one that no rule was asked about. Without a body there is nothing to fear,
    and a new connection for each 404 would cost everyone.
    Read: Step 5, "Two sites".
    """
    async with serving(ReverseProxy()) as address:
        without = await get(address, "h")
        posted = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
        with_body = await ask(address, posted)

    assert (without.status, with_body.status) == (404, 404)
    assert with_body.values("connection") == ["close"], (
        "nobody has read the body, and the connection goes on behind it"
    )
    assert "close" not in without.values("connection"), "a 404 without a body closed the connection"


@step(5)
async def test_the_wrong_method_is_405_and_says_which_are_right() -> None:
    """DELETE where there is GET and POST: 405, Allow: GET, HEAD, POST, and the upstream sleeps on.

    Why: a 405 without Allow is not HTTP (RFC 9110, section 15.5.6). And a proxy that lets GET and
    POST through is a small wall: DELETE never reaches what is behind it.
    Read: Step 5, "Two sites".
    """
    async with upstream() as script:
        proxy = ReverseProxy()
        add(proxy, script.url, path="/form", methods=["GET", "POST"])
        async with serving(proxy) as address:
            answer = await get(address, "h", "/form", "DELETE")
            head = await get(address, "h", "/form", "HEAD")

    if answer.status == 404:
        pytest.fail("the wrong method was answered as if there were no such place")
    assert answer.status == 405
    assert answer.values("allow"), "a 405 without Allow: it does not say what would be right"
    assert answer.values("allow") == ["GET, HEAD, POST"]
    assert answer.body == b"405 Method Not Allowed\n"
    assert head.status == 200
    assert [heard.line for heard in script.heard] == ["HEAD /form HTTP/1.1"]


@step(5)
async def test_a_target_can_have_a_port_and_a_header_to_itself() -> None:
    """One proxy listens on two ports: what is for the inside is not found on the outside.

    Why: an admin page that hangs on a port which the firewall closes is a common way to keep it in
    the house.
    Read: Step 5, "Two sites".
    """
    socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    outside, inside = (sock.getsockname()[1] for sock in socks)
    async with upstream(named(b"admin")) as admin, upstream(named(b"beta")) as beta:
        proxy = ReverseProxy()
        add(proxy, admin.url, port=inside)
        add(proxy, beta.url, headers={"Host": None, "X-Beta": "on"})
        task = asyncio.ensure_future(proxy.serve(listen=socks))
        try:
            async with asyncio.timeout(PATIENCE):
                within = await get(f"127.0.0.1:{inside}", "h")
                without = await get(f"127.0.0.1:{outside}", "h")
                asked = b"GET / HTTP/1.1\r\nHost: h\r\nX-Beta: on\r\n\r\n"
                chosen = await ask(f"127.0.0.1:{outside}", asked)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    assert (within.body, without.status, chosen.body) == (b"admin", 404, b"beta")


@step(5)
async def test_the_log_says_for_whom_the_upstream_was_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When the upstream of roses.example is down, the log line has the upstream and roses.example.

    Why: with twenty sites behind one proxy, an address alone does not tell you whom to call.
    Read: Step 5, "Two sites".
    """
    url = f"http://127.0.0.1:{closed_port()}"
    proxy = ReverseProxy()
    add(proxy, url, host="roses.example")
    async with serving(proxy) as address:
        assert (await get(address, "roses.example", "/red")).status == 502

    line = next(r.getMessage() for r in caplog.records if "502" in r.getMessage())
    for part in ("GET /red", url, "roses.example"):
        assert part in line, f"the line does not say {part}: {line}"


@step(5)
def test_a_rule_that_cannot_be_is_refused_with_its_key() -> None:
    """host="fid.dev:8080" is refused at the start, and so is whatever else cannot be asked for.

    And a rule that is there already.

    Why: no request could ever match the one, and none would reach the other. Found now, it costs a
    minute.
    Read: Step 5, "Two sites".
    """
    proxy = ReverseProxy()
    for key, value in {
        "host": "fid.dev:8080",
        "port": 0,
        "path": "shop",
        "exact_path": "shop",
        "methods": "GET",
        "headers": {"X-Beta:": "on"},
    }.items():
        refused = refusal(**{key: value})
        assert refused, f"{key}={value!r} was not refused: did the rule get its {key}?"
        assert refused.startswith(f"{key} "), f"{key}={value!r} was refused as {refused}"
    add(proxy, "http://127.0.0.1:1", host="fid.dev", path="/a")
    with pytest.raises(ConfigurationError, match=r"fid\.dev/a.*already"):
        add(proxy, "http://127.0.0.1:2", host="FID.dev", path="/a")

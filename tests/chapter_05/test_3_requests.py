"""Step 3: an upstream for each request."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from reverseproxy import ConfigurationError, ReverseProxy
from reverseproxy.errors import AnswerBroken
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.target import Target
from tests.support.asgi import Messages, Sent, body_piece
from tests.support.loopback import (
    ScriptedUpstream,
    ask,
    connection,
    exchange,
    hear,
    listening,
    serving,
    upstream,
)
from tests.support.steps import step

GET = b"GET /rose?x=2 HTTP/1.1\r\nHost: fid.dev\r\n\r\n"
POST = b"POST /rose HTTP/1.1\r\nHost: fid.dev\r\nContent-Length: 2\r\n\r\nhi"
REFUSED = b"GET / HTTP/1.1\r\nHost: fid.dev\r\nConnection: Cookie\r\n\r\n"

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"
SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"fid.dev")],
}

THREE = [f"http://{name}.example:80" for name in "abc"]


def target_of(urls: str | list[str], name: str | None = None) -> Target:
    """A target with these upstreams."""
    try:
        target = Target(urls) if name is None else Target(urls, name)
    except TypeError as error:
        pytest.fail(f"Target does not take URLs yet: {error}")
    if not hasattr(target, "upstreams"):
        pytest.fail("Target does not take URLs yet: it has no `upstreams`")
    return target


def picks(target: Target, count: int) -> list[str]:
    """Whom the target selects for the next requests."""
    return [str(target.select_upstream()) for _ in range(count)]


def balanced(urls: list[str], **settings: Any) -> ReverseProxy:
    """A proxy with one target that has these upstreams."""
    proxy = ReverseProxy()
    try:
        proxy.add_target(urls, **settings)
    except ConfigurationError as error:
        pytest.fail(f"add_target does not take a list of URLs: {error}")
    return proxy


@contextlib.asynccontextmanager
async def three() -> AsyncIterator[list[ScriptedUpstream]]:
    """Three upstreams that answer with 200."""
    async with upstream() as a, upstream() as b, upstream() as c:
        yield [a, b, c]


@step(3)
def test_a_target_lets_its_upstreams_take_turns() -> None:
    """Target([a, b, c]) selects a, b, c, a.

    Why: with the first three you have three times the machines, and with the fourth it goes on.
    Read: Step 3, "An upstream for each request".
    """
    assert picks(target_of(THREE), 4) == [*THREE, THREE[0]]


@step(3)
def test_a_target_says_how_many_it_has_and_for_what() -> None:
    """str(Target([a, b, c], "shop.example")) is "one of 3 (for shop.example)"; without a name, *.

    Why: it stands in the log when no upstream was asked.
    Read: Step 3, "An upstream for each request".
    """
    assert str(target_of(THREE, "shop.example")) == "one of 3 (for shop.example)"
    assert str(target_of(THREE)) == "one of 3 (for *)"


@step(3)
def test_where_there_is_one_nobody_is_asked_whose_turn_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Target("http://a.example:80") selects a, and asks no policy for it.

    Why: most targets have one upstream. What is certain need not be decided, whatever policy there
    will be.
    Read: Step 3, "An upstream for each request".
    """

    def asked(*_: object) -> None:
        pytest.fail("there is one upstream, and a policy was asked which one to take")

    monkeypatch.setattr(RoundRobin, "select", asked)
    assert picks(target_of(THREE[0]), 2) == [THREE[0]] * 2


@step(3)
def test_each_target_has_a_turn_of_its_own() -> None:
    """Two targets that are asked in turns: each goes a, b, c.

    Why: with one turn for all, a page that always asks for one thing of each target sends every
    such request to the same upstream.
    Read: Step 3, "An upstream for each request".
    """
    shop, images = target_of(THREE, "shop"), target_of(THREE, "images")
    for expected in THREE:
        for target in (shop, images):
            found = picks(target, 1)[0]
            said = f"two targets share one turn: {target.name} got {found} and not {expected}"
            assert found == expected, said


@step(3)
async def test_picks_of_many_at_once_are_fair_to_one() -> None:
    """50 coroutines with 20 picks each, all mixed up: the counts differ by one at most.

    Why: a turn that two requests read before either has written it is lost.
    Read: "Why no lock?".
    """
    target, counts = target_of(THREE), Counter[str]()

    async def client() -> None:
        for _ in range(20):
            counts.update(picks(target, 1))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(client())
    assert sorted(counts.values()) == [333, 333, 334], f"1,000 picks were shared out as {counts}"


@step(3)
async def test_64_clients_at_once_are_shared_out_exactly() -> None:
    """64 requests through the proxy at the same time: 22, 21 and 21.

    Why: this is what the chapter is for.
    Read: Step 3, "An upstream for each request".
    """
    async with three() as upstreams:
        proxy = balanced([each.url for each in upstreams])
        async with serving(proxy) as address, asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(address, GET)) for _ in range(64)]

    statuses = Counter(task.result().status for task in asked)
    assert statuses == {200: 64}, f"not every request was answered with 200: {dict(statuses)}"
    heard = [len(each.heard) for each in upstreams]
    if 64 in heard:
        pytest.fail(f"one upstream heard all 64 requests: {heard}")
    assert heard == [22, 21, 21], f"64 requests were shared out as {heard}"


@step(3)
async def test_each_upstream_has_its_own_path_and_query_and_name() -> None:
    """Below /app?key=1 and /other: each hears what is its own, and its own Host when that is asked.

    Why: path and query belong to the upstream that was selected. The program in Go that this idea
    comes from reads them before it has selected one.
    Read: Step 3, "An upstream for each request".
    """
    async with upstream() as a, upstream() as b:
        proxy = balanced([f"{a.url}/app?key=1", f"{b.url}/other"], preserve_host=False)
        async with serving(proxy) as address:
            for _ in range(4):
                await ask(address, GET)

    lines = ["GET /app/rose?key=1&x=2 HTTP/1.1", "GET /other/rose?x=2 HTTP/1.1"]
    for each, line in zip((a, b), lines, strict=True):
        assert len(each.heard) == 2, f"of four requests, one upstream heard {len(each.heard)}"
        for heard in each.heard:
            assert heard.line == line, f"{each.url} heard {heard.line}, and {line} is its own"
            host = each.url.removeprefix("http://")
            assert heard.values("host") == [host], f"{host} was asked as {heard.values('host')}"


@step(3)
async def test_what_is_refused_takes_no_turn() -> None:
    """A request that is answered with 400, then a good one: the first upstream has it.

    Why: what nobody is asked must not cost anybody a turn. Else whoever sends a bad request between
    two good ones decides which upstream gets all the good ones.
    Read: Step 3, "An upstream for each request".
    """
    async with upstream() as a, upstream() as b, serving(balanced([a.url, b.url])) as address:
        assert (await ask(address, REFUSED)).status == 400
        assert (await ask(address, GET)).status == 200
    assert (len(a.heard), len(b.heard)) == (1, 0), "a request that was refused took a turn"


@step(3)
async def test_the_log_says_which_upstream_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    """Two upstreams hang up without an answer: each line of the log has the URL of the one asked.

    Why: "one of three upstreams does not answer" is where the work begins. Which one is what you
    want to know, and two may differ in nothing but the path.
    Read: Step 3, "An upstream for each request".
    """
    async with (
        listening(hear_and_hang_up) as origin,
        serving(balanced([a := f"{origin}/a", b := f"{origin}/b"], host="fid.dev")) as address,
    ):
        for _ in range(4):
            assert (await ask(address, POST)).status == 502

    lines = [r.getMessage() for r in caplog.records if "502" in r.getMessage()]
    for line, url in zip(lines, [a, b, a, b], strict=True):
        others = [other for other in (a, b) if other != url and other in line]
        assert not others, f"the log names another upstream than the one that was asked: {line}"
        assert f"{url} (for fid.dev)" in line, f"the line does not say {url} (for fid.dev): {line}"


async def hear_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An upstream that takes a request and closes, without a word."""
    await hear(reader)


@step(3)
async def test_the_log_says_whose_answer_broke_off(caplog: pytest.LogCaptureFixture) -> None:
    """Half an answer, and the connection closes: the line in the log names the upstream.

    Why: the client saw a 200. Without the name, nothing anywhere says who it was.
    Read: Step 3, "An upstream for each request".
    """

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(HALF)

    async with listening(half) as a, listening(half) as b, balanced([a, b]) as proxy:
        for _ in range(2):
            with contextlib.suppress(AnswerBroken):
                await proxy(SCOPE, Messages(body_piece(b"", more=False)).receive, Sent().send)

    lines = [r.getMessage() for r in caplog.records if "broken off" in r.getMessage()]
    for line, url in zip(lines, [a, b], strict=True):
        assert url in line, f"an answer broke off, and the log does not say whose: {line}"


@step(3)
async def test_a_connection_that_stays_is_no_reason_to_stay() -> None:
    """Three requests on one connection of a client: each of three upstreams hears one.

    Why: what takes turns here is requests. A browser that keeps its connection for an hour would
    keep its upstream for an hour.
    Read: Step 3, "An upstream for each request".
    """
    async with three() as upstreams:
        proxy = balanced([each.url for each in upstreams])
        async with serving(proxy) as address, connection(address) as (reader, writer):
            for _ in range(3):
                assert (await exchange(reader, writer, GET)).status == 200
    heard = [len(each.heard) for each in upstreams]
    assert heard == [1, 1, 1], f"three requests on one connection were shared out as {heard}"


@step(3)
@pytest.mark.parametrize("urls", [[], [THREE[0], THREE[0]]], ids=["none", "twice"])
def test_add_target_refuses_what_cannot_be(urls: list[str]) -> None:
    """proxy.add_target([]) and the same URL twice are ConfigurationErrors.

    Why: the one who starts the program can mend it; the one who sends the first request cannot.
    Read: Step 3, "An upstream for each request".
    """
    with pytest.raises(ConfigurationError) as caught:
        ReverseProxy().add_target(urls)
    assert "must be text" not in str(caught.value), f"a list was taken for a URL: {caught.value}"

"""Step 4: when there is no answer."""

import asyncio

import h11
import pytest

from reverseproxy import Timeouts
from tests.support.loopback import (
    Answer,
    ask,
    closed_port,
    hear,
    listening,
    proxy_to,
    serving,
    upstream,
)
from tests.support.steps import step

GET = b"GET /rose?colour=red HTTP/1.1\r\nHost: example.org\r\n\r\n"


async def answer_from(url: str, timeouts: Timeouts | None = None) -> Answer:
    """What a client gets from a proxy in front of `url`."""
    async with serving(proxy_to(url, timeouts)) as address:
        return await ask(address, GET)


@step(4)
async def test_an_upstream_that_refuses_the_connection_is_502() -> None:
    """Nobody listens at the upstream's port: 502 Bad Gateway, in plain text, and no more than that.

    Why: the client asked well; the proxy, as a gateway, could not get an answer (RFC 9110, section
    15.6.3). A 500 would say that the proxy itself is broken. And where the upstream is, is for your
    log: the proxy is the door of the house, and a stranger at the door learns only that it did not
    work.
    Read: Step 4, "When there is no answer".
    """
    port = closed_port()
    answer = await answer_from(f"http://127.0.0.1:{port}")

    assert answer.status == 502
    assert answer.values("content-type") == ["text/plain; charset=utf-8"]
    assert answer.body.startswith(b"502 Bad Gateway")
    assert str(port).encode() not in answer.body, "the body tells the client the upstream's address"


@step(4)
async def test_an_upstream_that_stays_silent_is_504() -> None:
    """The upstream accepts and then says nothing: 504 Gateway Timeout, after 0.05 seconds.

    (If the proxy waits for ever, see whether `send` hands over `self._timeout`.)

    Why: 502 and 504 send you to different places at night: 502 is a broken or missing upstream, 504
    a slow one (RFC 9110, section 15.6.5).
    Read: Step 4, "When there is no answer".
    """

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        await reader.read()

    async with listening(silent) as url:
        answer = await answer_from(url, Timeouts(read=0.05))

    if answer.status == 502:
        pytest.fail("a timeout was answered with 502: it has a status of its own")
    assert (answer.status, answer.body[:19]) == (504, b"504 Gateway Timeout")


@step(4)
async def test_an_answer_that_is_broken_is_502_and_the_next_is_served() -> None:
    """The upstream closes at once, then talks nonsense, then recovers: 502, 502, 200.

    Why: what cannot be understood cannot be passed on, and it is not the client's fault. But a
    failure is the answer to one request, not a state to be stuck in.
    Read: Step 4, "When there is no answer".
    """
    answers = [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]

    async def answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(answers.pop(0))

    async with listening(answer_and_close) as url, serving(proxy_to(url)) as address:
        statuses = [(await ask(address, GET)).status for _ in range(3)]

    assert statuses == [502, 502, 200]


@step(4)
async def test_half_an_answer_is_not_passed_on_as_a_whole_one() -> None:
    """The upstream announces ten bytes, sends four and closes: the client can tell.

    Why: half an answer that looks whole is the worst a proxy can do. The client would believe it,
    and a cache would keep it.
    Read: Step 4, "When there is no answer".
    """

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    async with listening(half) as url:
        try:
            answer = await answer_from(url)
        except h11.RemoteProtocolError:
            return  # a proxy that had passed on the head already breaks off, as the upstream did

    assert answer.status == 502, f"half an answer was passed on as a whole one: {answer}"


@step(4)
async def test_a_request_that_is_not_valid_is_400() -> None:
    """Two Host lines: 400 Bad Request, and the upstream hears nothing of it.

    Why: this one is the client's fault. Say 502, and somebody looks for a broken upstream that is
    not there. And two proxies in a row that believe different Hosts are how caches get poisoned.
    Read: Step 4, "When there is no answer".
    """
    two = b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        answer = await ask(address, two)

    assert (answer.status, answer.body[:15]) == (400, b"400 Bad Request")
    assert script.heard == []


@step(4)
async def test_one_log_line_says_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    """One warning with status, method, target, upstream and reason.

    Why: at three in the morning this line is all you have. Without the upstream's address you know
    that something is down, and not what.
    Read: Step 4, "When there is no answer".
    """
    url = f"http://127.0.0.1:{closed_port()}"
    await answer_from(url)

    lines = [r.getMessage() for r in caplog.records if r.name.startswith("reverseproxy.")]
    warnings = [line for line in lines if "502" in line]
    assert len(warnings) == 1, f"expected one line with 502 in it, got {warnings}"
    for part in ("GET", "/rose?colour=red", url, "Connection refused"):
        assert part in warnings[0], f"the line does not say {part}: {warnings[0]}"

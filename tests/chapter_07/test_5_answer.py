"""Step 5: until one answers."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest

from reverseproxy import ReverseProxy, Timeouts
from reverseproxy.forwarding import Forwarder
from reverseproxy.retry import Retry
from tests.support.loopback import (
    OK,
    Answer,
    Handler,
    Heard,
    ask,
    closed_port,
    connection,
    hear,
    listening,
    serving,
    upstream,
)
from tests.support.steps import step

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nrose"


def proxy_to(urls: Sequence[str], **settings: Any) -> ReverseProxy:
    """A proxy with one target of several upstreams."""
    proxy = ReverseProxy()
    proxy.add_target(urls, **settings)
    return proxy


def dying(heard: list[Heard]) -> Handler:
    """An upstream that takes in a request, and dies of it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await hear(reader))
        writer.transport.abort()

    return handle


def silent(heard: list[Heard]) -> Handler:
    """An upstream that takes in a request, and never answers."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await hear(reader))
        await reader.read()

    return handle


def nobody() -> str:
    """A URL at which nobody listens."""
    return f"http://127.0.0.1:{closed_port()}"


def retries(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines in the log that promise another try."""
    lines = [record.getMessage() for record in caplog.records]
    return [line for line in lines if "another one" in line]


def said(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body


@step(5)
async def test_a_dead_upstream_is_nobodys_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three are gone: six requests, GET and POST, are answered, each by the third, once.

    Why: this is what the chapter is for.
    Read: Step 5, "Until one answers".
    """
    asked: list[Any] = []
    forward = Forwarder.forward

    def noting(*args: Any, **named: Any) -> Any:
        asked.append(args)
        return forward(*args, **named)

    monkeypatch.setattr(Forwarder, "forward", noting)
    async with upstream() as script:
        proxy = proxy_to([nobody(), nobody(), script.url])
        async with serving(proxy) as address:
            for request in (GET, POST, GET, POST, GET, POST):
                status = (await ask(address, request)).status
                if not asked:
                    pytest.fail("ReverseProxy.forward (proxy.py) has not asked the Forwarder yet")
                if status == 502:
                    pytest.fail("a client got 502, and an upstream was there that could answer")
                assert status == 200
    assert [heard.body for heard in script.heard] == [b"", b"rose"] * 3


@step(5)
async def test_a_get_that_was_lost_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    """One upstream is not there, the next hears the GET and dies, the third answers: the log has a
    line for each of the two.

    Why: nobody has seen a byte of an answer, and a GET may be asked twice. The client never learns
    of it, so the log must.
    Read: Step 5, "Until one answers".
    """
    lost: list[Heard] = []
    gone = nobody()
    async with (
        listening(dying(lost)) as url,
        upstream() as script,
        serving(proxy_to([gone, url, script.url])) as address,
    ):
        answer = await ask(address, GET)
    assert said(answer) == (200, b"OK")
    assert (len(lost), len(script.heard)) == (1, 1)
    lines = retries(caplog)
    if [gone in line for line in lines] != [True, False] or url not in lines[1]:
        pytest.fail(f"{gone} failed, then {url}, and another one got a try; the log says {lines}")


@step(5)
async def test_a_post_that_was_sent_is_sent_once() -> None:
    """One upstream is not there, the next hears the POST and dies: 502; the third hears nothing.

    Why: the order may be in that one's books. Whoever sent it can look; you cannot.
    Read: Step 5, "Until one answers".
    """
    lost: list[Heard] = []
    async with (
        listening(dying(lost)) as url,
        upstream() as script,
        serving(proxy_to([nobody(), url, script.url])) as address,
    ):
        answer = await ask(address, POST)
    assert len(lost) == 1, "the first upstream was not there, and the second has not heard the POST"
    assert script.heard == [], "a POST was sent a second time"
    assert answer.status == 502


@step(5)
@pytest.mark.parametrize(
    ("framing", "size"),
    [("length", 65_536), ("chunks", 65_536), ("chunks", 65_537)],
)
async def test_a_body_goes_out_again_if_all_of_it_is_kept(framing: str, size: int) -> None:
    """One upstream is not there, the next takes in a PUT and dies.

    A body of 64 KiB goes to the third, all of it; one that is a byte longer does not: 502.

    Why: half a file that was stored without an error is worse than an error.
    Read: Step 5, "Until one answers".
    """
    body, lost = b"x" * size, list[Heard]()
    head = b"PUT / HTTP/1.1\r\nHost: h\r\n"
    if framing == "length":
        request = head + b"Content-Length: %d\r\n\r\n" % size + body
    else:
        request = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    async with (
        listening(dying(lost)) as url,
        upstream() as script,
        serving(proxy_to([nobody(), url, script.url])) as address,
    ):
        answer = await ask(address, request)

    assert [heard.body == body for heard in lost] == [True], "the second upstream was not asked"
    if size > 65_536:
        if script.heard:
            pytest.fail(f"{size} bytes were sent once, 64 KiB are kept, and it was sent again")
        assert answer.status == 502
    else:
        assert answer.status == 200
        [heard] = script.heard
        assert heard.body == body, f"the third upstream got {len(heard.body)} bytes of {size}"


@step(5)
async def test_a_status_on_the_list_is_given_up_for_another(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """503 from the first: the client gets it. With Retry(statuses=[503]) it gets the second's 200,
    and if that is a 503 as well, it gets this. For each other try the log has a line.

    Why: the reader of the settings decides what an answer is.
    Read: Step 5, "Until one answers".
    """
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
    retry = Retry(statuses=[503])
    async with upstream(busy) as first, upstream() as second, upstream(busy) as third:
        proxy = ReverseProxy()
        proxy.add_target([first.url, second.url], host="plain")
        proxy.add_target([first.url, second.url], host="listed", retry=retry)
        proxy.add_target([first.url, third.url], host="full", retry=retry)
        async with serving(proxy) as address:
            plain, listed, full = [
                await ask(address, b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % host)
                for host in (b"plain", b"listed", b"full")
            ]
    assert said(plain) == (503, b"busy"), "a 503 was not passed on"
    assert said(listed) == (200, b"OK"), "503 is on the list, and the client got it all the same"
    assert said(full) == (503, b"busy"), "the last try's answer was not passed on"
    lines = retries(caplog)
    if [first.url in line for line in lines] != [True, True]:
        pytest.fail(
            f"two answers of {first.url} were given up for another try; the log has {lines}"
        )


@step(5)
async def test_an_answer_that_is_given_up_is_let_go_first() -> None:
    """A 503 whose body never ends: its connection is closed before the second upstream answers.

    Why: nobody will read it. An answer that is kept open until the request is over holds a
    connection, and a place among the requests in flight, of the very upstream that has too many.
    Read: Step 5, "Until one answers".
    """
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbusy")
        await reader.read()
        closed.set()

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        try:
            async with asyncio.timeout(1.0):
                await closed.wait()
        except TimeoutError:
            return
        writer.write(OK)
        await reader.read()

    async with (
        listening(endless) as first,
        listening(patient) as second,
        serving(proxy_to([first, second], retry=Retry(statuses=[503]))) as address,
    ):
        try:
            async with asyncio.timeout(2.0):
                answer = await ask(address, GET)
        except TimeoutError:
            pytest.fail("503 is on the list, and the client still waits for the rest of it")
    if answer.status == 502:
        pytest.fail("the second upstream was asked, and the first one's answer was still open")
    assert answer.status == 200


@step(5)
async def test_an_answer_that_has_begun_is_never_begun_again() -> None:
    """One upstream is not there, the next sends half an answer and dies: that half, and an end.

    Why: what the client has read cannot be taken back. The rest of another answer behind it would
    be an answer that nobody gave.
    Read: Step 5, "Until one answers".
    """

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ")
        await writer.drain()

    async with (
        listening(half) as url,
        upstream() as script,
        serving(proxy_to([nobody(), url, script.url])) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        got = await reader.read()
    assert got.startswith(b"HTTP/1.1 200 "), f"half an answer became {got[:12]!r}"
    assert got.endswith(b"\r\n\r\nhalf "), f"half an answer, and then something else: {got!r}"
    assert script.heard == [], "another upstream was asked when the client had half an answer"


@step(5)
async def test_the_whole_time_is_for_all_tries_together(caplog: pytest.LogCaptureFixture) -> None:
    """Silent upstreams have 60 ms each, a request has 100 ms in all: two hear of it, and 504.

    Why: a client that was promised an answer within a time counts from its request, and not from
    the try that you make last. And what nobody waits for any more is work for nothing.
    Read: Step 5, "Until one answers".
    """
    heard: list[Heard] = []
    async with contextlib.AsyncExitStack() as stack:
        four = [await stack.enter_async_context(listening(silent(heard))) for _ in range(4)]
        proxy = ReverseProxy(timeouts=Timeouts(read=0.06, total=0.1))
        proxy.add_target(four)
        address = await stack.enter_async_context(serving(proxy))
        status = (await ask(address, GET)).status
    if len(heard) > 2:
        pytest.fail("three upstreams were asked, and the time was over with the second")
    assert status == 504
    if "than a request may in all" not in caplog.text:
        pytest.fail("each try had its time, and nothing has ended the time that they have in all")
    if len(retries(caplog)) > 1:
        pytest.fail("the time was over, and the log says that another one gets a try")


@step(5)
async def test_when_nobody_answers_the_last_error_counts(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody listens: 502. Nobody answers in time: 504. Three upstreams of four hear of it.

    Why: 502 and 504 say whose fault it is, as they did in chapter 1. And after three tries it is
    enough.
    Read: Step 5, "Until one answers".
    """
    heard: list[Heard] = []
    async with contextlib.AsyncExitStack() as stack:
        four = [await stack.enter_async_context(listening(silent(heard))) for _ in range(4)]
        proxy = ReverseProxy(timeouts=Timeouts(read=0.05))
        proxy.add_target(four)
        proxy.add_target([nobody(), nobody()], path="/nobody")
        address = await stack.enter_async_context(serving(proxy))
        late = await ask(address, GET)
        refused = await ask(address, GET.replace(b"/", b"/nobody", 1))
    assert (late.status, refused.status) == (504, 502)
    assert len(heard) == 3, f"one request made {len(heard)} tries, and three are allowed"
    if len(retries(caplog)) != 2 + 1:
        pytest.fail("another one gets a try, says the log of a try that none followed")

"""Step 2: the last answer on a connection."""

import asyncio
import contextlib

import pytest
from starlette.types import Message, Receive, Scope, Send

from reverseproxy.http import leaving as module
from reverseproxy.http.leaving import LastAnswers
from tests.chapter_13.leaving import GET, Leaving, Slow, leaving
from tests.support.loopback import Answer, connection, exchange
from tests.support.steps import step

LINGER = 0.03
LARGE = 7_000_000


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little while is less for a test."""
    monkeypatch.setattr(module, "LINGER", LINGER)


async def ended(reader: asyncio.StreamReader, why: str) -> None:
    """Waits for the end of a connection; fails, and says why, when it does not come."""
    try:
        async with asyncio.timeout(1):
            rest = await reader.read()
    except TimeoutError:
        pytest.fail(why)
    except ConnectionResetError:
        pytest.fail("the connection was reset")
    assert rest == b"", f"behind the last answer, there came {rest!r}"


async def asked_again(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, why: str
) -> Answer:
    """One more request; fails, and says why, when the connection is gone."""
    try:
        return await exchange(reader, writer, GET)
    except Exception as error:  # noqa: BLE001 - the kernel's, or h11's when it ends in the middle
        pytest.fail(f"{why}: {error!r}")


async def half_answered(
    server: Leaving,
    app: Slow,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    seconds: float,
) -> None:
    """An answer has begun when the server stops, and ends so many seconds later."""
    writer.write(GET)
    head = await reader.readuntil(b"\r\n\r\nO")
    assert b"close" not in head
    server.stop()
    await asyncio.sleep(seconds)
    app.may_end.set()
    assert await reader.readexactly(1) == b"K", "an answer that had begun was broken off"


@step(2)
async def test_an_answer_says_that_it_is_the_last_one() -> None:
    """A request runs when the proxy stops: its answer has `Connection: close`, and no other one.

    Why: it is the only way that HTTP/1.1 has to say "do not ask here again".
    Read: Step 2, "The last answer on a connection".
    """
    app = Slow()
    app.may_end.set()
    async with leaving(app) as server, connection(server.address) as (reader, writer):
        client = asyncio.ensure_future(exchange(reader, writer, GET))
        await app.asked.wait()
        server.stop()
        app.may_begin.set()
        answer = await client
        assert answer.body == b"OK", "the request was running, and has no whole answer"
        said = answer.values("connection")
        assert said == ["close"], f"the last answer says Connection: {said}"
        assert answer.values("x-a") == ["1"], "other fields were lost"
        await ended(reader, "it said close, and did not")


@step(2)
async def test_nobody_else_hears_of_it() -> None:
    """Before the stop, answers are as they were. So are scopes that are not HTTP.

    Why: an answer with close costs a client a new connection.
    Read: Step 2, "The last answer on a connection".
    """
    async with (
        leaving(Slow().at_once()) as server,
        connection(server.address) as (reader, writer),
    ):
        first = await exchange(reader, writer, GET)
        assert "close" not in first.values("connection"), "nobody stops, and an answer says close"
        await exchange(reader, writer, GET)

    sent: list[Message] = []
    heard: list[Send] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append(send)
        await send({"type": "lifespan.startup.complete"})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise NotImplementedError

    answers = LastAnswers(app)
    answers.is_stopping = True
    await answers({"type": "lifespan"}, receive, send)
    assert sent == [{"type": "lifespan.startup.complete"}]
    assert heard == [send], "a scope that is not HTTP was given another send"


@step(2)
async def test_what_was_sent_stays_as_it_was() -> None:
    """The headers of an answer may be a list that is sent again, or missing.

    Why: an application keeps the list of its headers, and the next one finds our field in it.
    Read: Step 2, "The last answer on a connection".
    """
    field, close = (b"x-a", b"1"), (b"connection", b"close")
    headers = [field]
    messages: list[Message] = [
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.start", "status": 200},
    ]
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise NotImplementedError

    answers = LastAnswers(app)
    answers.is_stopping = True
    try:
        await answers({"type": "http"}, receive, send)
    except KeyError as error:
        pytest.fail(f"headers are optional in ASGI, and without them it raised {error!r}")
    assert headers == [field], f"the application's own list of headers was changed: {headers}"
    assert messages[0]["headers"] is headers, "the application's own message was changed"
    assert [list(each["headers"]) for each in sent] == [[field, close], [close]]


@step(2)
async def test_nobody_stops_and_nobody_is_let_go() -> None:
    """Nobody stops, and a connection is idle for more than LINGER seconds: it stays.

    Why: a proxy that closes its clients' connections after each second makes them all anew.
    Read: Step 2, "The last answer on a connection".
    """
    async with (
        leaving(Slow().at_once()) as server,
        connection(server.address) as (reader, writer),
    ):
        await exchange(reader, writer, GET)
        await asyncio.sleep(LINGER * 2)
        await asked_again(reader, writer, "nobody stops, and an idle connection was closed")


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with a large answer."""
    headers = [(b"content-length", b"%d" % LARGE)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(LARGE)})


@step(2)
async def test_a_slow_reader_has_the_whole_answer() -> None:
    """An answer is written, and most of it waits for its client, who comes to it later: all of it.

    Why: "close" lets the kernel send what is written. Whoever aborts throws that away.
    Read: Step 2, "The last answer on a connection".
    """
    async with leaving(large) as server, connection(server.address) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        server.stop()
        await asyncio.sleep(LINGER * 2)
        rest = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(2):
                rest = await reader.read()
        missing = LARGE - len(rest)
        assert not missing, f"its client was slow, and {missing:,} bytes of the answer are missing"


@step(2)
async def test_who_is_silent_may_ask_once_more() -> None:
    """The proxy stops, and a connection is idle. A request that comes then is answered, with close.

    Why: it was on its way already. A connection that closes in its face is a request that is lost,
    and a POST is not sent again by itself.
    Read: Step 2, "The last answer on a connection".
    """
    async with (
        leaving(Slow().at_once()) as server,
        connection(server.address) as (reader, writer),
    ):
        await exchange(reader, writer, GET)
        server.stop()
        await asyncio.sleep(0)
        answer = await asked_again(reader, writer, "an idle connection was closed at once")
        assert answer.values("connection") == ["close"]
        await ended(reader, "it said close, and did not")


@step(2)
async def test_who_stays_silent_is_let_go() -> None:
    """Idle, or new and silent: after LINGER seconds the connection is closed.

    Why: a browser keeps a connection for minutes, just in case. Nobody can wait for all of them.
    Read: Step 2, "The last answer on a connection".
    """
    async with (
        leaving(Slow().at_once()) as server,
        connection(server.address) as (idle, writer),
        connection(server.address) as (new, _),
    ):
        await exchange(idle, writer, GET)
        await asyncio.sleep(0.01)
        assert len(server.crowd) == 2
        server.stop()
        for reader in (idle, new):
            await ended(reader, "a silent connection was never closed")
        assert not server.crowd


@step(2)
async def test_half_a_head_is_waited_for() -> None:
    """Half a head is there at the stop, a first or a second one. The rest comes late: an answer.

    Why: this client is not silent. It is asking, on a slow line.
    Read: Step 2, "The last answer on a connection".
    """
    async with (
        leaving(Slow().at_once()) as server,
        connection(server.address) as (reader, writer),
        connection(server.address) as (kept, again),
    ):
        await exchange(kept, again, GET)
        for each in (writer, again):
            each.write(GET[:10])
        await asyncio.sleep(LINGER / 4)
        server.stop()
        await asyncio.sleep(LINGER * 2.5)
        for each in (writer, again):
            each.write(GET[10:])
        answer = await asked_again(reader, writer, "half a head was there, and it was closed")
        assert answer.status == 200
        answer = await asked_again(kept, again, "half a second head was there, and it was closed")
        assert answer.status == 200


@step(2)
async def test_an_answer_that_has_begun_is_not_the_last() -> None:
    """Its head went out before the stop, without close. So the client may ask once more.

    Why: who was not told that it is over asks again, at once, into a connection that is closing.
    Read: Step 2, "The last answer on a connection".
    """
    app = Slow()
    app.may_begin.set()
    async with leaving(app) as server, connection(server.address) as (reader, writer):
        await half_answered(server, app, reader, writer, LINGER * 1.5)
        again = await asked_again(reader, writer, "nobody told this client that it was over")
        assert again.values("connection") == ["close"]
        await ended(reader, "it said close, and did not")


@step(2)
async def test_an_answer_that_has_begun_does_not_hold_for_ever() -> None:
    """It ends, and its client stays silent: after LINGER seconds the connection is closed.

    Why: the stop waits for every connection that is open.
    Read: Step 2, "The last answer on a connection".
    """
    app = Slow()
    app.may_begin.set()
    async with leaving(app) as server, connection(server.address) as (reader, writer):
        await half_answered(server, app, reader, writer, LINGER * 1.5)
        await ended(reader, "its answer has ended, it is silent, and it was never let go")


@step(2)
async def test_the_little_while_begins_at_the_end_of_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer ends LINGER * 0.9 after the stop, and the client asks LINGER * 0.4 later: it may.

    Why: the time that has passed while it read is not its own. It had no chance to ask.
    Read: Step 2, "The last answer on a connection".
    """
    little = 0.06
    monkeypatch.setattr(module, "LINGER", little)
    app = Slow()
    app.may_begin.set()
    async with leaving(app) as server, connection(server.address) as (reader, writer):
        await half_answered(server, app, reader, writer, little * 0.9)
        await asyncio.sleep(little * 0.4)
        again = await asked_again(reader, writer, "its answer had just ended, and it was closed")
        assert again.values("connection") == ["close"]

"""Bodies that flow, beyond the checkpoints: who waits for whom, and what is left behind."""

import asyncio
import logging
import select
import socket
from typing import Any

import h11
import pytest
from starlette.types import Message

from reverseproxy import ReverseProxy, Timeouts
from reverseproxy.errors import (
    AnswerBroken,
    ClientGone,
    ClientStalled,
    ConnectFailed,
    RequestTimeout,
    UpstreamError,
)
from reverseproxy.http import old_clients
from reverseproxy.http.answer import deliver
from reverseproxy.http.incoming import Incoming
from reverseproxy.http.old_clients import HELD
from reverseproxy.http.outgoing import UpstreamClient, UpstreamRequest, blaming
from reverseproxy.origin import Origin
from reverseproxy.server import is_unexplained
from tests.support.asgi import Messages, Sent, body_piece
from tests.support.loopback import (
    PATIENCE,
    ask,
    closed_port,
    connection,
    exchange,
    hear,
    listening,
    proxy_to,
    serving,
    upstream,
)

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_two_bodies_flow_at_once_over_one_kept_connection_each() -> None:
    post = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        upstream(CHUNKED + b"2\r\nOK\r\n0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        for body in (b"", b"rose", b"x" * 200_000):
            chunks = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            answer = await exchange(reader, writer, post + chunks + b"0\r\n\r\n")
            assert answer.body == b"OK"

    assert [len(heard.body) for heard in script.heard] == [0, 4, 200_000]


async def test_a_length_stays_a_length_both_ways() -> None:
    """A body of known length is not turned into chunks: some upstreams refuse them."""
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        answer = await ask(address, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nrose")

    assert script.heard[0].values("content-length") == ["4"]
    assert script.heard[0].values("transfer-encoding") == []
    assert answer.values("content-length") == ["2"]
    assert answer.values("transfer-encoding") == []


async def test_a_request_without_a_body_is_sent_without_one() -> None:
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        await ask(address, GET)
        await ask(address, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")

    assert script.heard[0].values("content-length") == []
    assert script.heard[1].values("content-length") == ["0"]
    assert [heard.values("transfer-encoding") for heard in script.heard] == [[], []]


async def test_a_client_that_stops_in_the_middle_of_its_request_is_408() -> None:
    begun = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"
    closed = asyncio.Event()

    async def reading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()

    async with (
        listening(reading) as url,
        serving(proxy_to(url, Timeouts(read=0.05))) as address,
    ):
        answer = await ask(address, begun)
        await closed.wait()

    assert answer.status == 408
    assert answer.values("connection") == ["close"]


async def test_a_client_that_stops_reading_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED)
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                await writer.drain()
        finally:
            closed.set()

    async with listening(endless) as url, serving(proxy_to(url, Timeouts(read=0.2))) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(GET)
            await closed.wait()
            assert await asyncio.to_thread(is_reset, client), "its buffer is still kept for it"

    assert "the client took nothing for 0.2 s" in caplog.text


def is_reset(client: socket.socket) -> bool:
    """Whether the connection is reset within a second; what was received is not read."""
    poll = select.poll()
    poll.register(client, 0)  # errors are told in any case
    return any(event & select.POLLERR for _, event in poll.poll(1000))


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_client_that_asked_twice_and_leaves_cancels_what_runs(reset: bool) -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await reader.read()
        closed.set()

    async with listening(silent) as url, serving(proxy_to(url)) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(GET + GET)
            await asked.wait()
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        await closed.wait()


async def test_a_hundred_requests_at_once_are_answered_in_order() -> None:
    async with (
        upstream() as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        for number in range(100):
            writer.write(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
        for _ in range(100):
            await reader.readuntil(b"\r\n\r\nOK")

    assert [heard.line.split()[1] for heard in script.heard] == [f"/{n}" for n in range(100)]


async def test_what_follows_an_upgrade_is_never_a_request() -> None:
    """The parser drops the second request's head with the first piece, and reads its body anew."""
    upgrade = b"GET /u HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    hidden = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
    post = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    async with (
        upstream() as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(upgrade + post)
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(hidden)
        answers = await reader.read()

    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answers
    assert [heard.line.split()[1] for heard in script.heard] == ["/u"]


async def test_a_refusal_is_not_written_into_another_requests_answer() -> None:
    half, more = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n0123456789")
        half.set()
        await more.wait()

    async with (
        listening(slow) as url,
        serving(proxy_to(url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(GET)
        await half.wait()
        answer = await reader.readuntil(b"0123456789")
        writer.write(b"GARBAGE\r\n\r\n")
        answer += await reader.read()
        more.set()

    assert answer.endswith(b"0123456789")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_what_is_no_http_is_400() -> None:
    async with serving(ReverseProxy()) as address, connection(address) as (reader, writer):
        writer.write(b"GARBAGE\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")


async def test_what_follows_a_body_is_no_field_of_the_head() -> None:
    trailers = b"Authorization: Basic x\r\nX-Forwarded-For: 192.0.2.1\r\n"
    post = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        await ask(address, post + b"2\r\nhi\r\n0\r\n" + trailers + b"\r\n")

    assert script.heard[0].body == b"hi"
    assert script.heard[0].values("authorization") == []
    assert "192.0.2.1" not in script.heard[0].values("x-forwarded-for")


async def test_a_refused_request_whose_body_nobody_reads_ends_its_connection() -> None:
    """The client was told to wait with its body, and hears 502: what would its next bytes be?"""
    expecting = b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    async with serving(proxy_to(f"http://127.0.0.1:{closed_port()}")) as address:
        answer = await ask(address, b"POST / HTTP/1.1\r\nHost: h\r\n" + expecting)

    assert (answer.status, answer.values("connection")) == (502, ["close"])


async def test_a_request_that_is_cancelled_at_any_moment_leaves_no_connection() -> None:
    """Also at the moment when its connection has just come to stand."""
    opened, closed = 0, asyncio.Semaphore(0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await reader.read()
        closed.release()

    client = UpstreamClient(Timeouts())
    asked = UpstreamRequest("GET", b"/", [(b"Host", b"h")], None)
    async with listening(silent) as url, asyncio.timeout(PATIENCE):
        for turns in range(40):
            entering = asyncio.ensure_future(client.stream(Origin.parse(url), asked).__aenter__())
            for _ in range(turns):
                await asyncio.sleep(0)
            entering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await entering
        for _ in range(opened):
            await closed.acquire()

    assert opened > 0


def test_a_socket_that_is_gone_already_is_the_upstreams_fault() -> None:
    """With uvloop, one that is reset while it is made is None where its libraries look for it."""
    no_socket: Any = None
    with pytest.raises(ConnectFailed, match="reset as soon as it stood"), blaming():
        no_socket.getpeername()
    with pytest.raises(AttributeError), blaming():
        no_socket.forward()
    with pytest.raises(AttributeError), blaming():
        Timeouts().getpeername()  # type: ignore[attr-defined]


async def test_many_small_pieces_do_not_keep_others_waiting() -> None:
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    ticking = asyncio.ensure_future(tick())
    for _ in range(10):
        await deliver(Sent().send, {"type": "http.response.body", "body": b"x"}, PATIENCE)
    ticking.cancel()
    assert turns >= 10


@pytest.mark.parametrize("error", [AnswerBroken("known"), asyncio.CancelledError()])
def test_what_is_known_is_not_logged_again(error: BaseException) -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "", (), None)
    assert is_unexplained(record)
    record.exc_info = (type(error), error, None)
    assert not is_unexplained(record)


async def test_an_answer_that_breaks_off_is_logged_once_and_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED + b"4\r\nhalf\r\n")

    async with listening(half) as url, serving(proxy_to(url)) as address:
        with pytest.raises(h11.RemoteProtocolError):
            await ask(address, b"GET /rose HTTP/1.1\r\nHost: h\r\n\r\n")

    [line] = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert line.exc_info is None
    for part in ("GET /rose", url, "broken off"):
        assert part in line.getMessage()


async def test_a_client_of_http_1_0_gets_a_length_instead_of_chunks() -> None:
    body = b"x" * (HELD + 1)
    answer = CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    async with upstream(answer) as script, serving(proxy_to(script.url)) as address:
        got = await ask(address, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")
        head = await ask(address, b"HEAD / HTTP/1.0\r\nHost: h\r\n\r\n")

    assert got.values("content-length") == [str(len(body))]
    assert got.values("transfer-encoding") == []
    assert got.body == body
    assert head.values("content-length") == []


async def test_a_client_of_http_1_0_gets_one_length_where_there_were_two() -> None:
    both = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        upstream(both + b"5\r\nhello\r\n0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
    ):
        got = await ask(address, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")

    assert (got.values("content-length"), got.body) == (["5"], b"hello")


async def test_an_answer_that_is_too_long_to_be_held_is_502(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(old_clients, "LONGEST", 4)
    answer = CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"
    async with upstream(answer) as script, serving(proxy_to(script.url)) as address:
        assert (await ask(address, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")).status == 502


async def test_an_answer_that_breaks_off_before_http_1_0_heard_of_it_is_502() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED + b"4\r\nhalf\r\n")

    async with listening(half) as url, serving(proxy_to(url)) as address:
        assert (await ask(address, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")).status == 502


async def test_a_client_that_resets_its_connection_cancels_too() -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await reader.read()
        closed.set()

    async with listening(silent) as url, serving(proxy_to(url)) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(GET)
            await asked.wait()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        await closed.wait()


async def test_nothing_is_left_running_when_clients_leave() -> None:
    asked = asyncio.Semaphore(0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.release()
        await reader.read()
        asked.release()

    async with listening(silent) as url, serving(proxy_to(url)) as address:
        await one_at_a_time(address, asked)
        before = len(asyncio.all_tasks())
        for _ in range(5):
            await one_at_a_time(address, asked)
        assert len(asyncio.all_tasks()) <= before


async def one_at_a_time(address: str, asked: asyncio.Semaphore) -> None:
    """Asks, and leaves; returns when the upstream has noticed both."""
    async with connection(address) as (_, writer):
        writer.write(GET)
        await asked.acquire()
    await asked.acquire()


def receiving(*messages: Message) -> tuple[asyncio.Queue[Message], Incoming]:
    """An Incoming with a body that hears these messages, and the queue for more."""
    queue: asyncio.Queue[Message] = asyncio.Queue()
    for message in messages:
        queue.put_nowait(message)
    return queue, Incoming(queue.get, has_body=True, patience=PATIENCE)


async def test_what_a_block_raises_comes_out_as_it_is() -> None:
    _, incoming = receiving()
    with pytest.raises(UpstreamError, match="broken"):
        async with incoming.while_connected():
            raise UpstreamError("broken")


async def test_who_leaves_after_the_end_is_not_missed_and_no_error() -> None:
    queue, incoming = receiving({"type": "http.request", "body": b""})
    async with incoming.while_connected():
        assert [piece async for piece in incoming.body()] == [b""]
        await queue.put({"type": "http.request", "body": b"", "more_body": False})
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_body_that_nobody_reads_to_its_end_does_not_hide_the_leaving() -> None:
    queue, incoming = receiving({"type": "http.request", "body": b"a", "more_body": True})

    async def read_one_and_wait() -> None:
        async with asyncio.timeout(PATIENCE), incoming.while_connected():
            body = incoming.body()
            assert await anext(body) == b"a"
            await body.aclose()  # type: ignore[attr-defined]  # it is a generator
            await queue.put({"type": "http.request", "body": b"b", "more_body": True})
            await queue.put({"type": "http.disconnect"})
            await asyncio.Event().wait()

    with pytest.raises(ClientGone):
        await read_one_and_wait()


async def test_a_piece_that_does_not_come_ends_the_body() -> None:
    queue: asyncio.Queue[Message] = asyncio.Queue()
    incoming = Incoming(queue.get, has_body=True, patience=0.01)
    with pytest.raises(RequestTimeout, match=r"0\.01 s"):
        await anext(incoming.body())


async def test_a_server_that_says_who_left_is_understood() -> None:
    async def nobody(message: Message) -> None:
        raise BrokenPipeError

    async def never(message: Message) -> None:
        await asyncio.Event().wait()

    message: Message = {"type": "http.response.body", "body": b""}
    with pytest.raises(ClientGone):
        await deliver(nobody, message, PATIENCE)
    with pytest.raises(ClientStalled, match=r"took nothing for 0\.01 s"):
        await deliver(never, message, 0.01)


async def test_a_body_of_http_2_needs_no_announcement() -> None:
    """Other servers hand such requests to a mounted proxy: no length, no chunks, and a body."""
    sent, messages = Sent(), Messages(body_piece(b"rose", more=False))
    async with upstream() as script, ReverseProxy() as proxy:
        proxy.add_target(script.url)
        scope = {"type": "http", "http_version": "2", "method": "POST", "path": "/", "headers": []}
        await proxy({**scope, "query_string": b""}, messages.receive, sent.send)

    assert script.heard[0].body == b"rose"
    assert sent.messages[0]["status"] == 200

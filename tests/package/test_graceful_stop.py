"""The stop, as clients see it byte by byte."""

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from reverseproxy.errors import ConfigurationError
from reverseproxy.http import graceful, leaving
from reverseproxy.http.accept_queue import DROP_NEW, refuse_new
from reverseproxy.http.client_connection import cut_off
from reverseproxy.server import serve_http
from tests.support.loopback import PATIENCE, connection

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
BIG = 20_000_000


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little while is less for a test."""
    monkeypatch.setattr(leaving, "LINGER", 0.05)
    monkeypatch.setattr(graceful, "HANDSHAKE", 0.05)
    monkeypatch.setattr(graceful, "LAST_WORDS", 0.1)


class App:
    """An application that does something, and can be waited for."""

    def __init__(self, kind: str = "quick") -> None:
        self.asked, self.has_ended, self.kind = asyncio.Event(), False, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.has_ended = True
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked.set()
        while self.kind == "stubborn":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
                return
        body = b"x" * BIG if self.kind == "big" else b"OK"
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(app: App, grace: float = 5.0) -> AsyncIterator[tuple["asyncio.Task[None]", str]]:
    """A task that serves the application, and its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.ensure_future(serve_http(app, sock, grace))
    try:
        async with asyncio.timeout(PATIENCE):
            yield task, f"127.0.0.1:{sock.getsockname()[1]}"
    finally:
        task.cancel()
        await asyncio.wait([task])


async def end_of(task: "asyncio.Task[None]") -> BaseException:
    """What a task that was cancelled ends with."""
    task.cancel()
    await asyncio.wait([task])
    try:
        await task
    except asyncio.CancelledError as error:
        return error
    pytest.fail("it was cancelled, and returned")


async def test_an_answer_that_is_not_taken_is_cut_off_and_counted() -> None:
    async with served(App("big"), grace=0.3) as (task, address), connection(address) as (_, writer):
        writer.write(GET)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a reading transport
        await asyncio.sleep(0.1)
        assert (await end_of(task)).args == (1,)


async def test_the_lifespan_of_an_application_ends_after_the_last_answer() -> None:
    app = App()
    async with served(app) as (task, address), connection(address) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"OK")
        assert (await end_of(task)).args == ()
    assert app.has_ended


async def test_an_application_that_does_not_let_itself_be_cancelled_holds_up_nobody() -> None:
    app = App("stubborn")
    async with served(app, grace=0.1) as (task, address), connection(address) as (_, writer):
        writer.write(GET)
        await app.asked.wait()
        async with asyncio.timeout(0.9):
            assert (await end_of(task)).args == (1,)
    assert app.has_ended


async def test_a_second_cancel_does_not_wait() -> None:
    app = App("stubborn")
    async with served(app, grace=30) as (task, address), connection(address) as (_, writer):
        writer.write(GET)
        await app.asked.wait()
        task.cancel()
        await asyncio.sleep(0.1)
        assert not task.done()
        async with asyncio.timeout(0.9):
            assert (await end_of(task)).args == (1,)
    assert app.has_ended


@pytest.mark.parametrize("kind", ["quick", "stubborn"])
async def test_a_time_limit_around_it_is_a_time_limit(kind: str) -> None:
    app, sock = App(kind), socket.create_server(("127.0.0.1", 0))

    async def asking() -> None:
        async with connection(f"127.0.0.1:{sock.getsockname()[1]}") as (reader, writer):
            writer.write(GET)
            with contextlib.suppress(ConnectionError):
                await reader.read()

    client = asyncio.ensure_future(asking())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await serve_http(app, sock, 0.1)
    await client
    assert app.asked.is_set()
    assert app.has_ended


async def test_whatever_goes_wrong_in_the_stop_the_rest_of_it_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stuck(*_: object) -> None:
        raise OSError("the door is stuck")

    monkeypatch.setattr(graceful.GracefulServer, "_close_door", stuck)
    app = App("stubborn")
    async with served(app) as (task, address), connection(address) as (reader, writer):
        writer.write(GET)
        await app.asked.wait()
        task.cancel()
        await asyncio.wait([task])
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        assert str(task.exception()) == "the door is stuck"
    assert app.has_ended


async def test_who_is_gone_already_can_be_cut_off() -> None:
    met: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set_result(writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with connection(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"):
        writer = await met
        writer.transport.abort()
        await writer.wait_closed()
        cut_off(writer.transport)
    server.close()


async def test_without_any_grace_it_ends_at_once() -> None:
    async with served(App("stubborn"), grace=0) as (task, address), connection(address) as (_, w):
        w.write(GET)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.9):
            assert (await end_of(task)).args == (1,)


async def test_requests_in_a_pipeline_are_answered_up_to_the_one_that_says_close() -> None:
    async with served(App()) as (task, address), connection(address) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"OK")
        task.cancel()
        await asyncio.sleep(0.02)
        writer.write(GET + GET)
        answers = await reader.read()
    assert answers.count(b"connection: close") == 1
    assert answers.endswith(b"\r\n\r\nOK")


@pytest.mark.parametrize("grace", [-1, float("nan"), float("inf"), None, "3", True])
async def test_a_grace_is_a_number_of_seconds(grace: float) -> None:
    with pytest.raises(ConfigurationError, match="grace"):
        await serve_http(Starlette(), "127.0.0.1:0", grace)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the filter")
def test_the_filter_keeps_new_clients_out_and_lets_old_ones_talk() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        socket.create_connection(sock.getsockname()) as old,
    ):
        refuse_new(sock)
        new = socket.socket()
        new.settimeout(0.1)
        with new, pytest.raises(TimeoutError):
            new.connect(sock.getsockname())
        taken, _ = sock.accept()
        with taken:
            old.sendall(b"rose")
            assert taken.recv(4) == b"rose"


def test_the_filter_drops_nothing_but_what_opens_a_connection() -> None:
    def keeps(flags: int) -> bool:
        program = list(struct.iter_unpack("HBBI", DROP_NEW))
        value, at = 0, 0
        while True:
            code, yes, no, k = program[at]
            at += 1
            if code == 0x30:
                assert k == 13
                value = flags
            elif code == 0x54:
                value &= k
            elif code == 0x15:
                at += yes if value == k else no
            else:
                return bool(k)

    syn, ack = 0x02, 0x10
    assert [flags for flags in range(64) if not keeps(flags)] == [
        flags for flags in range(64) if flags & syn and not flags & ack
    ]


def test_a_socket_of_the_file_system_is_left_alone() -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        refuse_new(sock)

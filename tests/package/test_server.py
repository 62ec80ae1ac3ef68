"""Listening and stopping."""

import asyncio
import contextlib
import signal
import socket

import pytest

from reverseproxy import ConfigurationError, ReverseProxy, Timeouts
from reverseproxy.http.leaving import LeavingConnection
from reverseproxy.server import listeners, parse_listen
from tests.package.program import running
from tests.support.loopback import (
    OK,
    PATIENCE,
    ask,
    closed_port,
    connection,
    exchange,
    hear,
    listening,
    serving,
    upstream,
)

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:8080", ("::1", 8080)),
        (":8080", ("0.0.0.0", 8080)),
    ],
)
def test_listen_is_an_address_and_a_port(listen: str, address: tuple[str, int]) -> None:
    assert parse_listen(listen) == address


@pytest.mark.parametrize(
    "listen",
    [
        "8080",
        "localhost",
        "h:",
        "h:65536",
        "h:-1",
        "h:80a",
        "",
        ":" + "9" * 5000,
        "a\0b:80",
        None,
        80,
        b":80",
    ],
)
def test_what_is_no_address_is_refused_by_name(listen: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_listen(listen)
    assert repr(listen) in str(caught.value)


async def test_an_address_in_use_is_refused_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match=f"'{listen}'.*[Aa]ddress already in use"):
            await ReverseProxy().serve(listen=listen)


async def test_it_listens_on_several_addresses_at_once() -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    port = closed_port()
    async with listening(answer_ok) as url:
        proxy = ReverseProxy()
        proxy.add_target(url, port=port)
        proxy.add_target(url, port=sock.getsockname()[1], path="/elsewhere")
        serving = asyncio.ensure_future(proxy.serve(listen=[f"127.0.0.1:{port}", sock]))
        try:
            async with asyncio.timeout(PATIENCE):
                by_socket = await ask(f"127.0.0.1:{sock.getsockname()[1]}", GET)
                by_name = await ask(f"127.0.0.1:{port}", GET)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
    assert (by_name.status, by_socket.status) == (200, 404)


def test_when_one_address_cannot_be_had_none_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = f"127.0.0.1:{closed_port()}"
        with pytest.raises(ConfigurationError, match="cannot be had"):
            listeners([free, f"127.0.0.1:{taken.getsockname()[1]}"])
        listeners(free)[0].close()


def test_no_address_at_all_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"listen \[\]: names no address"):
        listeners([])


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), "3", None, True, 10**400, float("inf")])
def test_a_timeout_is_a_number_above_zero(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="timeout read"):
        Timeouts(read=seconds)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_the_program_and_running_requests_finish(number: int) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await may_answer.wait()
        writer.write(OK)

    async with listening(slow) as url, running(url) as (process, address):
        assert process.stderr
        client = asyncio.ensure_future(ask(address, GET))
        await asked.wait()
        process.send_signal(number)
        await refused(address)
        may_answer.set()

        assert (await client).body == b"OK"
        assert await process.wait() == 0
        assert b"Traceback" not in await process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_second_signal_does_not_wait(number: int) -> None:
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await reader.read()

    async with (
        listening(silent) as url,
        running(url) as (process, address),
        connection(address) as (_, writer),
    ):
        writer.write(GET)
        await asked.wait()
        process.send_signal(number)
        await refused(address)
        process.send_signal(number)

        assert await process.wait() == 128 + number


async def refused(address: str) -> None:
    """Waits until nobody listens at `address` any more."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            while True:
                async with connection(address):
                    await asyncio.sleep(0)


async def test_a_serve_that_is_cancelled_at_once_leaves_nothing_behind() -> None:
    for turns in range(4):
        sock = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.ensure_future(ReverseProxy().serve(listen=sock))
        for _ in range(turns):
            await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        sock.close()  # cancelled before its first step, serve never had it
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_idle_connection_does_not_hold_up_the_stop() -> None:
    async with listening(answer_ok) as url:
        proxy = ReverseProxy()
        proxy.add_target(url)
        sock = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
        serving = asyncio.ensure_future(proxy.serve(listen=sock))
        async with asyncio.timeout(PATIENCE), connection(address) as (reader, writer):
            await exchange(reader, writer, GET)
            serving.cancel()
            assert await reader.read() == b""
            with pytest.raises(asyncio.CancelledError):
                await serving


async def answer_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers every request with OK."""
    while True:
        await hear(reader)
        writer.write(OK)


async def test_an_answer_goes_out_at_once_whoever_made_the_socket() -> None:
    """A head and a body are two pieces: on a kept connection, the second must not wait 40 ms."""
    async with upstream() as up:
        proxy = ReverseProxy()
        proxy.add_target(up.url)
        seen: list[int] = []
        begun = LeavingConnection.connection_made

        def look(self: LeavingConnection, transport: asyncio.Transport) -> None:
            begun(self, transport)
            sock = transport.get_extra_info("socket")
            seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LeavingConnection, "connection_made", look)
            async with serving(proxy) as address, connection(address) as client:
                await exchange(*client, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert seen
    assert all(seen)

"""What flows through a TcpProxy, and how it ends."""

import asyncio
import contextlib
import hashlib
import socket
from random import Random

import pytest

from reverseproxy import TcpProxy
from reverseproxy.target import Target
from reverseproxy.tcp.relay import Relay
from tests.chapter_15.coming_in import Client, echo
from tests.chapter_15.wires import Turns, break_off, wires
from tests.package.tcp_served import in_flight, poller, reset, served, tcp, until

pytestmark = pytest.mark.usefixtures(poller.__name__)

LONG = Random(15).randbytes(5_000_000)


async def test_many_bytes_both_ways_at_once() -> None:
    found = hashlib.sha256()

    async def read(client: Client) -> None:
        while piece := await client.reader.read(65_536):
            found.update(piece)

    async with (
        echo(b"") as one,
        served(TcpProxy(Target([one.url]))) as proxy,
        proxy.client() as client,
    ):
        reading = asyncio.ensure_future(read(client))
        client.writer.write(LONG)
        await client.writer.drain()
        client.writer.write_eof()
        await reading
    assert found.digest() == hashlib.sha256(LONG).digest()


async def test_an_upstream_that_ends_first_is_heard_and_still_told_more() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def ends_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"that is all")
        writer.write_eof()
        heard.set_result(await reader.read())

    async with (
        tcp(ends_first) as target,
        served(TcpProxy(target)) as proxy,
        proxy.client() as client,
    ):
        assert await client.reader.read() == b"that is all"
        assert not heard.done()
        client.writer.write(b"thank you")
        client.writer.write_eof()
        assert await heard == b"thank you"
        await until(lambda: not in_flight(target))


async def test_a_reset_of_the_upstream_comes_after_its_last_bytes() -> None:
    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(b"half an ans")
        await writer.drain()
        reset(writer)

    async with tcp(breaks) as target, served(TcpProxy(target)) as proxy:
        async with proxy.client() as client:
            client.writer.write(b"rose")
            assert await client.reader.readexactly(11) == b"half an ans"
            with pytest.raises(ConnectionResetError):
                await client.reader.read()
        assert in_flight(target) == 0


async def test_a_client_that_resets_while_its_data_waits_is_noticed() -> None:
    done = asyncio.Event()

    async def takes_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is one that reads
        await done.wait()

    async with tcp(takes_nothing) as target:
        async with served(TcpProxy(target, idle=0.2)) as proxy:
            sock = proxy.connect()
            sock.setblocking(False)
            await until(lambda: in_flight(target))
            with contextlib.suppress(BlockingIOError):
                for _ in range(100):
                    sock.send(LONG)
                    await asyncio.sleep(0.005)
            break_off(sock)
            await until(lambda: not in_flight(target))
        done.set()


async def test_who_says_nothing_for_long_is_reset() -> None:
    async with (
        echo() as one,
        served(TcpProxy(Target([one.url]), idle=0.2)) as proxy,
        proxy.client() as talks,
        proxy.client() as silent,
    ):
        await silent.reads(3, "it is greeted")
        end = asyncio.ensure_future(silent.ends())
        await talks.reads(3, "it is greeted")
        while not end.done():
            talks.writer.write(b"x")
            await talks.reads(1, "it talks")
            await asyncio.sleep(0.02)
        assert end.result() == "with a reset"
        talks.writer.write(b"x")
        await talks.reads(1, "it has talked all the time")


async def test_who_takes_nothing_for_long_is_reset() -> None:
    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(LONG)
            await writer.drain()

    async with tcp(floods) as target, served(TcpProxy(target, idle=0.1)) as proxy:
        sock = proxy.connect()
        await until(lambda: in_flight(target))
        await until(lambda: not in_flight(target))
        sock.close()


async def test_who_takes_a_little_at_a_time_is_not_idle() -> None:
    async def says_it_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(LONG[:200_000])
        await reader.read()

    door = socket.create_server(("127.0.0.1", 0))
    door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # and so have all it accepts
    async with tcp(says_it_once) as target, served(TcpProxy(target, idle=0.2), door) as proxy:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert isinstance(proxy.address, tuple)
        sock.connect(proxy.address)
        sock.setblocking(False)
        got, loop = b"", asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < 0.6:
            got += await loop.sock_recv(sock, 2000)
            await asyncio.sleep(0.02)
        assert 20_000 < len(got) < 200_000
        assert LONG.startswith(got)
        sock.close()


def test_a_relay_ends_once() -> None:
    over: list[Relay] = []
    with wires() as made:
        (far, client), (_, upstream) = made.pair(), made.pair()
        relay = Relay(client, upstream, Turns(), over.append)
        relay.start()
        relay.end(socket.socket.close)
        relay.end(socket.socket.close)
        assert far.recv(1) == b""
    assert over == [relay]


async def test_what_breaks_when_it_is_idle_ends_once() -> None:
    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        await reader.read()

    async with tcp(ends) as target, served(TcpProxy(target, idle=0.01)) as proxy:
        for _ in range(20):
            sock = proxy.connect()
            await until(lambda: in_flight(target))
            sock.shutdown(socket.SHUT_WR)
            break_off(sock)
            await until(lambda: not in_flight(target))


@pytest.mark.parametrize("policy", ["round-robin", "ring"])
async def test_who_has_reset_before_it_was_let_in_harms_nobody(policy: str) -> None:
    async with echo() as one:
        target = Target([one.url], policy=policy)
        async with served(TcpProxy(target)) as proxy:
            for _ in range(10):
                break_off(proxy.connect())
            async with proxy.client() as client:
                await client.reads(3, "it has not reset")
            await until(lambda: not in_flight(target))


async def test_a_last_answer_arrives_although_the_question_could_not_be_finished() -> None:
    """Like a 413, or "too many clients": said, and closed with the rest of the question unread."""

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"no, thank you")
        await writer.drain()
        writer.close()

    heard = 0
    async with tcp(refuses) as target, served(TcpProxy(target)) as proxy:
        for _ in range(20):
            async with proxy.client() as client:
                client.writer.write(bytes(4_000_000))
                with contextlib.suppress(ConnectionError):
                    heard += await client.reader.read(100) == b"no, thank you"
    assert heard == 20

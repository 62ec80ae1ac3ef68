"""Bytes and connections in numbers, through a TcpProxy in a process of its own."""

import asyncio
import contextlib
import hashlib
import random
import resource
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.slow.tcp_program import Program, running
from tests.support.loopback import listening

MIB = 1024 * 1024
PIECE = random.Random(15).randbytes(MIB)
PIECES = 256

CONNECTIONS = 5000
MOST_EACH = 4096
"""Bytes of the process that an idle connection may cost."""


def piece(side: str, number: int) -> bytes:
    """One of 256 pieces, no two of which are the same."""
    return hashlib.sha256(f"{side} {number}".encode()).digest() + PIECE[32:]


async def send_all(writer: asyncio.StreamWriter, side: str) -> str:
    """Sends a quarter of a gigabyte, and then an end; what that comes to."""
    sent = hashlib.sha256()
    for number in range(PIECES):
        sent.update(piece(side, number))
        writer.write(piece(side, number))
        await writer.drain()
    writer.write_eof()
    return sent.hexdigest()


async def take_all(reader: asyncio.StreamReader) -> str:
    """Takes all there is; what that comes to."""
    taken = hashlib.sha256()
    while data := await reader.read(MIB):
        taken.update(data)
    return taken.hexdigest()


async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, side: str) -> list[str]:
    """Sends and takes, at once; what was sent, and what was taken."""
    async with asyncio.TaskGroup() as group:
        sent = group.create_task(send_all(writer, side))
        taken = group.create_task(take_all(reader))
    return [sent.result(), taken.result()]


async def test_a_quarter_of_a_gigabyte_each_way_at_once() -> None:
    upstream: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream.set_result(await both(reader, writer, "upstream"))

    async with asyncio.timeout(120), listening(talk) as url, running(tcp(url)) as proxy:
        before = proxy.memory()
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        client = await both(reader, writer, "client")
        assert client == (await upstream)[::-1]
        assert proxy.memory() - before < 8 * MIB
        writer.close()


@pytest.mark.parametrize("side", ["client", "upstream"])
async def test_who_takes_nothing_costs_no_memory(side: str) -> None:
    done = asyncio.Event()

    async def flood(writer: asyncio.StreamWriter) -> int:
        """Sends until nobody takes anything for a second; how much that was."""
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 500 * MIB:
                writer.write(PIECE)
                async with asyncio.timeout(1):
                    await writer.drain()
                sent += MIB
        return sent

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if side == "client":
            sent.set_result(await flood(writer))
        else:
            stop_reading(writer)
        await done.wait()
        writer.transport.abort()

    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(60), listening(talk) as url, running(tcp(url)) as proxy:
        before = proxy.memory()
        _, writer = await asyncio.open_connection(proxy.host, proxy.port)
        if side == "client":
            stop_reading(writer)
        else:
            sent.set_result(await flood(writer))
        assert await sent < 100 * MIB, "it takes all, and somebody takes nothing"
        grown = proxy.memory() - before
        done.set()
        writer.transport.abort()
    assert grown < 8 * MIB, f"grown by {grown / MIB:.1f} MiB"


def stop_reading(writer: asyncio.StreamWriter) -> None:
    """Takes nothing more from a connection."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is one that reads


def tcp(url: str) -> str:
    """The same place, as an upstream of a TcpProxy is written."""
    return url.replace("http", "tcp")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_idle_connections_cost_little() -> None:
    pytest.importorskip("uvloop")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CONNECTIONS + 256
    if needed > hard:
        pytest.skip(f"needs {needed} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    upstream = socket.create_server(("127.0.0.1", 0), backlog=1024)
    upstream.setblocking(False)
    try:
        async with running(f"tcp://127.0.0.1:{upstream.getsockname()[1]}") as proxy:
            await connect(proxy, upstream, 200)
            before = proxy.memory()
            await connect(proxy, upstream, CONNECTIONS)
            each = (proxy.memory() - before) / CONNECTIONS
    finally:
        upstream.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert each <= MOST_EACH, f"{each:.0f} bytes each"


async def connect(proxy: Program, upstream: socket.socket, count: int) -> None:
    """Makes so many connections, and has both ends of each; a byte goes through all of them.

    They stay until the end of the process that they go through.
    """
    loop = asyncio.get_running_loop()
    for _ in range(count):
        far = socket.create_connection((proxy.host, proxy.port))
        far.setblocking(False)
        near, _ = await loop.sock_accept(upstream)
        HELD.extend((far, near))
        far.send(b"x")
        assert await loop.sock_recv(near, 1) == b"x"


HELD: list[socket.socket] = []


@pytest.fixture(autouse=True)
def let_go() -> Iterator[None]:
    """Closes what was held."""
    yield
    while HELD:
        HELD.pop().close()


class Visitors:
    """They come, say something, hear it again, and leave, until nobody listens any more."""

    def __init__(self, chance: random.Random) -> None:
        self.count = Counter[str]()
        self.is_over = False
        self._chance = chance

    async def visit(self, proxy: Program) -> None:
        """One of them, over and over."""
        with contextlib.suppress(ConnectionRefusedError):
            while not self.is_over:
                reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
                try:
                    await self._talk(reader, writer)
                except (OSError, EOFError) as error:
                    self.count[f"lost: {error!r}"] += 1
                finally:
                    writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(self._chance.randrange(1, 5)):
            data = b"x" * self._chance.choice([1, 1000, 300_000])
            writer.write(data)
            assert await reader.readexactly(len(data)) == data
            await asyncio.sleep(self._chance.choice([0, 0.01, 0.1]))
        writer.write_eof()
        assert await reader.read() == b"and that is all"
        self.count["served"] += 1


async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says everything again, and then how it ends."""
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.write(b"and that is all")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_stop_in_the_middle_of_a_crowd_loses_no_connection(seed: int) -> None:
    chance = random.Random(seed)
    visitors = Visitors(chance)
    async with (
        asyncio.timeout(60),
        listening(repeat) as url,
        running(tcp(url)) as proxy,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(80):
            group.create_task(visitors.visit(proxy))
        await asyncio.sleep(1 + chance.random())
        proxy.process.send_signal(signal.SIGTERM)
        code = await proxy.process.wait()
        visitors.is_over = True
    assert code == 0, f"exit code {code}, with {visitors.count}"
    assert set(visitors.count) == {"served"}, f"{visitors.count}"
    assert visitors.count["served"] > 100

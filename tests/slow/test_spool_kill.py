"""A LineProxy with a spool that is killed, again and again, at whatever it happens to do."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slow.tcp_program import running

PROGRAM = """
import sys
from reverseproxy import LineProxy, Spool, Target, run
spool = Spool(sys.argv[2], limit=4_000_000, segment=100_000, pause=0.01)
target = Target([sys.argv[1]])
proxy = LineProxy(
    target, delivery="acknowledged", acknowledge=True, store=spool, first_pause=0.01
)
run(proxy, listen="127.0.0.1:0")
"""

ROUNDS = 12
CLIENTS = 4
LONGEST = 0.6
"""Seconds that a program lives."""


class Upstream:
    """Takes lines, acknowledges them, and hangs up now and then without having done so."""

    def __init__(self, chance: random.Random) -> None:
        self.got: set[bytes] = set()
        self.changed = asyncio.Event()
        self._chance = chance

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        count, rest = 0, b""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(50_000):
                *lines, rest = (rest + data).split(b"\n")
                self.got.update(lines)
                self.changed.set()
                count += len(lines)
                if self._chance.random() < 0.003:
                    break
                writer.write(b"ACK %d\n" % count)
                await writer.drain()
        writer.transport.abort()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its URL."""
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        async with server:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


class Client:
    """Sends lines that one can tell apart, for as long as it can, and hears which are safe."""

    def __init__(self, name: str) -> None:
        self.name, self.sent, self.safe = name, 0, 0

    def lines(self, first: int, end: int) -> list[bytes]:
        """Those of its lines."""
        return [b"%s %d" % (self.name.encode(), number) for number in range(first, end)]

    async def talk(self, host: str, port: int) -> None:
        """Until the connection breaks."""
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection(host, port)
            hearing = asyncio.ensure_future(self._hear(reader))
            try:
                while not hearing.done():
                    lines = self.lines(self.sent, self.sent + 200)
                    self.sent += len(lines)
                    writer.write(b"\n".join(lines) + b"\n")
                    await writer.drain()
                    await asyncio.sleep(0)
            finally:
                writer.transport.abort()
                await hearing

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while (line := await reader.readline()).endswith(b"\n"):
                self.safe = int(line.removeprefix(b"ACK "))


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_clients_were_told_is_safe_arrives_whenever_it_is_killed(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    upstream = Upstream(chance)
    told: set[bytes] = set()
    sent: set[bytes] = set()
    async with asyncio.timeout(120), upstream.serving() as url:
        for number in range(ROUNDS):
            clients = [Client(f"{number}-{each}") for each in range(CLIENTS)]
            async with (
                running(url, str(tmp_path), program=PROGRAM) as program,
                asyncio.TaskGroup() as group,
            ):
                for client in clients:
                    group.create_task(client.talk(program.host, program.port))
                await asyncio.sleep(chance.uniform(0.01, LONGEST))  # the fate that it has
                program.process.kill()
            for client in clients:
                told.update(client.lines(0, client.safe))
                sent.update(client.lines(0, client.sent))
        assert told
        async with running(url, str(tmp_path), program=PROGRAM):
            while not told <= upstream.got:
                upstream.changed.clear()
                await upstream.changed.wait()
    assert upstream.got <= sent, "nothing fused, nothing invented"

"""SIGTERM while a crowd is asking: nobody who was connected goes without an answer."""

import asyncio
import contextlib
import random
import signal
from collections import Counter

import pytest

from tests.package.program import running
from tests.support.loopback import listening

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
KEPT, FRESH = 40, 80


async def slowly(chance: random.Random, writer: asyncio.StreamWriter) -> None:
    """An answer after 20 ms, one in ten after a second, in two pieces."""
    await asyncio.sleep(1.0 if chance.random() < 0.1 else 0.02)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO")
    await asyncio.sleep(chance.choice([0, 0.01]))
    writer.write(b"K")
    await writer.drain()


class Clients:
    """They ask, over and over, until nobody listens any more."""

    def __init__(self, chance: random.Random) -> None:
        self.count = Counter[str]()
        self.is_over = False
        self._chance = chance

    async def client(self, address: str, *, keep: bool) -> None:
        """One of them: it asks on one connection again and again, or on a new one each time."""
        with contextlib.suppress(ConnectionRefusedError):
            while not self.is_over:
                host, port = address.split(":")
                reader, writer = await asyncio.open_connection(host, int(port))
                try:
                    await self._ask(reader, writer, keep=keep)
                except (OSError, EOFError) as error:
                    self.count[f"lost: {error!r}"] += 1
                finally:
                    writer.close()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool
    ) -> None:
        """What is sent on a connection and not answered is lost."""
        while True:
            writer.write(GET)
            head = await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"OK"
            self.count["answered"] += 1
            if not keep or b"connection: close" in head:
                return
            await asyncio.sleep(self._chance.choice([0, 0.05, 0.2]))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_stop_in_the_middle_of_a_crowd_loses_nothing(seed: int) -> None:
    chance = random.Random(seed)
    clients = Clients(chance)

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            await slowly(chance, writer)

    async with (
        listening(upstream) as url,
        running(url, 60) as (process, address),
        asyncio.TaskGroup() as group,
    ):
        for number in range(KEPT + FRESH):
            group.create_task(clients.client(address, keep=number < KEPT))
        await asyncio.sleep(2 + chance.random())
        before = asyncio.get_running_loop().time()
        process.send_signal(signal.SIGTERM)
        code = await process.wait()
        took = asyncio.get_running_loop().time() - before
        clients.is_over = True
    assert code == 0, f"exit code {code}, with {clients.count}"
    assert set(clients.count) == {"answered"}, f"{clients.count}"
    assert clients.count["answered"] > KEPT + FRESH
    assert took < 10, f"it took {took:.1f} s to stop"

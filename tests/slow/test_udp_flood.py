"""A flood from addresses that are not its sender's, and those who are served all the same."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.package.udp_served import Answering, Client, answering, until
from tests.slow.tcp_program import Program, running

MIB = 1024 * 1024

SOURCES = 100_000
FIRST = 25_000
"""Sources after which there is no room for more sessions."""

ROOM = 16_384

AT_ONCE = 100

REAL = 200

PROGRAM = """
import sys
from reverseproxy import Target, UdpProxy, run
run(UdpProxy(Target([sys.argv[1]])), listen="127.0.0.1:0")
"""


class Choosing(Answering):
    """An upstream that answers what is real, and counts the rest."""

    flood: int = 0

    def hear(self) -> None:
        """Takes what there is."""
        with contextlib.suppress(BlockingIOError):
            while True:
                data, source = self.sock.recvfrom(65_536)
                if data.startswith(b"real"):
                    self.sock.sendto(data + b" from %d" % source[1], source)
                else:
                    self.flood += 1


@contextlib.asynccontextmanager
async def choosing() -> AsyncIterator[Choosing]:
    """Such an upstream."""
    async with answering() as it:
        chooses = Choosing(it.sock)
        loop = asyncio.get_running_loop()
        loop.remove_reader(it.sock)
        loop.add_reader(it.sock, chooses.hear)
        yield chooses


def sources(first: int, last: int) -> Iterator[str]:
    """Addresses of this machine, none of them twice."""
    for number in range(first, last):
        yield f"127.{1 + number // 62_500}.{number // 250 % 250 + 1}.{number % 250 + 1}"


async def flood(proxy: Program, upstream: Choosing, first: int, last: int) -> None:
    """A datagram from each; no faster than they can be passed on, so that all are."""
    for count, source in enumerate(sources(first, last), start=first + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            sock.sendto(b"flood", (proxy.host, proxy.port))
        if not count % AT_ONCE:
            await until(lambda count=count: upstream.flood == count)  # type: ignore[misc]  # it is an int


async def answers(clients: list[Client]) -> list[bytes]:
    """What each of them hears: it says from which socket the upstream has heard it."""
    return [await client.asks(b"real", "it is no flood") for client in clients]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and sends from 127.0.0.0/8")
async def test_a_flood_costs_no_memory_and_nobody_a_session() -> None:
    pytest.importorskip("uvloop")
    async with (
        asyncio.timeout(120),
        choosing() as upstream,
        running(upstream.url, program=PROGRAM) as proxy,
    ):
        clients = [Client((proxy.host, proxy.port)) for _ in range(REAL)]
        first = await answers(clients)
        before = proxy.memory()
        await flood(proxy, upstream, 0, FIRST)
        full = proxy.memory()
        for begin in range(FIRST, SOURCES, FIRST):
            await flood(proxy, upstream, begin, begin + FIRST)
            assert await answers(clients) == first, "each has the socket that it had"
            new = Client((proxy.host, proxy.port))
            assert await answers([new]) == await answers([new]), "who comes now is served as well"
            new.sock.close()
        after = proxy.memory()
        for client in clients:
            client.sock.close()
    print(f"{(full - before) / ROOM:.0f} bytes a session, {after - full} more at the end")  # noqa: T201
    assert upstream.flood == SOURCES
    assert (full - before) / ROOM < 4096
    assert after - full < 2 * MIB, f"grown by {(after - full) / MIB:.1f} MiB"

"""Bytes and connections in numbers, over TLS, through a TcpProxy in a process of its own."""

import asyncio
import contextlib
import hashlib
import random
import resource
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.chapter_17.papers import Papers, client
from tests.package.tls_wire import Wire, repeat, upstream, visit
from tests.slow.tcp_program import Program, running

MIB = 1024 * 1024
PIECE = random.Random(17).randbytes(MIB)
PIECES = 64

CONNECTIONS = 2000
BUSY = 200
MOST_EACH = 36
"""KiB of the process that an idle connection may cost for each side that speaks TLS: 18 and 32."""

MOST_AFTER = 130
"""KiB, when a megabyte has gone through it each way: 110."""

PROGRAM = """
import sys
from reverseproxy import *
side, url, chain, key, ca_file = sys.argv[1:]
tls = None if side == "client" else UpstreamTls(ca_file=ca_file, name="rose.test")
place = "127.0.0.1:0"
if side != "upstream":
    place = TlsListener(place, Certificates(Certificate(chain, key)))
run(TcpProxy(Target([url], tls=tls)), listen=place)
"""

SIDES = ["client", "upstream", "both"]

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@dataclass
class Place:
    """A proxy, and how to speak with it, before and behind."""

    program: Program
    before: ssl.SSLContext | None

    def visit(self) -> contextlib.AbstractAsyncContextManager[Wire]:
        """A client, before its handshake."""
        return visit((self.program.host, self.program.port), self.before)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates for rose.test."""
    return Papers(tmp_path_factory.mktemp("papers"))


@contextlib.asynccontextmanager
async def placed(
    papers: Papers, side: str, talk: object, version: ssl.TLSVersion | None = None
) -> AsyncIterator[Place]:
    """A proxy before an upstream that does that. side: where TLS is spoken."""
    before = client() if side != "upstream" else None
    behind = papers.server() if side != "client" else None
    for context in (before, behind):
        if context and version:
            context.minimum_version = context.maximum_version = version
    files = (str(papers.rose.chain), str(papers.rose.key), str(papers.ca_file))
    async with (
        asyncio.timeout(120),
        upstream(talk, behind) as url,  # type: ignore[arg-type]  # it awaits what it gets
        running(side, url, *files, program=PROGRAM) as program,
    ):
        yield Place(program, before)


def piece(side: str, number: int) -> bytes:
    """One of many pieces, no two of which are the same."""
    return hashlib.sha256(f"{side} {number}".encode()).digest() + PIECE[32:]


async def both(wire: Wire, side: str) -> list[str]:
    """Says 64 MiB and takes all there is, at once; what was said, and what was taken."""

    async def say() -> str:
        said = hashlib.sha256()
        for number in range(PIECES):
            said.update(piece(side, number))
            await wire.send(piece(side, number))
        await wire.end()
        return said.hexdigest()

    async with asyncio.TaskGroup() as group:
        saying, taking = group.create_task(say()), group.create_task(wire.rest())
    taken, end = taking.result()
    assert end == "an end"
    return [saying.result(), taken]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("version", VERSIONS)
async def test_64_mib_each_way_at_once(papers: Papers, side: str, version: ssl.TLSVersion) -> None:
    heard: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def talk(wire: Wire) -> None:
        heard.set_result(await both(wire, "upstream"))

    async with placed(papers, side, talk, version) as place, place.visit() as wire:
        before = place.program.memory()
        said = await both(await wire.begin(), "client")
        assert said == (await heard)[::-1]
        assert place.program.memory() - before < 8 * MIB


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("who", ["client", "upstream"])
async def test_who_takes_nothing_costs_no_memory_and_gets_all_of_it_later(
    papers: Papers, side: str, who: str
) -> None:
    reads = asyncio.Event()
    heard: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
    sent = hashlib.sha256()

    async def flood(wire: Wire) -> None:
        """Says so much that it has to wait, and goes on when the other side reads."""
        for number in range(PIECES):
            sent.update(piece(who, number))
            await wire.send(piece(who, number))
        await wire.end()

    async def take(wire: Wire) -> None:
        """Reads nothing, and then all."""
        await reads.wait()
        heard.set_result(await wire.rest())

    talk, say = (take, flood) if who == "upstream" else (flood, take)
    async with placed(papers, side, talk) as place, place.visit() as wire:
        before = place.program.memory()
        saying = asyncio.ensure_future(say(await wire.begin()))
        await asyncio.sleep(1)
        grown = place.program.memory() - before
        assert not reads.is_set()
        reads.set()
        assert await heard == (sent.hexdigest(), "an end")
        await saying
    assert grown < 4 * MIB, f"grown by {grown / MIB:.1f} MiB"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("side", SIDES)
async def test_idle_connections_cost_little_even_when_they_were_busy(
    papers: Papers, side: str
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < (needed := 2 * CONNECTIONS + 500):
        pytest.skip(f"needs {needed} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    sides = 2 if side == "both" else 1
    try:
        async with placed(papers, side, repeat) as place, contextlib.AsyncExitStack() as held:

            async def come(count: int, size: int) -> float:
                """So many clients, who stay; through each connection go so many bytes, each way.

                KiB that each of them costs.
                """
                before = place.program.memory()
                for _ in range(count):
                    wire = await (await held.enter_async_context(place.visit())).begin()
                    saying = asyncio.ensure_future(wire.send(bytes(size)))
                    await wire.reads(size)
                    await saying
                return (place.program.memory() - before) / count / 1024

            await come(100, 1)
            idle = await come(CONNECTIONS, 1)
            busy = await come(BUSY, MIB)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert idle <= MOST_EACH * sides, f"{idle:.0f} KiB each"
    assert busy <= MOST_AFTER * sides, f"{busy:.0f} KiB each that was busy"

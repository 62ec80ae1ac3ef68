"""Half a gigabyte through a proxy that may grow by 32 MiB: `make slow-test`."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.package.program import running
from tests.support.loopback import connection, listening

MEBIBYTE = 1_048_576
SIZE = 500 * MEBIBYTE
ALLOWED = 32 * MEBIBYTE
PIECE = b"x" * 65_536
WINDOW = 4 * MEBIBYTE
"""Bytes after which the slow side pauses until the fast side has run into its buffers."""

PATIENCE = 300.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="memory is read from /proc"
)


def peak(process: asyncio.subprocess.Process) -> int:
    """The most memory that the process has ever had resident, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


class Slow:
    """Reads a connection in windows; before each, waits until the writer has nothing left to do.

    The writer counts what it could hand over: when the count stands still, every buffer between the
    two is full.
    """

    def __init__(self) -> None:
        self.written = 0
        self.stood_still = 0

    async def buffers_are_full(self) -> None:
        """Returns when the writer has been stuck for some turns, or is done."""
        before = -1
        while self.written not in (before, SIZE):
            before = self.written
            await asyncio.sleep(0.02)
        self.stood_still += self.written != SIZE

    async def read(self, reader: asyncio.StreamReader, size: int) -> None:
        """Reads `size` bytes, slowly at first; after 40 windows as fast as they come."""
        for start in range(0, size, WINDOW):
            if start < 40 * WINDOW:
                await self.buffers_are_full()
            left = min(WINDOW, size - start)
            while left:
                piece = await reader.read(min(left, len(PIECE)))
                assert piece, f"{left} bytes of a window never came"
                left -= len(piece)

    async def write(self, writer: asyncio.StreamWriter) -> None:
        """Writes SIZE bytes, as fast as they are taken."""
        while self.written < SIZE:
            writer.write(PIECE)
            await writer.drain()
            self.written += len(PIECE)


async def test_a_large_download_to_a_slow_reader_is_never_held() -> None:
    slow = Slow()

    async def film(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % SIZE)
        await slow.write(writer)

    async with (
        listening(film) as url,
        running(url, PATIENCE) as (process, address),
        connection(address) as (reader, writer),
    ):
        before = peak(process)
        writer.write(b"GET /film HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await slow.read(reader, SIZE)
        grown = peak(process) - before

    assert slow.stood_still > 10, "the upstream was never made to wait"
    assert grown < ALLOWED, f"the proxy grew by {grown / MEBIBYTE:.1f} MiB"


async def test_a_large_upload_to_a_slow_upstream_is_never_held() -> None:
    slow = Slow()

    async def store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await slow.read(reader, SIZE)
        writer.write(HEAD % 2 + b"OK")

    async with (
        listening(store) as url,
        running(url, PATIENCE) as (process, address),
        connection(address) as (reader, writer),
    ):
        before = peak(process)
        writer.write(b"PUT /film HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % SIZE)
        await slow.write(writer)
        answer = await reader.readuntil(b"OK")
        grown = peak(process) - before

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert slow.stood_still > 10, "the client was never made to wait"
    assert grown < ALLOWED, f"the proxy grew by {grown / MEBIBYTE:.1f} MiB"


async def test_fifty_readers_that_stand_still_cost_little_each() -> None:
    full = asyncio.Semaphore(0)

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % (SIZE * SIZE))
        while True:
            writer.write(PIECE)
            try:
                async with asyncio.timeout(1.0):
                    await writer.drain()
            except TimeoutError:
                full.release()
                return

    async with (
        listening(endless) as url,
        running(url, PATIENCE) as (process, address),
        contextlib.AsyncExitStack() as clients,
    ):
        before = peak(process)
        for _ in range(50):
            _, writer = await clients.enter_async_context(connection(address))
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
            writer.write(b"GET /film HTTP/1.1\r\nHost: h\r\n\r\n")
        for _ in range(50):
            await full.acquire()
        each = (peak(process) - before) / 50

    assert each < 2 * MEBIBYTE, f"each of them costs {each / MEBIBYTE:.1f} MiB"

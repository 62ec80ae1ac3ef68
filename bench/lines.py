"""What lines cost: so many a second through one process, by how sure they are to arrive.

    python -m bench.lines [--rounds 3] [--lines 4000000]

One client sends lines of 66 bytes as fast as they are taken; two upstreams read them, and
acknowledge them where that is asked for. The proxy has one core to itself, they share the others.
A bare relay of the same bytes stands in the first row: no balancing of lines can be faster.

The spool writes to a temporary folder: what stands there depends on the disk under it.

A round is over when every line has been delivered, as the ledger has it; and the sum has to hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import platform
import selectors
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import click
import uvloop
from rich.console import Console
from rich.table import Table

from reverseproxy import LineProxy, Spool, Target, TcpProxy

LINE = b"x" * 65 + b"\n"
PIECE = LINE * 1000
UPSTREAMS = 2
LOOK = 0.01
"""Seconds between two looks whether all of it has arrived."""

PATIENCE = 120.0
"""Seconds that a round may take."""

PROCESSES = multiprocessing.get_context("spawn")

CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


@dataclass(frozen=True, slots=True)
class Speed:
    """Lines in a second, and in a second of the processor's time."""

    rate: float
    per_processor: float


class Upstream:
    """Reads lines, and acknowledges them, in a process of its own."""

    def __init__(self, *, acknowledges: bool) -> None:
        self._acknowledges = acknowledges
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.taken = PROCESSES.Value("q", 0)

    def run(self) -> None:
        """Works until it is killed."""
        away_from_the_proxy()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.sock, selectors.EVENT_READ, self._accept)
        self._buffer = memoryview(bytearray(1_048_576))
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _accept(self) -> None:
        connection, _ = self.sock.accept()
        counts = [0]
        read = partial(self._read, connection, counts)
        self._selector.register(connection, selectors.EVENT_READ, read)

    def _read(self, connection: socket.socket, counts: list[int]) -> None:
        count = connection.recv_into(self._buffer)
        if not count:
            self._selector.unregister(connection)
            connection.close()
            return
        counts[0] += count
        self.taken.value += count
        if self._acknowledges:
            connection.send(b"ACK %d\n" % (counts[0] // len(LINE)))


def away_from_the_proxy() -> None:
    """Leaves the first core to the proxy, where there is more than one."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Has this process run on the first core."""
    if CORES:
        os.sched_setaffinity(0, CORES[:1])
    try:
        yield
    finally:
        if CORES:
            os.sched_setaffinity(0, CORES)


def client(port: int, lines: int) -> None:
    """Sends so many lines."""
    away_from_the_proxy()
    with socket.create_connection(("127.0.0.1", port)) as sock:
        for _ in range(lines // 1000):
            sock.sendall(PIECE)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65_536):  # it says what it has; then all of it is safe
            pass


@contextlib.contextmanager
def process(work: Callable[..., None], *arguments: object) -> Iterator[None]:
    """Has it done beside this one, and ends it."""
    running = PROCESSES.Process(target=work, args=arguments, daemon=True)
    running.start()
    try:
        yield
    finally:
        running.kill()
        running.join()


KINDS: dict[str, Callable[[Target, str], LineProxy | TcpProxy]] = {
    "a bare relay": lambda target, folder: TcpProxy(target),
    "sent": lambda target, folder: LineProxy(target),
    "acknowledged": lambda target, folder: LineProxy(target, delivery="acknowledged"),
    "acknowledged, both sides": lambda target, folder: LineProxy(
        target, delivery="acknowledged", acknowledge=True
    ),
    "acknowledged, and spooled": lambda target, folder: LineProxy(
        target, delivery="acknowledged", acknowledge=True, store=Spool(folder)
    ),
}


def measured(kind: str, lines: int) -> Speed:
    """One round, all of it in this process but the load."""
    with contextlib.ExitStack() as open_:
        upstreams = [Upstream(acknowledges="acknowledged" in kind) for _ in range(UPSTREAMS)]
        for each in upstreams:
            open_.enter_context(each.sock)
            open_.enter_context(process(each.run))
        urls = [f"tcp://127.0.0.1:{each.sock.getsockname()[1]}" for each in upstreams]
        folder = open_.enter_context(tempfile.TemporaryDirectory())
        proxy = KINDS[kind](Target(urls), folder)
        return uvloop.run(timed(proxy, upstreams, lines))


async def timed(proxy: LineProxy | TcpProxy, upstreams: list[Upstream], lines: int) -> Speed:
    """From when the first lines are there to when the last one is."""
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    serving = asyncio.ensure_future(proxy.serve(listen=sock))
    await asyncio.sleep(0.2)
    with process(client, port, lines):
        begun = await reached(proxy, upstreams, 1)
        began, computed = time.perf_counter(), time.process_time()
        await reached(proxy, upstreams, lines)
        took, computed = time.perf_counter() - began, time.process_time() - computed
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    if isinstance(proxy, LineProxy) and proxy.lines.missing:
        raise RuntimeError(f"the sum does not hold: {proxy.lines}")
    return Speed((lines - begun) / took, (lines - begun) / computed)


async def reached(proxy: LineProxy | TcpProxy, upstreams: list[Upstream], lines: int) -> int:
    """Waits until so many lines have arrived, and returns how many have."""
    async with asyncio.timeout(PATIENCE):
        while (there := arrived(proxy, upstreams)) < lines:  # noqa: ASYNC110 - nobody can tell us
            await asyncio.sleep(LOOK)
    return there


def arrived(proxy: LineProxy | TcpProxy, upstreams: list[Upstream]) -> int:
    """Lines that have been delivered, as the proxy has it; a relay has no idea."""
    if isinstance(proxy, LineProxy):
        return proxy.lines.delivered
    taken: int = sum(each.taken.value for each in upstreams)
    return taken // len(LINE)


@click.command(help="Measures how many lines go through, by how sure they are to arrive.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--lines", default=6_000_000, show_default=True, type=click.IntRange(2_000_000))
def main(rounds: int, lines: int) -> None:
    """Prints a table."""
    lines -= lines % 1000
    with one_core():
        found = [{kind: measured(kind, lines) for kind in KINDS} for _ in range(rounds)]
    table = Table("lines of 66 bytes", "million a second", "million a CPU second", "to the relay")
    for kind in KINDS:
        rate = statistics.median(each[kind].rate for each in found)
        cpu = statistics.median(each[kind].per_processor for each in found)
        ratio = statistics.median(each[kind].rate / each["a bare relay"].rate for each in found)
        table.add_row(kind, f"{rate / 1e6:.2f}", f"{cpu / 1e6:.2f}", f"{ratio:.2f}")
    console = Console()
    console.print(f"medians of {rounds} rounds, one core; Python {platform.python_version()}")
    console.print(table)


if __name__ == "__main__":
    main()

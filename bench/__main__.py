"""What a hop costs: the same requests straight to an upstream, and through the proxy.

    python -m bench [--requests 2000] [--rounds 3]

The upstream, the proxy and the client are a process each. Compare what stands in one table: the
numbers of another machine, or of another minute, are other numbers.

A second table says what finding the target costs: `Mux.match` among 10, 1,000 and 10,000 routes.

A third says what choosing an upstream costs with each policy, among 10, 1,000 and 10,000 of them.

A fourth says what it costs to ask 1,000 upstreams how they are, one every two milliseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import platform
import socket
import statistics
from collections.abc import Callable, Iterator

import click
import uvloop
from rich.console import Console
from rich.table import Table

from bench.load import Load, OneKibibyte, drive
from bench.mux import matching
from bench.policies import picking
from bench.probes import kinds, listening, many, probing
from reverseproxy import ReverseProxy


def upstream(sock: socket.socket) -> None:
    """The process of the upstream."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(OneKibibyte, sock=sock)
        await server.serve_forever()

    uvloop.run(serve())


def proxy(sock: socket.socket, url: str) -> None:
    """The process of the proxy."""
    app = ReverseProxy()
    app.add_target(url)
    uvloop.run(app.serve(listen=sock))


@contextlib.contextmanager
def running(target: Callable[..., None], *arguments: str) -> Iterator[int]:
    """Runs `target(socket, *arguments)` in a process; yields the socket's port."""
    fork = multiprocessing.get_context("fork")
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as sock:
        process = fork.Process(target=target, args=(sock, *arguments), daemon=True)
        process.start()
        try:
            yield int(sock.getsockname()[1])
        finally:
            process.kill()
            process.join()


def measured(port: int, connections: int, requests: int) -> Load:
    """One round, after a short one that warms up."""

    async def round_() -> Load:
        await drive("127.0.0.1", port, connections=connections, requests=connections * 5)
        return await drive("127.0.0.1", port, connections=connections, requests=requests)

    return uvloop.run(round_())


def matches() -> Table:
    """What `Mux.match` costs."""
    sizes = (10, 1_000, 10_000)
    table = Table("a match by", *(f"{routes:,} routes, µs" for routes in sizes))
    columns = [dict(matching(routes)) for routes in sizes]
    for kind in columns[0]:
        table.add_row(kind, *(f"{column[kind]:.1f}" for column in columns))
    return table


def picks() -> Table:
    """What choosing an upstream costs."""
    sizes = (10, 1_000, 10_000)
    columns = (f"{size:,}: pick and release, lease, µs" for size in sizes)
    table = Table("policy", *columns, "10,000 by 10")
    for row in zip(*(picking(size) for size in sizes), strict=True):
        name, few, _ = row[0]
        costs = (f"{pick:.2f}, {lease:.2f}" for _, pick, lease in row)
        table.add_row(name, *costs, f"{row[-1][1] / few:.1f}")
    return table


def probes(count: int, interval: float, seconds: float) -> Table:
    """What active health costs."""
    fork = multiprocessing.get_context("fork")
    table = Table("probe", "probes/s", "of a core", "µs each", "lag, median", "lag, worst", "up")
    with contextlib.ExitStack() as open_:
        socks = [open_.enter_context(sock) for sock in listening(count)]
        process = fork.Process(target=many, args=(socks,), daemon=True)
        process.start()
        open_.callback(process.kill)
        ports = [sock.getsockname()[1] for sock in socks]
        idle = 0.0
        for kind, probe in kinds().items():
            cost = probing(ports, probe, interval, seconds)
            idle = idle or cost.core
            each = (cost.core - idle) / cost.probes * 1e6 if cost.probes else 0.0
            table.add_row(
                kind,
                f"{cost.probes:,.0f}",
                f"{cost.core:.1%}",
                f"{each:.0f}",
                f"{cost.median_lag:.2f} ms",
                f"{cost.worst_lag:.2f} ms",
                f"{cost.up:,}",
            )
    return table


@click.command(help="Measures what a hop costs: straight to the upstream, and through the proxy.")
@click.option("--requests", default=2000, show_default=True, help="Requests in a round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median is shown.")
def main(requests: int, rounds: int) -> None:
    """Prints four tables."""
    table = Table("connections", "straight, requests/s", "through the proxy", "ratio", "failed")
    with running(upstream) as up, running(proxy, f"http://127.0.0.1:{up}") as through:
        for connections in (1, 16, 64):
            pairs = [
                (measured(up, connections, requests), measured(through, connections, requests))
                for _ in range(rounds)
            ]
            straight = statistics.median(a.rate for a, _ in pairs)
            hop = statistics.median(b.rate for _, b in pairs)
            failed = sum(b.failed for _, b in pairs)
            table.add_row(
                str(connections),
                f"{straight:,.0f}",
                f"{hop:,.0f}",
                f"{hop / straight:.3f}",
                str(failed),
            )
    console = Console()
    console.print(f"1 KiB, keep-alive, one process each; Python {platform.python_version()}")
    console.print(table)
    console.print(matches())
    console.print(picks())
    console.print("1,000 upstreams in one process, each probed every two seconds, for ten seconds")
    console.print(probes(1_000, interval=2.0, seconds=10.0))


if __name__ == "__main__":
    main()

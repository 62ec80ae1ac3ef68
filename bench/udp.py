"""What balancing datagrams costs: this proxy beside nginx, round trips of 100 bytes.

    python -m bench.udp [--rounds 9] [--seconds 1] [--clients 64]

One process each, between one client program and one upstream, which are written in C. Both have
their turn in each round, and what counts is the ratio in the same round, and of those the median.

Clients keep their sessions, or each answer ends one (responses=1), as with DNS: then every datagram
makes a session anew.
"""

import asyncio
import contextlib
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.table import Table

from bench.compare.__main__ import processor
from bench.relays.contenders import NGINX, REFERENCE, Missing
from bench.relays.measuring import compiled, free_ports, processor_time, running, said
from reverseproxy import Target, UdpProxy

NGINX_SERVER = "server {{ listen 127.0.0.1:{port} udp; proxy_pass 127.0.0.1:{upstream}; {how} }}"

Ports = tuple[int, int]
"""Where sessions are kept, and where each answer ends one."""

WARMING = 0.3
"""Seconds of each before the first round; until there is an answer, at least."""

Round = tuple[float, float]
"""Round trips a second, and the processor's time for each in seconds."""

Rounds = Sequence[dict[str, tuple[Round, Round]]]
"""Each round: by proxy, with sessions that are kept, and with sessions that are not."""


class Proxy:
    """A proxy that runs, between our clients and our upstream."""

    def __init__(self, pid: int, load: Path, ports: Ports, clients: int) -> None:
        self._pid, self._load, self._ports, self._clients = pid, load, ports, clients

    def measured(self, seconds: float) -> tuple[Round, Round]:
        """One round. Raises RuntimeError when nothing came back."""
        kept, once = self._ports
        return self._measured(kept, seconds), self._measured(once, seconds)

    def _measured(self, port: int, seconds: float) -> Round:
        before = processor_time(self._pid)
        words = (str(port), str(self._clients), str(seconds))
        rate, count = said(str(self._load), "datagrams", *words).split()
        if count == "0":
            raise RuntimeError(f"nothing came back from port {port}")
        return float(rate), (processor_time(self._pid) - before) / float(count)


def nginx(folder: Path, ports: Ports, upstream: int) -> list[str]:
    """What runs it; its file is written. Raises Missing."""
    servers = "\n".join(
        NGINX_SERVER.format(port=port, upstream=upstream, how=how)
        for port, how in zip(ports, ("", "proxy_responses 1;"), strict=True)
    )
    text = NGINX.format(folder=folder, module=REFERENCE.module(), servers=servers)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return ["nginx", "-e", "stderr", "-c", str(folder / "nginx.conf")]


def ours(ports: Ports, upstream: int) -> list[str]:
    """What runs this proxy."""
    return [sys.executable, "-m", "bench.udp", "serve", *map(str, ports), str(upstream)]


@contextlib.contextmanager
def proxies(clients: int) -> Iterator[dict[str, Proxy]]:
    """Runs both. Raises Missing."""
    with contextlib.ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory()))
        load = compiled(folder)
        upstream, a, b, c, d = open_.enter_context(free_ports(5))
        open_.enter_context(running([str(load), "repeat", str(upstream)], folder / "upstream.log"))
        commands = {
            "nginx stream": ((a, b), nginx(folder, (a, b), upstream)),
            "this proxy": ((c, d), ours((c, d), upstream)),
        }
        found = {}
        for name, (ports, command) in commands.items():
            pid = open_.enter_context(running(command, folder / f"{name}.log"))
            found[name] = Proxy(pid, load, ports, clients)
        for proxy in found.values():
            warm(proxy)
        yield found


def warm(proxy: Proxy) -> None:
    """Waits until it serves. Raises RuntimeError when it never does."""
    for _ in range(50):
        with contextlib.suppress(RuntimeError):
            proxy.measured(WARMING)
            return
        time.sleep(0.1)
    proxy.measured(WARMING)


def shown(rounds: Rounds) -> Table:
    """Medians, each with the median of the ratios to nginx in the same round."""
    table = Table("", "sessions kept, 1/s", "CPU, µs", "a session each, 1/s", "CPU, µs")
    for name in rounds[0]:
        cells = []
        for kind in (0, 1):
            cells.append(cell(rounds, name, kind, 0, 1, "{:,.0f}"))
            cells.append(cell(rounds, name, kind, 1, 1e6, "{:.1f}"))
        table.add_row(name, *cells)
    return table


def cell(rounds: Rounds, name: str, kind: int, what: int, unit: float, text: str) -> str:
    """A median, and the median of the ratios to nginx."""
    found = [each[name][kind][what] for each in rounds]
    nginxs = [each["nginx stream"][kind][what] for each in rounds]
    ratios = [one / max(other, 1e-9) for one, other in zip(found, nginxs, strict=True)]
    return f"{text.format(statistics.median(found) * unit)} ({statistics.median(ratios):.2f})"


@click.group(
    invoke_without_command=True, help="Measures what balancing datagrams costs, beside nginx."
)
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(1))
@click.option("--seconds", default=1.0, show_default=True, help="Of each measurement.")
@click.option("--clients", default=64, show_default=True, type=click.IntRange(1, 10_000))
@click.pass_context
def main(context: click.Context, rounds: int, seconds: float, clients: int) -> None:
    """Prints a table."""
    if context.invoked_subcommand:
        return
    console = Console()
    console.print(f"{processor()}; Linux {platform.release()}; Python {platform.python_version()}")
    try:
        with proxies(clients) as them:
            found = [
                {name: proxy.measured(seconds) for name, proxy in them.items()}
                for _ in range(rounds)
            ]
        what = f"100 bytes there and back, {clients} clients"
        console.print(f"{what}; medians of {rounds} rounds (ratio to nginx)")
        console.print(shown(found))
    except Missing as missing:
        console.print(f"Nothing is measured. What that needs: {missing}")


@main.command()
@click.argument("kept")
@click.argument("once")
@click.argument("upstream")
def serve(kept: str, once: str, upstream: str) -> None:
    """Runs this proxy."""

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            for port, responses in ((kept, None), (once, 1)):
                target = Target([f"udp://127.0.0.1:{upstream}"])
                proxy = UdpProxy(target, responses=responses)
                group.create_task(proxy.serve(listen=f"127.0.0.1:{port}"))

    uvloop.run(both())


if __name__ == "__main__":
    main()

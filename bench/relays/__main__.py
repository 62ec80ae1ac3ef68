"""What relaying costs: this proxy beside nginx, HAProxy and three short programs of asyncio.

    python -m bench.relays [--rounds 5] [--seconds 1] [--gigabytes 2] [--idle 5000]

One process each, between one client and one upstream, which are written in C. All have their turn
in each round, and what counts is the ratio to nginx in the same round, and of those the median:
other programs on the machine make every number worse, but hardly the ratios.

What TCP itself costs depends on its congestion control. bbr sets timers for what it sends; their
work is counted as the relay's, and hides what relays differ in. A network of one's own can do
without, for whoever may make one:

    unshare -n sh -c "ip link set lo up
        sysctl -w net.ipv4.tcp_congestion_control=reno; .venv/bin/python -m bench.relays"
"""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.compare.__main__ import processor
from bench.relays.contenders import CONTENDERS, REFERENCE, Contender, Missing
from bench.relays.measuring import Amounts, Cost, Relay, relays

Rounds = Sequence[dict[str, dict[str, Cost]]]
"""Each round: by relay, by what was measured."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is measured, what of it, in which unit, and how it is written."""

    title: str
    what: str
    of: Callable[[Cost], float]
    unit: float
    text: str


def rate(title: str, what: str) -> Column:
    """How much there is in a second."""
    return Column(title, what, lambda cost: cost.rate, 1, "{:,.0f}")


def each(what: str) -> Column:
    """The processor's time for one."""
    return Column("CPU each, µs", what, lambda cost: cost.each, 1e6, "{:.1f}")


BULK = Column("bulk: CPU a GB, ms", "bulk", lambda cost: cost.each, 1e12, "{:,.0f}")

FLOWING = (BULK, rate("1 KiB there and back, 1/s", "ping"), each("ping"))

OPENING = (
    rate("new connections, 1/s", "end"),
    each("end"),
    rate("the same, reset, 1/s", "reset"),
    each("reset"),
)


def congestion_control() -> str:
    """What Linux decides by how fast it sends; unknown where it does not say."""
    setting = Path("/proc/sys/net/ipv4/tcp_congestion_control")
    return setting.read_text(encoding="utf-8").strip() if setting.exists() else "unknown"


def present(console: Console) -> list[Contender]:
    """The relays that can be run here; the others are named."""
    found = []
    for contender in CONTENDERS:
        try:
            console.print(f"{contender.name}: {contender.version()}", highlight=False)
        except Missing as missing:
            console.print(f"{contender.name} is left out. What it needs: {missing}")
        else:
            found.append(contender)
    return found


def measured(running: dict[str, Relay], rounds: int, amounts: Amounts) -> Rounds:
    """All have their turn in each round; a first one, which warms up, does not count."""
    short = Amounts(amounts.seconds / 4, amounts.size / 4, 0)
    for relay in running.values():
        relay.measured(short)
    return [
        {name: relay.measured(amounts) for name, relay in running.items()} for _ in range(rounds)
    ]


def shown(rounds: Rounds, columns: Sequence[Column], by: Column) -> Table:
    """Medians, each with the median of the ratios to nginx in the same round; the least first."""
    table = Table()
    table.add_column(no_wrap=True)
    for column in columns:
        table.add_column(column.title)
    for name in sorted(rounds[0], key=lambda name: ratio(rounds, name, by) or 0.0):
        table.add_row(name, *(cell(rounds, name, column) for column in columns))
    return table


def cell(rounds: Rounds, name: str, column: Column) -> str:
    """Without a ratio where there is none."""
    found = statistics.median(column.of(each[name][column.what]) for each in rounds)
    text = column.text.format(found * column.unit)
    to_nginx = ratio(rounds, name, column)
    return text if to_nginx is None else f"{text} ({to_nginx:.2f})"


def ratio(rounds: Rounds, name: str, column: Column) -> float | None:
    """None where there is no nginx, or where what it costs was too little to be measured."""
    pairs = [
        (column.of(each[name][column.what]), column.of(each[REFERENCE.name][column.what]))
        for each in rounds
        if REFERENCE.name in each
    ]
    found = [one / reference for one, reference in pairs if reference]
    return statistics.median(found) if found else None


def held(running: dict[str, Relay], connections: int) -> Table:
    """What connections cost that do nothing."""
    table = Table(f"{connections:,} idle connections", "KiB each")
    for name, relay in running.items():
        table.add_row(name, f"{relay.idle(connections) / 1024:.1f}")
    return table


@click.command(help="Measures what relays cost: this proxy, nginx, HAProxy, and asyncio's ways.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1))
@click.option("--seconds", default=1.0, show_default=True, help="Of each measurement.")
@click.option("--gigabytes", default=2.0, show_default=True, help="Sent one way.")
@click.option("--idle", default=5000, show_default=True, help="Connections that do nothing.")
def main(rounds: int, seconds: float, gigabytes: float, idle: int) -> None:
    """Prints three tables."""
    console = Console()
    amounts = Amounts(seconds, gigabytes * 1e9, idle)
    console.print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {processor()}; Linux {platform.release()}, "
        f"congestion control {congestion_control()}"
    )
    try:
        with relays(present(console)) as running:
            # Before all else: later they have memory that they once needed.
            memory = held(running, idle)
            before = os.getloadavg()[0]
            found = measured(running, rounds, amounts)
            load = f"{before:.1f} to {os.getloadavg()[0]:.1f}"
            console.print(f"medians of {rounds} rounds (ratio to nginx); load average {load}")
            console.print(shown(found, FLOWING, by=FLOWING[0]))
            console.print(shown(found, OPENING, by=OPENING[1]))
            console.print(memory)
    except Missing as missing:
        console.print(f"Relays are not measured. What that needs: {missing}")


if __name__ == "__main__":
    main()

"""What relaying costs: this proxy beside nginx, HAProxy and three short programs of asyncio.

    python -m bench.relays [--rounds 5] [--seconds 1] [--gigabytes 2] [--idle 5000]

One process each, between one client and one upstream, which are written in C. All have their turn
in each round, and what counts is the ratio to nginx in the same round, and of those the median:
other programs on the machine make every number worse, but hardly the ratios.
"""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from bench.compare.__main__ import processor
from bench.relays.contenders import CONTENDERS, REFERENCE, Contender, Missing
from bench.relays.measuring import Amounts, Cost, Relay, relays

Rounds = Sequence[dict[str, dict[str, Cost]]]
"""Each round: by relay, by what was measured."""

COLUMNS: dict[str, tuple[str, Callable[[Cost], float], float, str]] = {
    "bulk: CPU a GB, ms": ("bulk", lambda cost: cost.each, 1e12, "{:,.0f}"),
    "ping: 1/s": ("ping", lambda cost: cost.rate, 1, "{:,.0f}"),
    "CPU each, us": ("ping", lambda cost: cost.each, 1e6, "{:.1f}"),
    "new: 1/s": ("end", lambda cost: cost.rate, 1, "{:,.0f}"),
    "CPU each, us ": ("end", lambda cost: cost.each, 1e6, "{:.0f}"),
    "new, reset: 1/s": ("reset", lambda cost: cost.rate, 1, "{:,.0f}"),
    "CPU each, us  ": ("reset", lambda cost: cost.each, 1e6, "{:.0f}"),
}
"""What is measured, what of it, in which unit, and how it is written."""


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


def shown(rounds: Rounds) -> Table:
    """Medians; below each, in brackets, the median of the ratios to nginx in the same round."""
    table = Table("", *COLUMNS)
    for name in rounds[0]:
        cells = []
        for what, of, unit, text in COLUMNS.values():
            value = statistics.median(of(each[name][what]) for each in rounds)
            cells.append(text.format(value * unit) + ratio(rounds, name, what, of))
        table.add_row(name, *cells)
    return table


def ratio(rounds: Rounds, name: str, what: str, of: Callable[[Cost], float]) -> str:
    """The median of the ratios, where nginx is there and what it costs can be measured."""
    pairs = [
        (of(each[name][what]), of(each[REFERENCE.name][what]))
        for each in rounds
        if REFERENCE.name in each
    ]
    found = [one / reference for one, reference in pairs if reference]
    return f" ({statistics.median(found):.2f})" if found else ""


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
    """Prints two tables."""
    console = Console()
    amounts = Amounts(seconds, gigabytes * 1e9, idle)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {processor()}; {platform.release()}")
    try:
        with relays(present(console)) as running:
            before = os.getloadavg()[0]
            console.print(shown(measured(running, rounds, amounts)))
            load = f"{before:.1f} to {os.getloadavg()[0]:.1f}"
            console.print(f"medians of {rounds} rounds (ratio to nginx); load average {load}")
            console.print(held(running, idle))
    except Missing as missing:
        console.print(f"Relays are not measured. What that needs: {missing}")


if __name__ == "__main__":
    main()

"""A run on the terminal: tables, a small plot, and the log of what changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chapters.simulation.measures import clients, series, shares
from chapters.simulation.world import Run

PARTS = 50
"""Columns of the plot."""

FEW = 4
"""Upstreams that have a column each."""

BLOCKS = " ▁▂▃▄▅▆▇█"


def report(console: Console, run: Run) -> None:
    """Prints all of it."""
    console.print(upstreams_table(run))
    console.print(clients_table(run))
    plot(console, run)
    log(console, run)


def upstreams_table(run: Run) -> Table:
    table = columns("upstream", "requests", "tries", "share", "failures", "p50", "p99", "busy")
    for number, own in enumerate(shares(run), 1):
        table.add_row(
            str(number), str(own.first), str(own.tries), f"{own.share:.1%}", str(own.failures),
            duration(own.p50), duration(own.p99), f"{own.busy:.0%}",
        )  # fmt: skip
    return table


def clients_table(run: Run) -> Table:
    table, all_of_them = (
        columns("clients", "requests", "errors", "retries", "p50", "p99"),
        clients(run),
    )
    table.add_row(
        "all", str(all_of_them.requests), str(all_of_them.errors), str(all_of_them.retries),
        duration(all_of_them.p50), duration(all_of_them.p99),
    )  # fmt: skip
    return table


def compare(console: Console, runs: Sequence[Run]) -> None:
    """Prints runs that differ in their policy alone: what clients had, and the shares of all tries.

    Of many upstreams, only those with the least and with the most.
    """
    few = runs[0].settings.upstreams <= FEW
    heads = range(1, runs[0].settings.upstreams + 1) if few else ("least", "most")
    table = columns("policy", "p50 ms", "p99 ms", "errors", "retries", *map(str, heads))
    for run in runs:
        had, parts = clients(run), [own.share for own in shares(run)]
        table.add_row(
            run.settings.policy, duration(had.p50, ""), duration(had.p99, ""), str(had.errors),
            str(had.retries),
            *(f"{part:.0%}" for part in (parts if few else (min(parts), max(parts)))),
        )  # fmt: skip
    console.print(table)
    console.print(Text(f"{len(runs[0].requests)} requests; the last columns: {which(few)}"))


def which(few: bool) -> str:
    return "each upstream's share" if few else "the least and the greatest share of an upstream"


def columns(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def duration(seconds: float | None, unit: str = " ms") -> str:
    """In milliseconds; a dash when there was nothing to measure."""
    return "-" if seconds is None else f"{seconds * 1000:.1f}{unit}"


def plot(console: Console, run: Run) -> None:
    """What came to each upstream over time, all to one scale; and the errors, to the same."""
    rows = series(run, PARTS)
    most = max(max(row.rates) for row in rows)
    for row in rows:
        bars = "".join(bar(rate, most) for rate in row.rates)
        words = f"{row.name:<12} │{bars}│ at most {max(row.rates):g}/s"
        console.print(Text(words, "red" if row.name == "errors" else ""), soft_wrap=True)
    width = len(f"{run.settings.duration:g} s")
    console.print(Text(f"{'':13} 0 s{'':{PARTS - 2 - width}}{run.settings.duration:g} s"))
    console.print()


def bar(rate: float, most: float) -> str:
    """A block as high as a rate is, where `most` is the highest; not nothing for something."""
    if rate == 0 or most == 0:
        return BLOCKS[0]
    return BLOCKS[max(1, round(rate / most * (len(BLOCKS) - 1)))]


def log(console: Console, run: Run) -> None:
    """What was done to upstreams, and what the package said."""
    for line in run.log:
        words = Text(f"{line.at:9.3f} s  {line.what}", "bold" if line.is_fault else "")
        console.print(words, soft_wrap=True)

"""A run on the terminal: tables, a small plot, and the log of what changed."""

from __future__ import annotations

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chapters.simulation.measures import clients, series, shares
from chapters.simulation.world import Run

PARTS = 50
"""Columns of the plot."""

BLOCKS = " ▁▂▃▄▅▆▇█"


def report(console: Console, run: Run) -> None:
    """Prints all of it."""
    console.print(upstreams_table(run))
    console.print(clients_table(run))
    plot(console, run)
    log(console, run)


def upstreams_table(run: Run) -> Table:
    table = columns("upstream", "requests", "tries", "share", "failures", "p50", "p99")
    for number, own in enumerate(shares(run), 1):
        table.add_row(
            str(number), str(own.first), str(own.tries), f"{own.share:.1%}", str(own.failures),
            duration(own.p50), duration(own.p99),
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


def columns(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def duration(seconds: float | None) -> str:
    """In milliseconds; a dash when there was nothing to measure."""
    return "-" if seconds is None else f"{seconds * 1000:.1f} ms"


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

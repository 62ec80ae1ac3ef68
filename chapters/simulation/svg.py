"""A run as a picture: what came to each upstream over time, and the errors of the clients."""

from __future__ import annotations

import html
from collections.abc import Iterator

from chapters.simulation.measures import Series, clients, series
from chapters.simulation.world import Run

PARTS = 60
WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 56, 56
"""What is left free around the plot, for the words."""

LINES = (
    ("#0072b2", "#56b4e9", ""),
    ("#b35900", "#e69f00", "8 4"),
    ("#00734d", "#2fc495", "2 3"),
    ("#8a3f70", "#dd9fc4", "10 3 2 3"),
    ("#5c5c00", "#d9cf3f", "5 2"),
)
"""Colours that colour-blind eyes tell apart, on light and on dark ground; and dashes besides."""

ERRORS = ("#c02f00", "#ff8f6b", "1 0")

STYLE = """\
svg { font: 13px system-ui, sans-serif; background: var(--ground) }
svg { --ground: #fff; --ink: #24272b; --faint: #ccc }
text { fill: var(--ink) } .title { font-size: 16px; font-weight: 600 }
.axis { stroke: var(--ink); fill: none } .grid { stroke: var(--faint); fill: none }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.fault { stroke: var(--ink); stroke-dasharray: 3 3 } .end { text-anchor: end }
.middle { text-anchor: middle } .errors { stroke-width: 4 }
"""


def plot(run: Run) -> str:
    """The text of an SVG file. It is the same whenever the run is."""
    rows = series(run, PARTS)
    most = ceiling(max(max(row.rates) for row in rows))
    told = clients(run)
    title = f"Tries a second at each upstream ({run.settings.policy}, seed {run.settings.seed})"
    about = (
        f"{told.requests} requests in {run.settings.duration:g} seconds to"
        f" {run.settings.upstreams} upstreams; {told.errors} ended in errors."
    )
    inside = "".join([*grid(run, most), *faults(run), *lines(rows, most), *legend(rows)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="title about"><title id="title">{html.escape(title)}</title>'
        f'<desc id="about">{html.escape(about)}</desc><style>{style(len(rows) - 1)}</style>\n'
        f"{words(title, LEFT, 28, 'title')}{inside}</svg>\n"
    )


def style(upstreams: int) -> str:
    """The style sheet, for light and for dark ground."""
    light, dark = "", "svg { --ground: #15191c; --ink: #dedad1; --faint: #444 }"
    for number in range(upstreams + 1):
        one, other, _ = look(number, upstreams)
        light += f".s{number} {{ stroke: {one} }}\n"
        dark += f" .s{number} {{ stroke: {other} }}"
    return f"{STYLE}{light}@media (prefers-color-scheme: dark) {{ {dark} }}\n"


def look(number: int, upstreams: int) -> tuple[str, str, str]:
    """Colours and dashes of a line; the last one is that of the errors."""
    return ERRORS if number == upstreams else LINES[number % len(LINES)]


def ceiling(value: float) -> float:
    """The next round number: 1, 2 or 5 with noughts."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if value <= factor * step:
                return factor * step
        step *= 10


def across(part: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * part


def up(part: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part


def words(text: str, x: float, y: float, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{html.escape(text)}</text>\n'


def grid(run: Run, most: float) -> Iterator[str]:
    """Axes with their numbers and names."""
    right, bottom = across(1), up(0)
    for quarter in range(5):
        y, x = up(quarter / 4), across(quarter / 4)
        yield f'<path class="grid" d="M{LEFT} {y:g}H{right:g}"/>'
        yield words(f"{most * quarter / 4:g}", LEFT - 8, y + 4, "end")
        yield words(f"{run.settings.duration * quarter / 4:g}", x, bottom + 20, "middle")
    yield f'<path class="axis" d="M{LEFT} {TOP}V{bottom:g}H{right:g}"/>\n'
    yield words("seconds", (LEFT + right) / 2, bottom + 42, "middle")
    yield words("a second", 8, TOP - 10)


def faults(run: Run) -> Iterator[str]:
    """A line for each thing that was done to an upstream."""
    for row, fault in enumerate(run.settings.faults):
        x = across(min(fault.at / run.settings.duration, 1))
        yield f'<path class="fault" d="M{x:g} {TOP}V{up(0):g}"/>'
        yield words(f"{fault.way} {fault.upstream}", x + 5, TOP + 14 + 16 * (row % 4))


def lines(rows: list[Series], most: float) -> Iterator[str]:
    for number, row in enumerate(rows):
        points = " ".join(
            f"{across((part + 0.5) / PARTS):.1f},{up(rate / most):.1f}"
            for part, rate in enumerate(row.rates)
        )
        yield f'<polyline {shape(number, len(rows) - 1)} points="{points}"/>\n'


def shape(number: int, upstreams: int) -> str:
    """The attributes of a line."""
    kind = "line errors" if number == upstreams else "line"
    return f'class="{kind} s{number}" stroke-dasharray="{look(number, upstreams)[2] or "none"}"'


def legend(rows: list[Series]) -> Iterator[str]:
    """The names of the lines, at the right."""
    x = across(1) + 16
    for number, row in enumerate(rows[-12:], max(len(rows) - 12, 0)):
        y = TOP + 10 + 22 * (number - max(len(rows) - 12, 0))
        yield f'<path {shape(number, len(rows) - 1)} d="M{x:g} {y:g}h30"/>'
        yield words(row.name, x + 38, y + 4)

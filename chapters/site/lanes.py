"""The lanes of a trace as SVG: what stands in them, what they came to, and the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chapters.figures.trace import BARS, SIGNS, Entry, Lane, Trace
from chapters.site.boxes import Box, Layout
from chapters.site.markup import tag
from chapters.site.rows import above, legend_rows, legend_width, score_lines
from chapters.site.shapes import path, rectangle, text

State = dict[str, Any]

TICKS = (1, 2, 5, 10, 15, 30, 60)
"""Seconds that may lie between two numbers of the axis."""


def lanes_part(trace: Trace, state: State, layout: Layout) -> Iterator[str]:
    """Everything about the lanes; nothing when there are none."""
    if not trace.lanes:
        return
    for lane in trace.lanes:
        yield lane_part(trace, lane, state["scores"][lane.id], layout)
    yield axis(trace, layout)
    first, end = state["entries"]
    for number, entry in enumerate(trace.entries()):
        hidden = None if first <= number < end else "hidden"
        yield tag(
            "g",
            entry_part(trace, entry, layout),
            class_=f"entry entry-{entry.kind}",
            data_entry="",
            visibility=hidden,
        )
    yield now(trace, state["now"], layout)
    yield from legend(trace, layout)


def lane_part(trace: Trace, lane: Lane, score: list[str], layout: Layout) -> str:
    """The ground of a lane, its name and what it came to; and the height of its highest bar."""
    row = layout.rows[lane.id]
    drawn = [path(f"M{row.x:g} {row.bottom:g}H{row.right:g}", "ground")]
    scale = "" if lane.highest is None else f"{lane.highest:g} {lane.unit}".strip()
    if lane.highest is not None:
        drawn.append(path(f"M{row.x:g} {row.y:g}H{row.right:g}", "top"))
    lines = score_lines(trace, lane)
    if layout.upright:
        drawn.append(text(lane.name, row.x, row.y + 16 - above(trace, lane), "strong"))
        drawn.append(text(scale, row.right, row.y + 16 - above(trace, lane), "quiet end"))
        if lines:
            drawn.append(text(" ".join(score), row.x, row.y - 8, "score", data_score=""))
    else:
        middle = row.middle[1] + 5
        drawn.append(text(lane.name, 1, middle, "strong"))
        drawn.append(text(scale, row.x - 8, row.y + 10, "quiet end"))
        for number in range(lines):
            line = score[number] if number < len(score) else ""
            height = middle + 19 * (number - (lines - 1) / 2)
            drawn.append(text(line, row.right + 12, height, "score", data_score=""))
    return tag("g", "".join(drawn), class_="lane", data_lane=lane.id)


def x_of(trace: Trace, row: Box, moment: float) -> float:
    return row.x + row.width * moment / trace.span


def entry_part(trace: Trace, entry: Entry, layout: Layout) -> str:
    """One entry in its place."""
    row, lane = layout.rows[entry.lane], trace.lane(entry.lane)
    begin, end = (x_of(trace, row, moment) for moment in (entry.begin, entry.end))
    if entry.kind in SIGNS:
        return sign(entry.kind, begin, row.bottom - 11)
    if entry.kind in BARS:
        height = max(row.height * entry.value / (lane.highest or 1), 2 if entry.value else 0)
        return bar(entry.kind, Box(begin, row.bottom - height, max(end - begin, 3), height))
    return span(entry.kind, Box(begin, row.y + 2, end - begin, row.height - 4))


def sign(kind: str, x: float, y: float) -> str:
    """A ring for what went well, a cross for what did not."""
    if kind == "lost":
        return path("M-3 -3 3 3M3 -3 -3 3", "point", round(x, 1), y)
    return tag("circle", "", cx=f"{x:.1f}", cy=f"{y:g}", r="2.2", class_="point")


def bar(kind: str, box: Box) -> str:
    """A bar; one of tries after the first is hatched."""
    box = Box(round(box.x, 1), round(box.y, 1), round(box.width, 1), round(box.height, 1))
    if kind != "again":
        return rectangle(box, "body")
    inner = Box(box.x + 1, box.y, box.width - 2, box.height)
    return rectangle(box, "body") + path(slashes(inner), "hatch")


def span(kind: str, box: Box) -> str:
    """A state that lasts. Each kind has a form besides its colour."""
    left = round(box.x)  # whole pixels, so that what adjoins shows no seam
    box = Box(left, box.y, round(box.right) - left + 0.5, box.height)
    if kind == "out":
        edges = f"M{box.x:g} {box.y:g}h{box.width:g}M{box.x:g} {box.bottom:g}h{box.width:g}"
        return path(edges, "edges")
    if kind == "trial":
        return rectangle(Box(box.x, box.y + 5, max(box.width, 5), box.height - 10), "body")
    drawn = rectangle(box, "body")
    return drawn + path(slashes(box), "hatch") if kind == "bad" else drawn


def slashes(box: Box) -> str:
    """Strokes from lower left to upper right that fill a box, at places that all boxes share."""
    step = 6
    drawn, begin = [], int((box.x - box.height) // step) * step
    for foot in range(begin, int(box.right) + step, step):
        low = max(box.x, foot)
        high = min(box.right, foot + box.height)
        if high > low:
            y1, y2 = box.bottom - (low - foot), box.bottom - (high - foot)
            drawn.append(f"M{low:g} {y1:g}L{high:g} {y2:g}")
    return "".join(drawn)


def axis(trace: Trace, layout: Layout) -> str:
    """The seconds below the last lane, or the names of its parts."""
    rows = list(layout.rows.values())
    drawn = named(trace, rows) if trace.parts else seconds(trace, rows, layout)
    return tag("g", "".join(drawn), class_="axis")


def named(trace: Trace, rows: list[Box]) -> list[str]:
    drawn, width = [], trace.span / len(trace.parts)
    for number, name in enumerate(trace.parts):
        x = x_of(trace, rows[-1], (number + 0.5) * width)
        drawn.append(text(name, x, rows[-1].bottom + 22, "quiet middle"))
        if number:
            drawn.append(path(through(rows, x_of(trace, rows[-1], number * width)), "tick"))
    return drawn


def seconds(trace: Trace, rows: list[Box], layout: Layout) -> list[str]:
    row = rows[-1]
    between = next(tick for tick in TICKS if trace.span / tick <= 8)
    drawn = []
    for number in range(int(trace.span // between) + 1):
        x = x_of(trace, row, number * between)
        drawn.append(path(through(rows, x), "tick"))
        words = f"{number * between} s"
        kind = "quiet" if number == 0 and layout.upright else "quiet middle"
        if layout.upright and x > row.right - 12:
            kind = "quiet end"
        drawn.append(text(words, x, row.bottom + 22, kind))
    return drawn


def through(rows: list[Box], x: float) -> str:
    """A line through all lanes that leaves the words between them free."""
    return "".join(f"M{x:g} {row.y:g}V{row.bottom:g}" for row in rows)


def now(trace: Trace, part: float, layout: Layout) -> str:
    """A line through all lanes where the time has come to."""
    rows = list(layout.rows.values())
    left, right = rows[0].x, rows[0].right
    line = path(through(rows, 0), "now-line")
    return tag(
        "g",
        line,
        class_="now",
        data_now=f"{left:g} {right:g}",
        transform=f"translate({left + (right - left) * part:.1f} 0)",
    )


def legend(trace: Trace, layout: Layout) -> Iterator[str]:
    """A small one of each kind, with what it means."""
    y = list(layout.rows.values())[-1].bottom + 48
    for row in legend_rows(trace, layout):
        x = 1 if layout.upright else list(layout.rows.values())[-1].x
        for kind, words in row:
            yield tag("g", small(kind, x, y), class_=f"entry entry-{kind}")
            yield text(words, x + 26, y + 5, "quiet")
            x += legend_width(words)
        y += 24


def small(kind: str, x: float, y: float) -> str:
    if kind in SIGNS:
        return sign(kind, x + 9, y)
    if kind in BARS:
        return bar(kind, Box(x + 4, y - 7, 10, 14))
    return span(kind, Box(x, y - 7, 18, 14))

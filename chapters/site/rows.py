"""Where the lanes of a trace stand: below all else, one below the other, over one axis."""

from __future__ import annotations

from textwrap import wrap

from chapters.figures.trace import SCORE, Lane, Score, Trace
from chapters.site.boxes import Box, Layout

LANES = {"wide": (148, 186), "narrow": (1, 1)}
"""What is left free at the left of lanes, for their names, and at the right, for their scores."""


def place_lanes(trace: Trace, layout: Layout) -> None:
    """Gives each lane its row, the axis and the legend below them all."""
    left, right = LANES[layout.name]
    width = layout.width - left - right
    y = layout.height + (4 if layout.upright else 8)
    several = sum(lane.highest is not None for lane in trace.lanes) > 1
    for lane in trace.lanes:
        height = 22 if lane.highest is None else 62 if several else 150
        y += above(trace, lane) if layout.upright else 0
        layout.rows[lane.id] = Box(left, y, width, height)
        y += height + (10 if layout.upright else 18)
    if trace.lanes:
        y -= 6 if layout.upright else 14
        layout.height = y + AXIS + LEGEND * len(legend_rows(trace, layout))


def above(trace: Trace, lane: Lane) -> float:
    """The room for a lane's name above it, and for its score if it has one."""
    return 42 if score_lines(trace, lane) else 24


def score_lines(trace: Trace, lane: Lane) -> int:
    """How many lines the longest score of a lane has."""
    scores = (each for each in trace.events() if isinstance(each, Score) and each.lane == lane.id)
    return max((len(wrap(each.words, SCORE)) for each in scores), default=0)


AXIS, LEGEND = 40, 24
"""The height of the axis below the lanes with its numbers, and of a line of the legend."""


def legend_rows(trace: Trace, layout: Layout) -> list[list[tuple[str, str]]]:
    """The legend, cut into as many lines as it needs."""
    rows: list[list[tuple[str, str]]] = []
    width = layout.width - LANES[layout.name][0]
    used = width
    for kind, words in trace.legend:
        needed = legend_width(words)
        if used + needed > width:
            rows.append([])
            used = 0
        rows[-1].append((kind, words))
        used += needed
    return rows


def legend_width(words: str) -> float:
    """What a sign and its words need in the legend."""
    return 50 + 7.4 * len(words)

"""What travels, as shapes: each kind of token has an outline of its own."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from chapters.figures.frames import slots
from chapters.figures.trace import Trace
from chapters.site.boxes import Layout, Point
from chapters.site.layout import LETTER
from chapters.site.markup import tag

HALF = 13
"""Half the height of a token."""


def token_parts(trace: Trace, state: dict[str, Any], layout: Layout) -> Iterator[str]:
    """Every token of the trace. Those of the frame stand where they arrive, the rest is hidden."""
    for slot, (shape, label, link_id, to) in enumerate(slots(trace)):
        lane = layout.lanes[link_id]
        if trace.link(link_id).ends[1] != to:
            lane = (lane[1], lane[0])
        width = LETTER * len(label) + 16
        half = HALF + 10 if layout.upright else width / 2 + 12
        start, end = trimmed(lane, half, upright=layout.upright)
        (x, y), visible = end, slot in state["tokens"]
        yield tag(
            "g",
            outline(shape, width / 2, turn(lane))
            + tag("text", html.escape(label), y="5", class_="mono middle"),
            class_=f"token token-{shape}",
            transform=f"translate({x:.1f} {y:.1f})",
            visibility=None if visible else "hidden",
            data_token=str(slot),
            data_way=f"{start[0]:.1f} {start[1]:.1f} {end[0]:.1f} {end[1]:.1f}",
        )


def trimmed(lane: tuple[Point, Point], half: float, *, upright: bool) -> tuple[Point, Point]:
    """The way of a token's middle, so that it touches neither end; `half` is half its length."""
    (x1, y1), (x2, y2) = lane
    part = half / (abs(y2 - y1) if upright else abs(x2 - x1))
    dx, dy = (x2 - x1) * part, (y2 - y1) * part
    return (x1 + dx, y1 + dy), (x2 - dx, y2 - dy)


def turn(lane: tuple[Point, Point]) -> str:
    """Where a token points: the direction that it mostly moves in."""
    (x1, y1), (x2, y2) = lane
    if abs(x2 - x1) >= abs(y2 - y1):
        return "right" if x2 > x1 else "left"
    return "down" if y2 > y1 else "up"


def outline(shape: str, half: float, pointing: str) -> str:
    """The outline of a token around its middle; `half` is half its width."""
    match shape:
        case "request" | "response":
            return tag("path", "", d=arrow(half, pointing))
        case "refusal":
            cut = f"M{-half:g} -6l7 -7H{half - 7:g}l7 7v12l-7 7H{7 - half:g}l-7 -7z"
            return tag("path", "", d=cut)
    rounding = "13" if shape == "end" else "2"
    size = {"x": f"{-half:g}", "y": f"{-HALF}", "width": f"{2 * half:g}", "height": f"{2 * HALF}"}
    return tag("rect", "", **size, rx=rounding)


def arrow(half: float, pointing: str) -> str:
    """A label that ends in a point."""
    match pointing:
        case "right":
            return f"M{-half:g} -13H{half - 2:g}l11 13l-11 13H{-half:g}z"
        case "left":
            return f"M{half:g} -13H{2 - half:g}l-11 13l11 13H{half:g}z"
        case "down":
            return f"M{-half:g} -13H{half:g}V11L0 21L{-half:g} 11z"
    return f"M{-half:g} 13H{half:g}V-11L0 -21L{-half:g} -11z"

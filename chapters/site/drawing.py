"""A trace as SVG: every part in its place, showing one of its frames.

The player shows another frame in the same picture by changing what has a `data-…` name here; it
draws nothing itself.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from chapters.figures.frames import Frame, shown, slots, typeset
from chapters.figures.trace import Actor, Gauge, Link, Trace
from chapters.site.boxes import Box, Layout
from chapters.site.lanes import lanes_part
from chapters.site.layout import GAUGE, LINE, lift, most_lines, note_x
from chapters.site.markup import tag
from chapters.site.shapes import path, rectangle, text
from chapters.site.tokens import token_parts

ICONS = {
    "client": "M3 4.5h18v12H3z M12 16.5V20 M8 20h8",
    "proxy": "M12 2 22 12 12 22 2 12z M8 12h8 M13 9l3 3-3 3",
    "upstream": "M4 3.5h16v7H4z M4 13.5h16v7H4z M7.5 7h.1 M7.5 17h.1",
}
CROSS = "m-8 -8 16 16 m0 -16 -16 16"
TUBE = {"wide": 20, "narrow": 35}
"""Half the width of a connection that has its space for itself: a token fits in."""

State = dict[str, Any]


def drawing(trace: Trace, frame: Frame, layout: Layout, name: str) -> str:
    """The picture of a frame. `name` is what its ids begin with."""
    state = shown(trace, frame, slots(trace))
    parts = [
        tag("title", html.escape(trace.title), id=f"{name}-title"),
        tag("desc", html.escape(trace.about), id=f"{name}-desc"),
        *(link_part(trace, link, state, layout) for link in trace.links),
        *(actor_part(trace, actor, state, layout) for actor in trace.actors),
        *(gauge_part(trace, gauge, state, layout) for gauge in trace.gauges),
        *(note_part(trace, link, state, layout) for link in trace.links),
        *lanes_part(trace, state, layout),
        *token_parts(trace, state, layout),
    ]
    return tag(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {layout.width:g} {layout.height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def link_part(trace: Trace, link: Link, state: State, layout: Layout) -> str:
    """A connection: two walls, its name and state, and a cross for when it is no more."""
    (x1, y1), (x2, y2) = layout.lanes[link.id]
    alone = list(layout.spaces.values()).count(layout.spaces[link.id]) == 1
    half = TUBE[layout.name] if alone else 0
    dx, dy = (half, 0) if layout.upright else (0, half)
    walls = (
        f"M{x1 - dx:g} {y1 - dy:g}L{x2 - dx:g} {y2 - dy:g}"
        f"M{x1 + dx:g} {y1 + dy:g}L{x2 + dx:g} {y2 + dy:g}"
    )
    space, (kind, words) = layout.spaces[link.id], state["links"][link.id]
    if layout.upright:
        label = text(words, note_x(layout, link.id), space.y + 24, "quiet", data_words="")
    else:
        label = text(words, space.middle[0], 17, "quiet middle", data_words="")
    cross = path(CROSS, "cross", (x1 + x2) / 2, (y1 + y2) / 2)
    return tag(
        "g",
        path(walls, "walls") + cross + (label if alone else ""),
        class_="link",
        data_link=link.id,
        data_state=kind,
    )


def actor_part(trace: Trace, actor: Actor, state: State, layout: Layout) -> str:
    """A box with the actor's sign, name and what it does."""
    box = layout.boxes[actor.id]
    kind, status = state["actors"][actor.id]
    flat = layout.upright and box.width > layout.width / 2
    if flat:
        words = path(ICONS[actor.shape], "icon", box.x + 14, box.y + 13)
        words += text(actor.name, box.x + 50, box.y + 31, "name")
        words += text(" ".join(status), box.right - 14, box.y + 31, "end", data_status="")
    else:
        x, top = box.middle[0], box.y + (box.height - lift(trace, [actor]) - 88) / 2
        words = path(ICONS[actor.shape], "icon", x - 12, top)
        words += text(actor.name, x, top + 46, "name middle")
        for row in (0, 1):
            line = status[row] if row < len(status) else ""
            words += text(line, x, top + 67 + 18 * row, "middle", data_status="")
    outline = rectangle(box, "box", rx="10" if actor.shape == "client" else "4")
    return tag(
        "g",
        outline + words,
        class_=f"actor actor-{actor.shape}",
        data_actor=actor.id,
        data_state=kind,
    )


def bar_of(trace: Trace, gauge: Gauge, layout: Layout) -> Box:
    """The bar of a gauge. Cells are equally wide in the whole picture, to be compared by eye."""
    cell = min(room(trace, each, layout).width * each.cell / each.capacity for each in trace.gauges)
    box = room(trace, gauge, layout)
    return Box(box.x, box.y, cell * gauge.capacity / gauge.cell, box.height)


def room(trace: Trace, gauge: Gauge, layout: Layout) -> Box:
    """Where a bar may be: at the bottom of its actor's box, or with its link's words.

    Those of one place stand below each other.
    """
    beside = trace.gauges_on(gauge.on)
    above = GAUGE * beside.index(gauge)
    lowest = above - GAUGE * len(beside) + 20
    if gauge.on in layout.boxes:
        box = layout.boxes[gauge.on]
        return Box(box.x + 14, box.bottom + lowest, box.width - 28, 26)
    space, x = layout.spaces[gauge.on], note_x(layout, gauge.on)
    if layout.upright:
        return Box(x, space.y + 58 + above, space.right - x - 8, 26)
    y = space.y + 88 + above if most_lines(trace, gauge.on) else space.bottom + lowest
    return Box(x, y, space.right - x - 10, 26)


def gauge_part(trace: Trace, gauge: Gauge, state: State, layout: Layout) -> str:
    """A bar of cells with its name above and its value below, and the mark not to pass."""
    bar = bar_of(trace, gauge, layout)
    part, words, kind = state["levels"][gauge.id]
    cells = "".join(
        f"M{bar.x + bar.width * at / gauge.capacity:g} {bar.y:g}v{bar.height:g}"
        for at in range(gauge.cell, gauge.capacity, gauge.cell)
    )
    drawn = [
        text(typeset(gauge.name), bar.x, bar.y - 9, "quiet"),
        rectangle(bar, "trough"),
        rectangle(bar, "fill", data_fill="", style=f"transform: scaleX({part:.4f})"),
        path(cells, "cells"),
        rectangle(bar, "rim"),
        text(words, bar.x, bar.bottom + 19, "level", data_words=""),
    ]
    if gauge.mark is not None:
        x = bar.x + bar.width * gauge.mark / gauge.capacity
        drawn.append(path(f"M0 -5v{bar.height + 10:g}M-5 -11h10l-5 7z", "limit", x, bar.y))
        drawn.append(text(str(gauge.mark), x + 9, bar.y - 9, "quiet"))
    return tag("g", "".join(drawn), class_="gauge", data_gauge=gauge.id, data_state=kind)


def note_part(trace: Trace, link: Link, state: State, layout: Layout) -> str:
    """Room for the longest message that is ever shown on a link, and the one that is now."""
    count = most_lines(trace, link.id)
    if not count:
        return ""
    title, lines = state["notes"][link.id]
    x = note_x(layout, link.id)
    y = layout.spaces[link.id].y + (48 if layout.upright else 82)
    y += GAUGE * len(trace.gauges_on(link.id))
    return tag(
        "g",
        text(title, x, y, "strong", data_title="")
        + "".join(note_lines(list(lines) + [("plain", "")] * (count - len(lines)), x, y + 3)),
        class_="note",
        data_note=link.id,
    )


def note_lines(lines: list[tuple[str, str]], x: float, y: float) -> Iterator[str]:
    """Each line with the signs of all marks; the style sheet shows the one that it has."""
    for row, (mark, words) in enumerate(lines, 1):
        height = y + LINE * row
        signs = text("\N{MULTIPLICATION SIGN}", x, height, "mono sign sign-dropped")
        signs += text("+", x, height, "mono sign sign-new")
        said = text(words, x + 13, height, "mono words", data_words="")
        yield tag("g", signs + said, data_line="", data_mark=mark)

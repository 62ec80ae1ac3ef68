"""Where the parts of a trace stand: side by side on a desk, below each other on a phone.

Lengths are in the picture's own units, which are about a pixel each as it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from chapters.errors import CourseError
from chapters.figures.trace import Actor, Note, Trace
from chapters.site.boxes import Box, Layout
from chapters.site.rows import place_lanes

LINE = 21
"""From one line of text to the next."""

LETTER = 8.4
"""The width of a letter of the code's type."""

GAUGE = 78
"""The height of a gauge with the words above and below it."""

WIDE, NARROW = 780, 328
BETWEEN = {"wide": 14, "narrow": 10}
"""What is left free between actors of one column."""


def layouts(trace: Trace) -> tuple[Layout, Layout]:
    """For a desk and for a phone. CourseError when something has no room."""
    made = (wide(trace), narrow(trace))
    for layout in made:
        check_room(trace, layout)
    return made


def wide(trace: Trace) -> Layout:
    """Columns of boxes, as high as the fullest space between them; and below, the lanes."""
    layout = Layout("wide", WIDE)
    if trace.actors:
        place_columns(trace, layout)
    place_lanes(trace, layout)
    return layout


def place_columns(trace: Trace, layout: Layout) -> None:
    free = BETWEEN["wide"]
    parted = columns(trace)
    widths = [max(box_width(trace, actor) for actor in column) for column in parted]
    gap = (WIDE - 2 - sum(widths)) / max(len(parted) - 1, 1)
    inner = max(
        66 + tallest(trace, (link.id for link in trace.links)),
        *(sum(124 + lift(trace, [each]) + free for each in column) for column in parted),
    )
    x = 1.0
    for column, width in zip(parted, widths, strict=True):
        height = (inner - free * (len(column) - 1)) / len(column)
        for row, actor in enumerate(column):
            layout.boxes[actor.id] = Box(x, 28 + row * (height + free), width, height)
        x += width + gap
    for link in trace.links:
        one, other = (layout.boxes[end] for end in link.ends)
        left, right = sorted((one, other), key=lambda box: box.x)
        layout.spaces[link.id] = Box(left.right, 28, right.x - left.right, inner)
        edges = (one.right, other.x) if one is left else (one.x, other.right)
        level = one.height == other.height
        heights = [box.y + 36 if level else box.middle[1] for box in (one, other)]
        layout.lanes[link.id] = ((edges[0], heights[0]), (edges[1], heights[1]))
    layout.height = 28 + inner + 1


def narrow(trace: Trace) -> Layout:
    """Rows of boxes; beside each link its words; and below, the lanes."""
    layout = Layout("narrow", NARROW)
    if trace.actors:
        place_rows(trace, layout)
    place_lanes(trace, layout)
    return layout


def place_rows(trace: Trace, layout: Layout) -> None:
    free = BETWEEN["narrow"]
    y = 1.0
    for row, following in pairwise([*columns(trace), []]):
        height = (50 if len(row) == 1 else 104) + lift(trace, row)
        width = (NARROW - 2 - free * (len(row) - 1)) / len(row)
        for index, actor in enumerate(row):
            layout.boxes[actor.id] = Box(1 + index * (width + free), y, width, height)
        y += height
        if following:
            y += place_between(trace, layout, (row, following), y)
    layout.height = y + 1


def place_between(
    trace: Trace, layout: Layout, rows: tuple[list[Actor], list[Actor]], y: float
) -> float:
    """Gives the links between two rows their lanes; returns how high the space between is."""
    above, below = ([actor.id for actor in row] for row in rows)
    links = [link for link in trace.links if {*link.ends} & {*above} and {*link.ends} & {*below}]
    height = max(88, 44 + tallest(trace, (link.id for link in links)))
    for link in links:
        ends = []
        for end in link.ends:
            row = above if end in above else below
            x = NARROW * (row.index(end) + 0.5) / len(row) if len(links) > 1 else 40
            ends.append((x, y if row is above else y + height))
        layout.lanes[link.id] = (ends[0], ends[1])
        layout.spaces[link.id] = Box(1, y, NARROW - 2, height)
    return height


def columns(trace: Trace) -> list[list[Actor]]:
    """The actors, column by column. CourseError when a column is empty."""
    last = max(actor.column for actor in trace.actors)
    found = [[each for each in trace.actors if each.column == n] for n in range(last + 1)]
    if not all(found):
        raise CourseError(f"{trace.title}: no actor is in column {found.index([])}")
    return found


def box_width(trace: Trace, actor: Actor) -> float:
    if lift(trace, [actor]):
        return 188
    return 132 if actor.shape == "proxy" else 98


def lift(trace: Trace, actors: Iterable[Actor]) -> float:
    """What the gauges of actors add to their height."""
    return GAUGE * max(len(trace.gauges_on(actor.id)) for actor in actors)


def tallest(trace: Trace, links: Iterable[str]) -> float:
    """What the gauges and notes of links need, where they need most."""
    return max((words_height(trace, link) for link in links), default=0)


def words_height(trace: Trace, link: str) -> float:
    lines = most_lines(trace, link)
    gauges = GAUGE * len(trace.gauges_on(link))
    return gauges + (LINE * (lines + 1) + 12 if lines else 0)


def most_lines(trace: Trace, link: str) -> int:
    """How many lines the longest note on a link has."""
    return max((len(note.lines) for note in notes(trace, link)), default=0)


def notes(trace: Trace, link: str) -> list[Note]:
    return [each for each in trace.events() if isinstance(each, Note) and each.link == link]


def note_x(layout: Layout, link: str) -> float:
    """Where the words of a link begin."""
    return layout.spaces[link].x + (91 if layout.upright else 10)


def check_room(trace: Trace, layout: Layout) -> None:
    """Raises CourseError where words would not fit, or stand on top of each other."""
    for link in trace.links:
        if link.id not in layout.spaces:
            raise CourseError(f"the link {link.id!r} joins no neighbours")
        space = layout.spaces[link.id]
        if words_height(trace, link.id) and list(layout.spaces.values()).count(space) > 1:
            raise CourseError(f"the link {link.id!r} shares its space: no room for its words")
        room = int((space.right - note_x(layout, link.id) - 12) / LETTER)
        for note in notes(trace, link.id):
            for _, text in note.lines:
                if len(text) > room:
                    raise CourseError(f"{text!r} has more than {room} letters on {link.id!r}")

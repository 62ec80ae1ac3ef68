"""The playground: every position of its controls was run beforehand, and its page holds all."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from chapters.errors import CourseError
from chapters.figures.positions import CONTROLS, SECONDS, Position, line, loads, number_of
from chapters.site.markup import inline, tag

BEGIN = {"policy": "round-robin", "load": "60", "upstreams": "equal", "happens": "dies"}
"""Where the controls stand at first; and what the table for those without JavaScript is about."""

HEADS = ("policy", "half", "99 %", "errors")


def playground(path: Path, caption: str) -> str:
    """The positions of a file as a figure. Without JavaScript it is a table of a few of them."""
    if not path.is_file():
        raise CourseError(f"there is no file {path.name} in {path.parent.name}/")
    positions = loads(path.read_text(encoding="utf-8"), path.name)
    return tag(
        "figure",
        "".join(table(positions, value, words) for value, words in CONTROLS[-1].values)
        + caption
        + tag("script", data(positions), type="application/json"),
        class_="drawing playground",
        data_playground="",
        data_search_exclude="",
    )


def table(positions: list[Position], help_: str, words: str) -> str:
    """All policies, with or without what helps, when the first upstream dies."""
    rows = "".join(
        row(name, positions[number_of(**(BEGIN | {"policy": value, "help": help_}))])
        for value, name in CONTROLS[0].values
    )
    about = f"The first of four upstreams dies after 6 of {SECONDS} s, {words}"
    told = tag("caption", inline(f"{about} {CONTROLS[-1].label.lower()}, at a load of 60 %"))
    head = tag("tr", "".join(tag("th", words, scope="col") for words in HEADS))
    return tag("table", told + tag("thead", head) + tag("tbody", rows), class_="playground-chosen")


def row(name: str, position: Position) -> str:
    cells = (
        f"{position.p50} ms", f"{position.p99} ms", f"{position.errors} of {position.requests}",
    )  # fmt: skip
    return tag("tr", tag("th", name, scope="row") + "".join(tag("td", cell) for cell in cells))


def data(positions: list[Position]) -> str:
    """Controls and positions as JSON that cannot end the element it stands in."""
    controls = [asdict(control) for control in CONTROLS]
    begin = number_of(**BEGIN, help="off")
    head = json.dumps({"seconds": SECONDS, "begin": begin, "controls": controls})
    text = f'{head[:-1]}, "positions": [{",".join(map(line, positions))}]}}'
    return text.replace("<", "\\u003c")

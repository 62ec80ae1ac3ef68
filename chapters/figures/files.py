"""Traces as JSON: written the same on every machine, read with every mistake named."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chapters.errors import CourseError
from chapters.figures.checks import check
from chapters.figures.trace import (
    Actor,
    Connection,
    Doing,
    Entry,
    Event,
    Gauge,
    Lane,
    Level,
    Link,
    Moment,
    Note,
    Scene,
    Score,
    Step,
    Token,
    Trace,
)

EVENTS: Mapping[str, type[Event]] = {
    "token": Token,
    "doing": Doing,
    "connection": Connection,
    "level": Level,
    "note": Note,
    "entry": Entry,
    "score": Score,
    "moment": Moment,
}

INNERMOST = re.compile(r"[\[{][^\[\]{}]*[\]}]")
"""An object or list that holds no other: one line of the file."""


def dumps(trace: Trace) -> str:
    """The text of a trace's file."""
    whole = asdict(trace) | {"scenes": [scene_as_json(scene) for scene in trace.scenes]}
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    return INNERMOST.sub(in_one_line, text) + "\n"


def in_one_line(found: re.Match[str]) -> str:
    inside = " ".join(line.strip() for line in found[0][1:-1].splitlines())
    return found[0][0] + inside.strip() + found[0][-1]


def scene_as_json(scene: Scene) -> dict[str, Any]:
    steps = [
        {"say": step.say, "beats": [[event_as_json(each) for each in beat] for beat in step.beats]}
        for step in scene.steps
    ]
    return {"name": scene.name, "steps": steps}


def event_as_json(event: Event) -> dict[str, Any]:
    kind = next(name for name, made in EVENTS.items() if isinstance(event, made))
    return {"event": kind, **asdict(event)}


def loads(text: str, name: str) -> Trace:
    """The trace of a file's text. CourseError says what is wrong in the file called `name`."""
    try:
        trace = read(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise CourseError(f"{name} is no trace: {error}") from error
    check(trace, name)
    return trace


def read(whole: Any) -> Trace:
    fields = dict(whole)
    fields["actors"] = tuple(Actor(**each) for each in fields["actors"])
    fields["links"] = tuple(
        Link(each["id"], each["name"], tuple(each["ends"])) for each in fields["links"]
    )
    fields["gauges"] = tuple(Gauge(**each) for each in fields["gauges"])
    fields["lanes"] = tuple(Lane(**each) for each in fields["lanes"])
    fields["legend"] = tuple((kind, words) for kind, words in fields["legend"])
    fields["parts"] = tuple(fields["parts"])
    fields["scenes"] = tuple(scene(each) for each in fields["scenes"])
    fields["telling"] = tuple(fields["telling"])
    return Trace(**fields)


def scene(written: Any) -> Scene:
    steps = tuple(
        Step(step["say"], tuple(tuple(event(each) for each in beat) for beat in step["beats"]))
        for step in written["steps"]
    )
    return Scene(written["name"], steps)


def event(written: Any) -> Event:
    fields = dict(written)
    made = EVENTS[fields.pop("event")]
    if made is Note:
        fields["lines"] = tuple((mark, words) for mark, words in fields["lines"])
    return made(**fields)

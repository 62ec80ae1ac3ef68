"""A figure that moves: its picture, its steps in words, and the trace that the player reads."""

from __future__ import annotations

import json
from pathlib import Path

from chapters.errors import CourseError
from chapters.figures.files import loads
from chapters.figures.frames import frames_of, to_play
from chapters.figures.trace import Scene, Trace
from chapters.site.drawing import drawing
from chapters.site.layout import layouts
from chapters.site.markup import inline, tag


def playing(path: Path, caption: str) -> str:
    """The trace of a file as a figure. What is drawn is its most telling step.

    The trace is in the page itself, so that it plays from a file as well.
    """
    if not path.is_file():
        raise CourseError(f"there is no trace {path.name} in {path.parent.name}/")
    trace = loads(path.read_text(encoding="utf-8"), path.name)
    chosen, step = trace.telling
    frame = frames_of(trace, trace.scenes[chosen])[step][-1]
    drawn = "".join(
        tag("div", drawing(trace, frame, layout, f"{path.stem}-{layout.name}"),
            class_=f"trace-{layout.name}")
        for layout in layouts(trace)
    )  # fmt: skip
    sentence = inline(trace.scenes[chosen].steps[step].say)
    return tag(
        "figure",
        tag("div", drawn, class_="trace-stage")
        + tag("p", sentence, class_="trace-say")
        + caption
        + in_words(trace)
        + tag("script", data(trace), type="application/json"),
        class_="drawing trace",
        data_trace=path.stem,
        data_search_exclude="",
    )


def in_words(trace: Trace) -> str:
    """Every step of every scene, folded."""
    several = len(trace.scenes) > 1
    scenes = "".join(
        (tag("p", inline(scene.name), class_="trace-scene") if several else "") + listed(scene)
        for scene in trace.scenes
    )
    return tag("details", tag("summary", "All steps in words") + scenes, class_="trace-steps")


def listed(scene: Scene) -> str:
    return tag("ol", "".join(tag("li", inline(step.say)) for step in scene.steps))


def data(trace: Trace) -> str:
    """The trace as JSON that cannot end the element it stands in."""
    text = json.dumps(to_play(trace), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")

"""A trace as pictures in a row: what is to be seen after each beat, whole.

A frame follows from the ones before it and needs none of them to be shown. So a figure goes back as
easily as forth, and what plays it holds no rules of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap as wrapped
from typing import Any

from chapters.figures.trace import (
    SCORE,
    STATUS,
    Beat,
    Connection,
    Doing,
    Entry,
    Event,
    Gauge,
    Level,
    Link,
    Moment,
    Note,
    Scene,
    Score,
    Token,
    Trace,
)

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything that is to be seen: by id, what holds; and the tokens of the step so far.

    `moves` says whether the tokens come now. Else they have arrived in an earlier beat.
    """

    actors: dict[str, tuple[str, str]]
    links: dict[str, str]
    levels: dict[str, int]
    notes: dict[str, tuple[str, Lines]]
    scores: dict[str, str]
    entries: tuple[int, int] = (0, 0)
    """The first of the trace's entries that is to be seen, and the first after it that is not."""
    now: float = 0
    tokens: tuple[Token, ...] = ()
    moves: bool = False


def first_frame(trace: Trace) -> Frame:
    """Before anything has happened."""
    return Frame(
        actors={actor.id: ("idle", "") for actor in trace.actors},
        links={link.id: "none" for link in trace.links},
        levels={gauge.id: 0 for gauge in trace.gauges},
        notes={link.id: ("", ()) for link in trace.links},
        scores={lane.id: "" for lane in trace.lanes},
    )


def frames_of(trace: Trace, scene: Scene) -> list[list[Frame]]:
    """For each step of a scene the frames of its beats; the last of them stays."""
    earlier = trace.scenes[: trace.scenes.index(scene)]
    begun = sum(1 for _ in replace(trace, scenes=earlier).entries())
    frame, steps = replace(first_frame(trace), entries=(begun, begun)), []
    for step in scene.steps:
        frames = []
        frame = replace(frame, tokens=())
        for beat in step.beats:
            frame = after(frame, beat)
            frames.append(frame)
        steps.append(frames)
    return steps


def after(frame: Frame, beat: Beat) -> Frame:
    """The frame after a beat. Its tokens take the place of earlier ones."""
    tokens = tuple(event for event in beat if isinstance(event, Token))
    frame = replace(frame, tokens=tokens or frame.tokens, moves=bool(tokens))
    for event in beat:
        frame = changed(frame, event)
    return frame


def changed(frame: Frame, event: Event) -> Frame:
    match event:
        case Doing(actor, state, status):
            return replace(frame, actors=frame.actors | {actor: (state, status)})
        case Connection(link, state):
            return replace(frame, links=frame.links | {link: state})
        case Level(gauge, value):
            return replace(frame, levels=frame.levels | {gauge: value})
        case Note(link, title, lines):
            return replace(frame, notes=frame.notes | {link: (title, lines)})
        case Entry():
            first, end = frame.entries
            return replace(frame, entries=(first, end + 1))
        case Score(lane, words):
            return replace(frame, scores=frame.scores | {lane: words})
        case Moment(at):
            return replace(frame, now=at)
    return frame


Kind = tuple[str, str, str, str]
"""Tokens that look the same on the same way: shape, label, link and direction."""


def kind_of(token: Token) -> Kind:
    return (token.shape, token.label, token.link, token.to)


def slots(trace: Trace) -> list[Kind]:
    """One entry for each token that has to be drawn: as many alike as ever travel together."""
    most: Counter[Kind] = Counter()
    for scene in trace.scenes:
        for step in scene.steps:
            for beat in step.beats:
                most |= Counter(kind_of(event) for event in beat if isinstance(event, Token))
    return list(most.elements())


def slots_of(tokens: Sequence[Token], drawn: Sequence[Kind]) -> list[int]:
    """Which of the drawn tokens these are."""
    free = list(enumerate(drawn))
    taken = []
    for token in tokens:
        slot = next(each for each in free if each[1] == kind_of(token))
        free.remove(slot)
        taken.append(slot[0])
    return taken


def link_words(link: Link, state: str) -> list[str]:
    """The state of a link, and its name with it: 'connection 1, closed'."""
    told = {"none": "", "open": link.name}
    return [state, told.get(state, f"{link.name}, {state}")]


def level_text(gauge: Gauge, value: int) -> str:
    """'48 KiB', '64 KiB, full', '80 KiB, over the mark'."""
    text = f"{value} {gauge.unit}".strip()
    return f"{text}, {LEVEL_WORDS[state]}" if (state := level_state(gauge, value)) else text


LEVEL_WORDS = {"full": "full", "over": "over the mark"}


def level_state(gauge: Gauge, value: int) -> str:
    """Whether a gauge is "full", or "over" its mark; else nothing."""
    if gauge.mark is not None:
        return "over" if value > gauge.mark else ""
    return "full" if value >= gauge.capacity else ""


def to_play(trace: Trace) -> dict[str, Any]:
    """The trace as the player reads it: sentences, and frames that need only be shown."""
    return {"title": trace.title, "scenes": [scene_to_play(trace, each) for each in trace.scenes]}


def scene_to_play(trace: Trace, scene: Scene) -> dict[str, Any]:
    drawn = slots(trace)
    steps = [
        {"say": typeset(step.say), "frames": [shown(trace, frame, drawn) for frame in frames]}
        for step, frames in zip(scene.steps, frames_of(trace, scene), strict=True)
    ]
    return {"name": scene.name, "steps": steps}


def typeset(sentence: str) -> str:
    """With the apostrophe that a book has."""
    return sentence.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def shown(trace: Trace, frame: Frame, drawn: Sequence[Kind]) -> dict[str, Any]:
    """A frame in words and parts of one, so that showing it takes no reckoning."""
    state = {
        "actors": {
            actor: [kind, wrapped(status, STATUS)] for actor, (kind, status) in frame.actors.items()
        },
        "links": {link.id: link_words(link, frame.links[link.id]) for link in trace.links},
        "levels": {gauge.id: filled(gauge, frame.levels[gauge.id]) for gauge in trace.gauges},
        "notes": frame.notes,
        "tokens": slots_of(frame.tokens, drawn),
        "moves": frame.moves,
    }
    return state | lanes_shown(trace, frame) if trace.lanes else state


def lanes_shown(trace: Trace, frame: Frame) -> dict[str, Any]:
    """What lanes came to; which entries are there; and the part of the time that is over."""
    return {
        "scores": {lane: wrapped(words, SCORE) for lane, words in frame.scores.items()},
        "entries": frame.entries,
        "now": round(frame.now / trace.span, 4),
    }


def filled(gauge: Gauge, value: int) -> tuple[float, str, str]:
    """How full a gauge is, from 0 to 1; in words; and whether that is too much."""
    return (value / gauge.capacity, level_text(gauge, value), level_state(gauge, value))

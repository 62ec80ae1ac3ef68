"""What a trace must be, so that it can be drawn and told."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from textwrap import wrap

from chapters.errors import CourseError
from chapters.figures.trace import (
    ACTOR_STATES,
    ACTORS,
    BARS,
    LINK_STATES,
    MARKS,
    PARTS,
    SCORE,
    SIGNS,
    SPANS,
    STATUS,
    TOKENS,
    Connection,
    Doing,
    Entry,
    Event,
    Level,
    Moment,
    Note,
    Score,
    Token,
    Trace,
)


def check(trace: Trace, name: str) -> None:
    """Raises CourseError for the first thing that a trace called `name` gets wrong."""
    for fault in faults(trace):
        raise CourseError(f"{name}: {fault}")


def faults(trace: Trace) -> Iterator[str]:
    """What is wrong with a trace: a sentence each."""
    yield from bad_parts(trace)
    if trace.lanes or not trace.actors:
        yield from bad_lanes(trace)
    for event in trace.events():
        yield from faults_of(event, trace)
    yield from untold(trace)


def bad_parts(trace: Trace) -> Iterator[str]:
    actors = {actor.id for actor in trace.actors}
    links = {link.id for link in trace.links}
    ids = [*actors, *links, *(gauge.id for gauge in trace.gauges), *(e.id for e in trace.lanes)]
    parts = (trace.actors, trace.links, trace.gauges, trace.lanes)
    if len(set(ids)) < sum(map(len, parts)):
        yield "two of its actors, links, gauges and lanes have the same id"
    for actor in trace.actors:
        yield from unknown("the shape of an actor", actor.shape, ACTORS)
    for link in trace.links:
        for end in link.ends:
            yield from unknown(f"an end of the link {link.id!r}", end, actors)
    for gauge in trace.gauges:
        yield from unknown(f"what the gauge {gauge.id!r} is on", gauge.on, actors | links)
        if not 0 < gauge.cell <= gauge.capacity:
            yield f"the gauge {gauge.id!r} has cells of {gauge.cell} in {gauge.capacity}"


def bad_lanes(trace: Trace) -> Iterator[str]:
    if not trace.lanes:
        yield "there is nothing to be seen: it has no actors and no lanes"
    elif trace.span <= 0:
        yield f"its lanes show {trace.span:g} seconds"
    for name in trace.parts:
        if len(name) * len(trace.parts) > PARTS:
            yield f"{name!r} is too long: {len(trace.parts)} parts have {PARTS} letters together"
    for kind, _ in trace.legend:
        yield from unknown("a kind of the legend", kind, (*SIGNS, *SPANS, *BARS))


def untold(trace: Trace) -> Iterator[str]:
    for scene in trace.scenes:
        for step in scene.steps:
            if not step.say.endswith("."):
                yield f"a step needs a sentence: {step.say!r}"
            if not step.beats:
                yield f"nothing happens in {step.say!r}"
    if not is_there(trace, *trace.telling):
        yield f"there is no scene and step {list(trace.telling)} to be told by one picture"


def is_there(trace: Trace, scene: int, step: int) -> bool:
    return 0 <= scene < len(trace.scenes) and 0 <= step < len(trace.scenes[scene].steps)


def faults_of(event: Event, trace: Trace) -> Iterator[str]:
    """What is wrong with one event of a trace whose parts are right."""
    links = {link.id: link for link in trace.links}
    match event:
        case Token():
            yield from unknown("the shape of a token", event.shape, TOKENS)
            yield from unknown("the link of a token", event.link, links)
            ends = links[event.link].ends if event.link in links else ()
            yield from unknown("where a token goes", event.to, ends)
        case Doing():
            yield from unknown("an actor", event.actor, [actor.id for actor in trace.actors])
            yield from unknown("the state of an actor", event.state, ACTOR_STATES)
            yield from long_status(event.status)
        case Connection():
            yield from unknown("a link", event.link, links)
            yield from unknown("the state of a link", event.state, LINK_STATES)
        case Note():
            yield from unknown("the link of a note", event.link, links)
            marks = {mark for mark, _ in event.lines} - set(MARKS)
            yield from unknown("the mark of a line", min(marks, default=MARKS[0]), MARKS)
        case Level():
            yield from bad_level(event, trace)
        case Entry() | Score() | Moment():
            yield from bad_in_lanes(event, trace)


def long_status(status: str) -> Iterator[str]:
    if len(wrap(status, STATUS)) > 2:
        yield f"{status!r} needs more than two lines of {STATUS} letters"


def bad_level(level: Level, trace: Trace) -> Iterator[str]:
    gauges = {gauge.id: gauge for gauge in trace.gauges}
    yield from unknown("a gauge", level.gauge, gauges)
    if level.gauge in gauges and not 0 <= level.value <= gauges[level.gauge].capacity:
        yield f"the gauge {level.gauge!r} cannot show {level.value}"


def bad_in_lanes(event: Entry | Score | Moment, trace: Trace) -> Iterator[str]:
    lanes = {lane.id: lane for lane in trace.lanes}
    match event:
        case Moment(at):
            if not 0 <= at <= trace.span:
                yield f"the time cannot be {at:g}"
        case Score(lane, words):
            yield from unknown("the lane of a score", lane, lanes)
            if len(wrap(words, SCORE)) > 2:
                yield f"{words!r} needs more than two lines of {SCORE} letters"
        case Entry(lane, kind, begin, end, value):
            yield from unknown("the lane of an entry", lane, lanes)
            yield from unknown("the kind of an entry", kind, (*SIGNS, *SPANS, *BARS))
            if not 0 <= begin <= end <= trace.span:
                yield f"an entry cannot last from {begin:g} to {end:g}"
            highest = lanes[lane].highest if lane in lanes else None
            if kind in BARS and not 0 <= value <= (highest or 0):
                yield f"the lane {lane!r} cannot show a bar of {value:g}"


def unknown(what: str, value: str, allowed: Collection[str]) -> Iterator[str]:
    if value not in allowed:
        yield f"{what} is {value!r}; allowed: {', '.join(sorted(allowed))}"

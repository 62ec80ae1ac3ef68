"""What a figure plays: who takes part, and what happens to them, step by step.

A trace is made by running code, and kept as JSON. It says what happened and never how it looks:
a page's layout decides where an actor stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

ACTORS = ("client", "proxy", "upstream")
"""The shapes of actors. Each has an outline of its own, so that none is told by colour alone."""

TOKENS = ("request", "response", "piece", "refusal", "end")
"""The shapes of what travels: a message, one piece of a body, a refused or an ended connection."""

ACTOR_STATES = ("idle", "works", "waits", "gone")
LINK_STATES = ("none", "open", "refused", "closed")

MARKS = ("plain", "kept", "dropped", "new", "quiet")
"""What has become of a line of a message."""

SIGNS = ("done", "lost")
SPANS = ("well", "bad", "out", "trial")
BARS = ("first", "again")
"""What stands in a lane: a sign at a moment, a state that lasts, a number as a bar's height."""

SCORE = 24
"""Letters of a line of what a lane came to; it has two such lines."""

PARTS = 40
"""Letters that the names of parts can have together, if they are equally long."""

STATUS = 14
"""Letters of a line of what an actor does; it has two such lines."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody. Those of one column stand below each other, in their order."""

    id: str
    name: str
    shape: str
    column: int


@dataclass(frozen=True, slots=True)
class Link:
    """A connection between two actors, from the one that opens it to the other."""

    id: str
    name: str
    ends: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that fills: a buffer on a link or in an actor, counted in `unit`.

    `cell` is the size of one cell of its drawing. Above `mark`, if there is one, it is too full.
    """

    id: str
    name: str
    on: str
    capacity: int
    cell: int
    unit: str
    mark: int | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A row over time, in which entries come to stand.

    One with bars says how high they can be, in `unit`.
    """

    id: str
    name: str
    highest: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """Something travels the whole length of a link, to the actor `to`."""

    link: str
    to: str
    shape: str
    label: str


@dataclass(frozen=True, slots=True)
class Doing:
    """What an actor does from now on, in a few words."""

    actor: str
    state: str
    status: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What a link is from now on."""

    link: str
    state: str


@dataclass(frozen=True, slots=True)
class Level:
    """What a gauge shows from now on."""

    gauge: str
    value: int


@dataclass(frozen=True, slots=True)
class Note:
    """The lines of a message, shown on a link from now on: each a mark and its text."""

    link: str
    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a lane from now on: from one moment to another, in seconds of its scene.

    A sign stands at `begin`. `value` is the height of a bar; a later bar stands before an earlier.
    """

    lane: str
    kind: str
    begin: float
    end: float
    value: float = 0


@dataclass(frozen=True, slots=True)
class Score:
    """What a lane has come to, in words, from now on."""

    lane: str
    words: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The time in the lanes, in seconds of the scene."""

    at: float


Event = Token | Doing | Connection | Level | Note | Entry | Score | Moment

Beat = tuple[Event, ...]
"""What happens at the same time."""


@dataclass(frozen=True, slots=True)
class Step:
    """As much as one sentence tells. Its beats are played one after another."""

    say: str
    beats: tuple[Beat, ...]

    @classmethod
    def of(cls, say: str, *beats: Iterable[Event]) -> Self:
        """A step, its beats written as lists."""
        return cls(say, tuple(tuple(beat) for beat in beats))


@dataclass(frozen=True, slots=True)
class Scene:
    """One course that things can take, from the beginning."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """All of a figure. `telling` is the picture for those who see only one: scene and step.

    `about` says in a few sentences what there is to see, for those who do not see it. Lanes show so
    many seconds as `span` says, and `legend` says what kinds of entries mean. Where it is no time
    that passes, `parts` names equal parts of the span.
    """

    title: str
    about: str
    actors: tuple[Actor, ...]
    links: tuple[Link, ...]
    gauges: tuple[Gauge, ...]
    scenes: tuple[Scene, ...]
    telling: tuple[int, int]
    lanes: tuple[Lane, ...] = ()
    span: float = 0
    legend: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Everything that comes to stand in a lane in any scene."""
        return (event for event in self.events() if isinstance(event, Entry))

    def events(self) -> Iterator[Event]:
        """Everything that happens in any scene."""
        for scene in self.scenes:
            for step in scene.steps:
                for beat in step.beats:
                    yield from beat

    def link(self, wanted: str) -> Link:
        """The link with that id."""
        return next(link for link in self.links if link.id == wanted)

    def lane(self, wanted: str) -> Lane:
        """The lane with that id."""
        return next(lane for lane in self.lanes if lane.id == wanted)

    def gauge(self, wanted: str) -> Gauge:
        """The gauge with that id."""
        return next(gauge for gauge in self.gauges if gauge.id == wanted)

    def gauges_on(self, place: str) -> list[Gauge]:
        """The gauges of a link or an actor, which stand below each other."""
        return [gauge for gauge in self.gauges if gauge.on == place]

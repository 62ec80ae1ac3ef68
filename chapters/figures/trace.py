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


Event = Token | Doing | Connection | Level | Note

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

    `about` says in a few sentences what there is to see, for those who do not see it.
    """

    title: str
    about: str
    actors: tuple[Actor, ...]
    links: tuple[Link, ...]
    gauges: tuple[Gauge, ...]
    scenes: tuple[Scene, ...]
    telling: tuple[int, int]

    def events(self) -> Iterator[Event]:
        """Everything that happens in any scene."""
        for scene in self.scenes:
            for step in scene.steps:
                for beat in step.beats:
                    yield from beat

    def link(self, wanted: str) -> Link:
        """The link with that id."""
        return next(link for link in self.links if link.id == wanted)

    def gauge(self, wanted: str) -> Gauge:
        """The gauge with that id."""
        return next(gauge for gauge in self.gauges if gauge.id == wanted)

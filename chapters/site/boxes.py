"""Places in a picture. Lengths are in its own units, about a pixel each as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends at the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Its centre."""
        return (self.x + self.width / 2, self.y + self.height / 2)


@dataclass(slots=True)
class Layout:
    """A place for everything, by id.

    A lane is the way of a link's tokens, from its first end to its second. A space is what lies
    between the ends, where the link's words stand.
    """

    name: str
    width: float
    height: float = 0
    boxes: dict[str, Box] = field(default_factory=dict)
    lanes: dict[str, tuple[Point, Point]] = field(default_factory=dict)
    spaces: dict[str, Box] = field(default_factory=dict)
    rows: dict[str, Box] = field(default_factory=dict)
    """Where the entries of a lane stand."""

    @property
    def upright(self) -> bool:
        """Whether the lanes run from top to bottom."""
        return self.name == "narrow"

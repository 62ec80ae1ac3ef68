"""The mark: up to where everything is delivered, although batches arrive in any order."""

import re
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reverseproxy.lines.spool.frames import Point


@dataclass(slots=True, eq=False)
class Part:
    """What is delivered together."""

    end: Point
    is_delivered: bool = False


class Mark:
    """The low-water mark. What is behind it is not needed any more."""

    def __init__(self, at: Point, moved: Callable[[], object]) -> None:
        """`moved` is called when it has moved."""
        self.at = at
        self._parts: deque[Part] = deque()
        self._moved = moved

    def add(self, end: Point) -> Callable[[], None]:
        """The stream goes on up to there. What it returns is called when that is delivered."""
        part = Part(end)
        self._parts.append(part)
        return partial(self._delivered, part)

    def _delivered(self, part: Part) -> None:
        part.is_delivered = True
        before = self.at
        while self._parts and self._parts[0].is_delivered:
            self.at = self._parts.popleft().end
        if self.at != before:
            self._moved()


def encode(at: Point) -> bytes:
    """How a mark stands in its file: something that people can read, and a checksum."""
    text = b"%d %d" % at
    return b"%b %08x\n" % (text, zlib.crc32(text))


def decode(data: bytes) -> Point | None:
    """The mark; None if that is none."""
    parts = re.fullmatch(rb"(([0-9]{1,20}) ([0-9]{1,20})) ([0-9a-f]{8})\n", data)
    if not parts or int(parts[4], 16) != zlib.crc32(parts[1]):
        return None
    return Point(int(parts[2]), int(parts[3]))

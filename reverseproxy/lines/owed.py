"""Owed: what a client has sent, and was not told yet that it is safe."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(slots=True, eq=False)
class Part:
    """Some lines that become safe together."""

    lines: int
    is_safe: bool = False


class Owed:
    """The lines of a client, in its order. They become safe in any order."""

    def __init__(self, told: Callable[[], object]) -> None:
        """`told` is called when there is a new number to tell."""
        self._parts: deque[Part] = deque()
        """Those that do not count yet, in their order."""
        self._told = told
        self.safe = 0
        """The first so many lines are safe, all of them."""

    def __bool__(self) -> bool:
        """Whether there are lines that do not count yet."""
        return bool(self._parts)

    def add(self, lines: int) -> Callable[[], None]:
        """The client has sent so many more. What it returns is called when all of them are safe."""
        part = Part(lines)
        self._parts.append(part)
        return partial(self._is_safe, part)

    def _is_safe(self, part: Part) -> None:
        """The lines of that part are safe. They count as soon as all that were sent before them do.

        If more lines count now, `told` is called, once: the client can be told a new number.
        """
        part.is_safe = True
        before = self.safe
        while self._parts and self._parts[0].is_safe:
            self.safe += self._parts.popleft().lines
        if self.safe > before:
            self._told()

"""What is going to happen in a simulated world, and what time it is there."""

from __future__ import annotations

import heapq
from collections.abc import Callable

DIGITS = 6
"""Moments are whole microseconds, so that a last bit more or less on some machine is none here."""


class Agenda:
    """Acts in the order of their time; those of the same time in the order of their coming."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._added = 0

    def clock(self) -> float:
        """The time, in seconds from 0: a clock for the package."""
        return self.now

    def at(self, when: float, act: Callable[[], None]) -> None:
        """Puts something on the agenda; what should be over already comes next."""
        self._added += 1
        heapq.heappush(self._heap, (max(round(when, DIGITS), self.now), self._added, act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Puts something on the agenda, so many seconds from now."""
        self.at(self.now + seconds, act)

    def run(self, until: float | None = None) -> None:
        """Lets happen what there is, up to a moment or to the end."""
        while self._heap and (until is None or self._heap[0][0] <= until):
            self.now, _, act = heapq.heappop(self._heap)
            act()
        if until is not None:
            self.now = max(self.now, until)

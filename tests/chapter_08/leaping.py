"""An event loop whose clock leaps: where it would wait, it is later at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


class Leaping(selectors.SelectSelector):
    """Waits for nothing; adds up what it should have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now. Fails when nothing will ever happen again."""
        if timeout is None:
            pytest.fail("everybody waits for somebody else, and nothing will ever happen again")
        self.now += max(timeout, 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its seconds begin at 0."""

    def __init__(self) -> None:
        self._leaping = Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds that would have gone by."""
        return self._leaping.now


def leap(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns, run to its end, for however many seconds, at once."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(main)

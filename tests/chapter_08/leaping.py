"""An event loop whose clock leaps: where it would wait, it is later at once."""

import asyncio
import selectors
from collections.abc import Coroutine


class Leaping(selectors.SelectSelector):
    """Waits for nothing; adds up what it should have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now."""
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will ever happen")
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


def leap(main: Coroutine[object, object, None]) -> None:
    """Runs `main` to its end, for however many seconds, at once."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(main)

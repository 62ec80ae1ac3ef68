"""Trouble: what the disk does not do, said once, and tried again."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from reverseproxy.lines.spool.thread import DiskThread

logger = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

ADVICE = "; delivery waits for that file. An empty one in its place gives its lines up"
"""What can be done when a file cannot be read, or is gone. Then its lines are counted."""


class Trouble:
    """Follows one kind of work: whether it succeeds, and when it is tried again."""

    def __init__(
        self,
        thread: DiskThread,
        what: str,
        pause: float,
        again: Callable[[], object],
        advice: str = "",
    ) -> None:
        """`what` is for the log, and so is `advice`: what people can do.

        `again` is called `pause` seconds after a failure.
        """
        self._thread, self._what, self._pause, self._again = thread, what, pause, again
        self._advice = advice
        self._timer: asyncio.TimerHandle | None = None
        self.is_there = False
        """Whether the last try has failed."""

    @property
    def is_paused(self) -> bool:
        """Whether it is too early for another try."""
        return self._timer is not None

    async def attempt(self, work: Callable[[*Ts], T], *given: *Ts) -> T | None:
        """Has the thread do that; None if the disk did not do as it was told."""
        try:
            result = await self._thread.do(self._what, work, *given)
        except OSError as error:
            self._failed(error)
            return None
        if self.is_there:
            logger.warning("%s: works again", self._what)
        self.is_there = False
        return result

    def _failed(self, error: OSError) -> None:
        if not self.is_there:
            text = "%s: %s; another try every %g s%s"
            logger.error(text, self._what, error, self._pause, self._advice)
        self.is_there = True
        self._timer = asyncio.get_running_loop().call_later(self._pause, self.try_now)

    def try_now(self) -> None:
        """Waits no longer."""
        self.stop()
        self._again()

    def stop(self) -> None:
        """Does not try again by itself."""
        if self._timer:
            self._timer.cancel()
        self._timer = None

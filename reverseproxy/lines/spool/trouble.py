"""Trouble: what the disk does not do, said once, and tried again."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Trouble:
    """Follows one kind of work: whether it succeeds, and when it is tried again."""

    def __init__(self, what: str, pause: float, again: Callable[[], object]) -> None:
        """`what` is for the log. `again` is called `pause` seconds after a failure."""
        self._what, self._pause, self._again = what, pause, again
        self._timer: asyncio.TimerHandle | None = None
        self.is_there = False
        """Whether the last try has failed."""

    @property
    def is_paused(self) -> bool:
        """Whether it is too early for another try."""
        return self._timer is not None

    def failed(self, error: OSError) -> None:
        """It did not work."""
        if not self.is_there:
            logger.error("%s: %s; another try every %g s", self._what, error, self._pause)
        self.is_there = True
        self._timer = asyncio.get_running_loop().call_later(self._pause, self.try_now)

    def worked(self) -> None:
        """It did."""
        if self.is_there:
            logger.warning("%s: works again", self._what)
        self.is_there = False

    def try_now(self) -> None:
        """Waits no longer."""
        self.stop()
        self._again()

    def stop(self) -> None:
        """Does not try again by itself."""
        if self._timer:
            self._timer.cancel()
        self._timer = None

"""The thread: waits for the disk, so that nobody else does."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar, TypeVarTuple

logger = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SLOW = 5.0
"""Seconds after which the log says what the disk is busy with."""


class DiskThread:
    """Does one thing at a time."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "spool")
        self.is_slow = False
        """Whether the disk takes longer than it should."""

    async def do(self, what: str, work: Callable[[*Ts], T], *given: *Ts) -> T:
        """Does that, even if nobody waits for it any more; `what` is for the log."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        doing = loop.run_in_executor(self._executor, work, *given)
        timer = loop.call_later(SLOW, self._takes_long, what)
        doing.add_done_callback(partial(self._done, what, began, timer))
        await asyncio.wait([doing])
        return doing.result()

    def _takes_long(self, what: str) -> None:
        if not self.is_slow:
            text = "%s: takes longer than %g s; no line is safe until it is done, and no stop ends"
            logger.warning(text, what, SLOW)
        self.is_slow = True

    def _done(
        self, what: str, began: float, timer: asyncio.TimerHandle, doing: "asyncio.Future[T]"
    ) -> None:
        timer.cancel()
        doing.exception()  # whoever waits gets it; but there may be nobody
        if self.is_slow and asyncio.get_running_loop().time() - began < SLOW:
            self.is_slow = False
            logger.warning("%s: in time again", what)

    def close(self) -> None:
        """There is nothing more to do than what it was given."""
        self._executor.shutdown(wait=False)

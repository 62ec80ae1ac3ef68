"""Services: what runs beside the requests, for as long as the proxy does."""

import asyncio
import logging
from typing import Protocol

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds before a service that died is started again: twice as many each time, up to these."""

LONG_ENOUGH = 60.0
"""Seconds after which a service that runs is well: if it dies now, the pause is a first one."""


class Service(Protocol):
    """Work in the background."""

    async def run(self) -> None:
        """Works until it is cancelled."""


async def supervise(service: Service, pause: float = FIRST_PAUSE) -> None:
    """Runs a service until this is cancelled. When it ends by itself, it is started again.

    `pause`: seconds before the first new start.
    """
    first, loop = pause, asyncio.get_running_loop()
    while True:
        began = loop.time()
        why = await died(service)
        if loop.time() - began > LONG_ENOUGH:
            pause = first
        logger.error(
            "%s ended; it starts again in %g s", type(service).__name__, pause, exc_info=why
        )
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def died(service: Service) -> BaseException | None:
    """Waits until a service has ended, which it should not, and returns what it raised."""
    try:
        await service.run()
    except (Exception, asyncio.CancelledError) as error:
        if is_being_cancelled(error):
            raise
        return error
    return None


def is_being_cancelled(error: BaseException) -> bool:
    """Whether it was raised because this task is to end.

    CancelledError without that comes from inside: somebody awaited what somebody else cancelled.
    Not to be asked inside of `asyncio.timeout`: until its block ends, that cancels this task too.
    """
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


class Background:
    """Services that are started and stopped together. It owns their tasks.

    Several may share it, as two servers do one proxy: it stops with the last who has started it.
    """

    def __init__(self) -> None:
        self._tasks: dict[Service, asyncio.Task[None] | None] = {}
        self._starts = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_warned = False

    @property
    def is_on(self) -> bool:
        """Whether somebody has started it and not stopped it yet."""
        return self._starts > 0

    def add(self, service: Service) -> None:
        """Takes a service in, unless it is there; it starts now if the others have."""
        self._tasks.setdefault(service, None)
        if self.is_on:
            self._run()

    def expect_start(self) -> None:
        """Warns, once, when there are services and nobody has started them."""
        if self._tasks and not self.is_on and not self._has_warned:
            self._has_warned = True
            names = ", ".join(type(service).__name__ for service in self._tasks)
            logger.warning("%s does not run: enter `async with proxy`, or serve it", names)

    def start(self) -> None:
        """Starts what does not run. To be called within an event loop."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # whoever started it in another one has ended with that
            self._loop, self._starts = loop, 0
        self._starts += 1
        self._run()

    def _run(self) -> None:
        for service, task in self._tasks.items():
            if task is None or task.done():  # done: the event loop before this one has ended
                self._tasks[service] = asyncio.ensure_future(supervise(service))

    async def aclose(self) -> None:
        """Takes one start back. After the last one it stops all, and waits until they have."""
        self._starts = max(self._starts - 1, 0)
        if self.is_on:
            return
        tasks = [task for task in self._tasks.values() if task and not task.done()]
        self._tasks = dict.fromkeys(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

"""Services: what runs beside the requests, for as long as the proxy does."""

import asyncio
import contextlib
import logging
from typing import Protocol

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds before a service that died is started again: twice as many each time, up to these."""


class Service(Protocol):
    """Work in the background."""

    async def run(self) -> None:
        """Works until it is cancelled."""


async def supervise(service: Service, pause: float = FIRST_PAUSE) -> None:
    """Runs a service, and starts it again, after a pause, whenever it dies."""
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await service.run()
            logger.error("%s ended; it starts again in %g s", type(service).__name__, pause)
        except Exception:
            logger.exception("%s died; it starts again in %g s", type(service).__name__, pause)
        await asyncio.sleep(pause)
        lasted = asyncio.get_running_loop().time() - began
        pause = FIRST_PAUSE if lasted > LONGEST_PAUSE * 2 else min(pause * 2, LONGEST_PAUSE)


class Background:
    """Services that are started and stopped together."""

    def __init__(self, *services: Service) -> None:
        self._services = services
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Starts all, unless they run already. To be called within an event loop."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for service in self._services:
                group.create_task(supervise(service))

    async def aclose(self) -> None:
        """Stops all and waits until they have; may be called twice."""
        task, self._task = self._task, None
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

"""Services: what runs beside the requests, for as long as the proxy does."""

import asyncio
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
    """Services that are started and stopped together. It owns their tasks."""

    def __init__(self) -> None:
        self._tasks: dict[Service, asyncio.Task[None] | None] = {}
        self._has_started = False

    def add(self, service: Service) -> None:
        """Takes a service in, unless it is there; it starts now if the others have."""
        self._tasks.setdefault(service, None)
        if self._has_started:
            self.start()

    def start(self) -> None:
        """Starts what does not run yet. To be called within an event loop."""
        self._has_started = True
        for service, task in self._tasks.items():
            if task is None:
                self._tasks[service] = asyncio.ensure_future(supervise(service))

    async def aclose(self) -> None:
        """Stops all and waits until they have; may be called twice."""
        self._has_started = False
        tasks = [task for task in self._tasks.values() if task]
        self._tasks = dict.fromkeys(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

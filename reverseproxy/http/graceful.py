"""uvicorn, ended by cancelling its task, and ended gracefully."""

import asyncio
import logging
import socket
from collections.abc import Collection
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from reverseproxy.http.accept_queue import refuse_new, take_waiting
from reverseproxy.http.leaving import Crowd, LastAnswers, LeavingConnection

logger = logging.getLogger(__name__)


class CutOff(asyncio.CancelledError):
    """It has stopped, but not all requests had come to their ends by then."""


class GracefulServer(uvicorn.Server):
    """A server that loses no request when it stops. The signals belong to the program around it.

    Source: for the way, nginx, Controlling nginx; for the words, RFC 9112, section 9.6.
    """

    def __init__(self, app: ASGIApp, grace: float, **settings: Any) -> None:
        """`grace`: seconds that running requests have after the stop; the rest is uvicorn's."""
        self._answers = LastAnswers(app)
        self._grace = grace
        self._crowd = Crowd()
        super().__init__(uvicorn.Config(self._answers, http=LeavingConnection, **settings))
        self.server_state.connections = self._crowd  # type: ignore[assignment]  # it is a set

    async def serve_on(
        self, own: Collection[socket.socket], given: Collection[socket.socket]
    ) -> None:
        """Serves until cancelled; then takes what waits, finishes what runs, and ends.

        `given`: listening sockets that others may have too, and go on with.

        Raises CutOff, which is a CancelledError, if the grace period was too short.
        """
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        self.servers = []
        try:
            await self.startup(sockets=[*own, *given])
            await self.main_loop()
        finally:
            await self._stop(own, given)

    async def _stop(self, own: Collection[socket.socket], given: Collection[socket.socket]) -> None:
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        for sock in (*own, *given):
            await take_waiting(sock, self._protocol)
        for server in self.servers:
            server.close()
        for sock in (*own, *given):
            sock.close()
        left = await self._finish()
        await self.lifespan.shutdown()
        if left:
            raise CutOff(left)

    async def _finish(self) -> int:
        """Waits until all is answered, or the grace period over; how many answers it cut off."""
        for connection in list(self._crowd):
            connection.shutdown()
        try:
            async with asyncio.timeout(self._grace):
                await self._crowd.wait_empty()
                if self.server_state.tasks:
                    await asyncio.wait(self.server_state.tasks)
        except TimeoutError:
            return await self._cut_off()
        return 0

    async def _cut_off(self) -> int:
        """Ends what is left."""
        running = list(self.server_state.tasks)
        logger.warning("%d requests cut off: they took longer than %g s", len(running), self._grace)
        for task in running:
            task.cancel()
        for connection in list(self._crowd):
            connection.transport.abort()
        if running:
            await asyncio.wait(running)
        return len(running)

    def _protocol(self) -> asyncio.Protocol:
        """What speaks with a client, on a connection that no server of the event loop accepted."""
        return LeavingConnection(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

"""uvicorn, ended by cancelling its task, and ended gracefully."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Collection
from itertools import chain
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from reverseproxy.http.accept_queue import HANDSHAKE, refuse_new, waiting, welcome
from reverseproxy.http.client_connection import cut_off
from reverseproxy.http.leaving import Crowd, LastAnswers, LeavingConnection

logger = logging.getLogger(__name__)

TURN = 0.001
"""Seconds in which what the event loop has just accepted becomes a connection: a turn or two."""

LAST_WORDS = 1.0
"""Seconds for requests that are cut off to come to their ends."""


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

        Raises CancelledError then, like all that is cancelled. If the grace period was too short,
        it has an argument: how many requests were cut off.
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
        """Closes the door, answers who is in, and ends; the grace period is for all of it."""
        try:
            # A second cancel: nobody wants to wait any longer.
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(self._grace):
                    await self._close_door(own, given)
                    await self._finish()
        finally:
            self._close(own, given)
            try:
                left = await self._cut_off()
            finally:
                await self.lifespan.shutdown()
        if left:
            raise asyncio.CancelledError(left)

    async def _close_door(
        self, own: Collection[socket.socket], given: Collection[socket.socket]
    ) -> None:
        """Takes all who have come, and nobody after them."""
        self._answers.is_stopping = True
        for sock in own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if own else TURN)
        taken = [connection for sock in (*own, *given) for connection in waiting(sock)]
        self._close(own, given)
        await welcome(taken, self._protocol)
        await asyncio.sleep(TURN)

    async def _finish(self) -> None:
        """Says goodbye to each client, and waits until all of them have gone."""
        for connection in self._crowd:
            connection.shutdown()
        await self._crowd.wait_empty()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)

    def _close(self, *socks: Collection[socket.socket]) -> None:
        """Listens no more."""
        for server in self.servers:
            server.close()
        for sock in chain(*socks):
            sock.close()

    async def _cut_off(self) -> int:
        """Ends what is left. Returns how many answers that has broken off."""
        running, crowd = list(self.server_state.tasks), list(self._crowd)
        left = max(len(running), sum(connection.owes for connection in crowd))
        if left:
            logger.warning("requests cut off: %d (the grace period is %g s)", left, self._grace)
        for task in running:
            task.cancel()
        for connection in crowd:
            cut_off(connection.transport)
        if running:
            await asyncio.wait(running, timeout=LAST_WORDS)
        return left

    def _protocol(self) -> asyncio.Protocol:
        """What speaks with a client, on a connection that no server of the event loop accepted."""
        return LeavingConnection(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

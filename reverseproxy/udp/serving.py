"""One run of a UdpProxy: from its listeners to the last session."""

import asyncio
import contextlib
import functools
import logging
import math
from collections.abc import Sequence

from reverseproxy.server import format_address
from reverseproxy.tcp.poller import Poller
from reverseproxy.udp.counts import DatagramCounts
from reverseproxy.udp.listener import Listener
from reverseproxy.udp.switchboard import Switchboard

logger = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks for sessions that are idle, at most."""

QUIET = 1.0
"""Seconds of silence after which a session has ended, once the proxy stops."""

PAUSE = 10.0
"""Seconds, at least, between two lines of the log that say what was dropped."""


class Serving:
    """Listens, and lets sessions end."""

    def __init__(
        self,
        listeners: Sequence[Listener],
        switchboard: Switchboard,
        poller: Poller,
        idle: float,
        counts: DatagramCounts,
    ) -> None:
        """`idle`: seconds without a datagram after which a session has ended."""
        self._listeners, self._switchboard, self._poller = listeners, switchboard, poller
        self._idle, self._counts = idle, counts
        self._empty = asyncio.Event()
        self._said, self._said_at = counts.dropped.total(), -math.inf

    async def run(self, grace: float) -> None:
        """Serves until cancelled, and then until all are quiet, or `grace` is over."""
        try:
            self._tick()
            for each in self._listeners:
                take = functools.partial(self._switchboard.take, each)
                self._poller.add_reader(each.sock.fileno(), take)
                logger.info("listening on %s", format_address(each.sock).partition("://")[2])
            await asyncio.get_running_loop().create_future()
        finally:
            await self._stop(grace)

    def _tick(self) -> None:
        """Ends the sessions that are idle: one timer does for all."""
        loop = asyncio.get_running_loop()
        self._ticker = loop.call_later(min(TICK, self._idle / 4), self._tick)
        self._switchboard.end_quiet(self._idle, loop.time())
        if not len(self._switchboard):
            self._empty.set()
        self._say(loop.time())

    def _say(self, now: float) -> None:
        """Says what was dropped, if that is news, and not too often; in the end, `now` is inf."""
        total = self._counts.dropped.total()
        if total > self._said and now - self._said_at > PAUSE:
            self._said, self._said_at = total, now
            logger.warning("datagrams dropped so far: %s", self._counts.why_dropped())

    async def _stop(self, grace: float) -> None:
        """Lets sessions go on until they are quiet, but no longer than `grace`; none begins.

        Raises CancelledError, with the number of those that were not.
        """
        self._switchboard.is_closed = True
        self._idle = min(self._idle, QUIET)
        self._ticker.cancel()
        self._empty.clear()
        self._tick()
        try:
            # A second cancel: nobody wants to wait any longer.
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(grace):
                    await self._empty.wait()
        finally:
            left = self._close()
        if left:
            logger.warning("sessions cut off: %d (the grace period is %g s)", left, grace)
            raise asyncio.CancelledError(left)

    def _close(self) -> int:
        """Ends what is left. Returns how many sessions that were."""
        self._ticker.cancel()
        for each in self._listeners:
            self._poller.remove_reader(each.sock.fileno())
            each.sock.close()
        self._say(math.inf)
        return self._switchboard.end_quiet(0.0, math.inf)

"""A worker: keeps one connection for lines, with its home or, for a while, with another."""

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass

from reverseproxy.errors import (
    ConnectFailed,
    ExchangeError,
    NoUpstreamAvailable,
    ResponseBroken,
    UpstreamError,
)
from reverseproxy.facts import Admin
from reverseproxy.lease import Lease
from reverseproxy.lines.connection import LineConnection
from reverseproxy.target import Target
from reverseproxy.tcp.dialing import Dialer
from reverseproxy.upstream import Upstream

logger = logging.getLogger(__name__)

OVER = ExchangeError("the connection has ended")
"""A connection that ends in good order says nothing about the upstream."""

Found = tuple[Lease, socket.socket]


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds: before another try, at first and at most; and until a look whether home is back."""

    first: float = 2.0
    longest: float = 30.0
    failback: float = 300.0


class Worker:
    """Dials before it takes anything: without a connection, it holds no lines."""

    def __init__(
        self,
        home: Upstream,
        target: Target,
        dialer: Dialer,
        opened: Callable[[socket.socket], LineConnection],
        pauses: Pauses,
    ) -> None:
        """`home`: where its lines go whenever that can be; `opened` makes use of a socket."""
        self._home, self._target, self._dialer = home, target, dialer
        self._opened, self._pauses = opened, pauses
        self._others = [each for each in target.upstreams if each is not home]
        """A lease of home is one for which all of these count as tried."""
        self._upstream = home
        """Where the connection is, or was."""
        self._avoided: Upstream | None = None
        """Who is not asked the next time, because it was of no use."""
        self._next: Found | None = None
        """What is used when the connection that there is has ended."""
        self.connection: LineConnection | None = None

    async def run(self) -> None:
        """Works until it is cancelled."""
        try:
            await self._work()
        finally:
            if self._next:
                lease, sock = self._next
                sock.close()
                lease.__exit__(ExchangeError, OVER, None)

    async def _work(self) -> None:
        pause, in_vain = self._pauses.first, 0
        while True:
            try:
                found, self._next = self._next or await self._dial(), None
                await self._use(*found)
                pause, in_vain = self._pauses.first, 0
            except ExchangeError as error:
                in_vain += 1
                where = error.upstream or self._target.name
                if self._avoided and in_vain <= len(self._others):
                    logger.warning("no lines go to %s: %s; another one is next", where, error)
                    continue
                logger.warning("no lines go to %s: %s; another try in %g s", where, error, pause)
                await asyncio.sleep(pause)
                pause, in_vain = min(2 * pause, self._pauses.longest), 0

    async def _dial(self) -> Found:
        """A connection: with home if that can be, or else with one of the others.

        Each has one try, and the target chooses among the others. Whoever is to be avoided has
        none, this one time. Raises what the last try raised, and NoUpstreamAvailable only when
        nobody could be asked.
        """
        tried, self._avoided = [self._avoided] if self._avoided else [], None
        why: ExchangeError | None = None
        if self._home not in tried:
            try:
                return await self._connect(self._target.lease(tried=self._others))
            except ExchangeError as error:
                why = error
            tried.append(self._home)
        while True:
            try:
                lease = self._target.lease(tried=tried)
                tried.append(lease.upstream)
                return await self._connect(lease)
            except NoUpstreamAvailable as error:
                raise why or error from error
            except ConnectFailed as error:
                why = error

    async def _connect(self, lease: Lease) -> Found:
        """A connection, and the lease of its upstream, entered. Raises ConnectFailed."""
        try:
            with lease as upstream:
                sock = await self._dialer.dial(upstream)
                # Connecting is a use of its own, and health hears how that ends.
                lease.__enter__()
                return lease, sock
        except ConnectFailed as error:
            error.upstream = str(lease.upstream)
            raise

    async def _use(self, lease: Lease, sock: socket.socket) -> None:
        """Sends lines until the connection ends. Raises UpstreamError when it was of no use."""
        self._note(lease.upstream)
        self.connection = self._opened(sock)
        over: asyncio.Future[UpstreamError | None] = asyncio.get_running_loop().create_future()
        began = asyncio.get_running_loop().time()
        self.connection.start(functools.partial(tell, over))
        error: UpstreamError | None = None
        try:
            await self._until(over)
            error = over.result()
            lasted = asyncio.get_running_loop().time() - began
            was_of_use = self.connection.has_delivered or self.connection.is_leaving
            if not was_of_use and lasted < self._pauses.longest:
                self._avoided = lease.upstream if self._others else None
                raise (error := useless(lease.upstream, error))
        finally:
            self.connection.end()
            lease.__exit__(ExchangeError, error or OVER, None)
        if error:
            logger.warning("upstream %s: %s; its lines go another way", lease.upstream, error)

    def _note(self, upstream: Upstream) -> None:
        """Lines go there now: if that is another one than before, it is news."""
        if upstream is not self._upstream:
            logger.info("lines for %s go to %s now", self._home, upstream)
        self._upstream = upstream

    async def _until(self, over: "asyncio.Future[UpstreamError | None]") -> None:
        """Waits for that. Away from home, it looks every so often (`failback`) if home is back.

        A look is a try to connect, with home alone; while it lasts, and when it is in vain, lines
        go where they went. When home is back, that is the `_next`, and the connection that there is
        leaves (`leave`). Nobody looks any more then, and it still has to be over.
        """
        while not over.done():
            is_away = self._upstream is not self._home and not self._next
            await asyncio.wait([over], timeout=self._pauses.failback if is_away else None)
            if is_away and not over.done():
                with contextlib.suppress(ExchangeError):
                    self._next = await self._connect(self._target.lease(tried=self._others))
                    self.leave()

    @property
    def lines(self) -> int:
        """Lines that are on their way."""
        return self.connection.flight.lines if self.connection else 0

    def leave(self) -> None:
        """Has the connection end when what it has taken is delivered."""
        if self.connection:
            self.connection.leave()

    def end(self) -> None:
        """Ends the connection now. What has not been delivered goes back to the queue."""
        if self.connection:
            self.connection.end()

    def tick(self, most_quiet: float) -> None:
        """To be called at regular times."""
        if not self.connection or self.connection.is_over:
            return
        if self._upstream.facts.admin is not Admin.READY:
            self.leave()
        self.connection.tick(most_quiet)


def useless(upstream: Upstream, error: UpstreamError | None) -> UpstreamError:
    """What is wrong with an upstream whose connection ended before it was of any use."""
    why = error or ResponseBroken("it hung up before it had taken a line")
    why.upstream = str(upstream)
    return why


def tell(over: "asyncio.Future[UpstreamError | None]", error: UpstreamError | None) -> None:
    """Says that it is over, to whoever still waits for that."""
    if not over.done():
        over.set_result(error)

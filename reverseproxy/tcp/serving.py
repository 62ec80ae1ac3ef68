"""One run of a TcpProxy: from its listening sockets to the last connection."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from reverseproxy.client_hello import HelloReader, HelloRefused
from reverseproxy.errors import ConnectFailed, ExchangeError
from reverseproxy.forwarded import NOBODY, TrustedProxies
from reverseproxy.http.accept_queue import HANDSHAKE, refuse_new, waiting
from reverseproxy.http.outgoing import reason
from reverseproxy.lease import Lease
from reverseproxy.proxy_protocol.introduction import Introduction
from reverseproxy.server import format_address
from reverseproxy.server_names import ServerNames, targets_of
from reverseproxy.target import Target
from reverseproxy.tcp.dialing import Dialer
from reverseproxy.tcp.door import Door
from reverseproxy.tcp.flow import Flow
from reverseproxy.tcp.handshake import shake_hands
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.preread import Preread, Unfinished
from reverseproxy.tcp.reception import UNASKED, Reception
from reverseproxy.tcp.relay import Relay
from reverseproxy.tcp.secure_flow import SecureFlow
from reverseproxy.tcp.sockets import reset, send_at_once
from reverseproxy.tls.sockets import TlsSocket
from reverseproxy.tries import Tries

logger = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks at all connections, at most."""

BACKLOG = 2048
"""Clients that may wait in an accept queue."""

OVER = ExchangeError("the connection has ended")
"""How a connection ends says nothing about the upstream, not even that it was good."""


def silently(introduction: Introduction) -> bytes:
    """Says nothing about who calls."""
    return b""


@dataclass(frozen=True, slots=True)
class Settings:
    """Seconds to connect, seconds without a byte, connections at once, and what moves bytes."""

    connect: float
    idle: float
    room: int
    flow: type[Flow] = Flow
    trusted: TrustedProxies = NOBODY
    """Whose connections begin with a PROXY header."""
    introduce: Callable[[Introduction], bytes] = silently
    """What an upstream hears before everything else."""

    @property
    def tick(self) -> float:
        """Seconds between two ticks."""
        return min(TICK, self.idle / 4)

    @property
    def most_quiet(self) -> float:
        """Ticks in a row without a byte after which a connection is idle."""
        return self.idle / self.tick


class Serving:
    """The connections that came in through some sockets."""

    def __init__(
        self,
        target: Target | ServerNames,
        settings: Settings,
        socks: Collection[socket.socket],
        own: Collection[socket.socket],
        poller: Poller,
    ) -> None:
        """`own`: those of the sockets that nobody else has."""
        self._target, self._settings = target, settings
        self._socks, self._own = socks, own
        self._leases: dict[Relay, Lease] = {}
        self._opening: dict[asyncio.Task[None], socket.socket] = {}
        self._waiting: deque[socket.socket] = deque()
        self._empty = asyncio.Event()
        self._is_stopping = False
        self._poller = poller
        self._preread = Preread(poller, settings.connect)
        self._reception = Reception(settings.trusted, poller, settings.connect)
        introduces = settings.introduce is not silently
        has_keys = any(each.key for each in targets_of(target))
        self._asks_who = bool(has_keys or settings.trusted or introduces)
        self._dialer = Dialer(self._poller, settings.connect)
        self._door = Door(socks, self._poller, self._has_room, self._enter)

    async def run(self, grace: float) -> None:
        """Serves until cancelled, and then until all have ended, or `grace` is over."""
        for sock in self._socks:
            if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                sock.listen(BACKLOG)  # it was given bound, and no more
            sock.setblocking(False)
            send_at_once(sock)
            logger.info("listening on %s", format_address(sock).partition("://")[2])
        try:
            self._door.open()
            self._tick()
            await asyncio.get_running_loop().create_future()
        finally:
            await self._stop(grace)

    def _has_room(self) -> bool:
        return len(self._leases) + len(self._opening) < self._settings.room

    def _enter(self, client: socket.socket) -> None:
        """A client is there: a task sees to it until its connection is made."""
        task = asyncio.get_running_loop().create_task(self._open(client))
        self._opening[task] = client
        task.add_done_callback(self._opened)

    async def _open(self, client: socket.socket) -> None:
        """Connects a client with an upstream."""
        client.setblocking(False)
        caller = await self._reception.receive(client) if self._asks_who else UNASKED
        rest = caller.rest
        if isinstance(client, TlsSocket):
            client.feed(rest)
            await shake_hands(client, self._poller, self._settings.connect)
            rest = b""
        target = self._target
        if isinstance(target, ServerNames):
            target, rest = await self._named(target, client, rest)
        key = caller.introduction.source.encode()
        first = self._settings.introduce(caller.introduction)
        lease, upstream = await self._connect(Tries(target, "", key), first)
        relay = Relay(client, upstream, self._poller, self._ended, self._flow(client, upstream))
        self._leases[relay] = lease
        relay.start(rest if isinstance(upstream, TlsSocket) else first + rest)

    async def _named(
        self, names: ServerNames, client: socket.socket, rest: bytes
    ) -> tuple[Target, bytes]:
        """The target that a client names, and all that was read of the client to know that.

        `rest`: what was read before. Raises HelloRefused for a client that cannot be served; it has
        been told why, as TLS says it, and its connection is closed.
        """
        try:
            hello, data = await self._preread.until(client, "ClientHello", HelloReader().read, rest)
            return names.target(hello), data
        except HelloRefused as error:
            with contextlib.suppress(OSError):
                client.send(error.words)
            client.close()
            raise

    def _flow(self, *sides: socket.socket) -> type[Flow]:
        """What moves the bytes between them. What is encrypted has to pass through our hands."""
        is_secure = any(isinstance(side, TlsSocket) for side in sides)
        return SecureFlow if is_secure else self._settings.flow

    async def _connect(self, tries: Tries, first: bytes = b"") -> tuple[Lease, socket.socket]:
        """A connection to an upstream, and the lease of it, entered: it lasts as long as that does.

        `first` is said before all else, and before the handshake of TLS.
        To connect is a use by itself, and how that ends is what health hears of. A ConnectFailed
        gets the upstream's name, and another upstream has a try, if there is one.

        Raises what the last try raised.
        """
        while True:
            lease = tries.lease()
            try:
                with lease as upstream:
                    connection = await self._dialer.dial(upstream, first)
                    # Connecting is a use of its own. How that ends is all that health hears of.
                    lease.__enter__()
                    return lease, connection
            except ConnectFailed as error:
                error.upstream = str(lease.upstream)
                if not tries.has_another(error, is_whole=True):
                    raise
                logger.warning("upstream %s: %s; another one gets a try", lease.upstream, error)

    def _opened(self, task: asyncio.Task[None]) -> None:
        """The task of a client is over. If no relay came of it, the client hears that."""
        client = self._opening.pop(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ssl.SSLError):
            client.close()  # it has been told why: no reset may overtake that
        elif error or task.cancelled():
            reset(client)
        if error:
            self._log(error)
        self._look()

    def _log(self, error: BaseException) -> None:
        if isinstance(error, HelloRefused | ssl.SSLError):  # anybody can cause any number of these
            logger.info("no connection for %s: %s", self._target.name, reason(error))
        elif isinstance(error, Unfinished | OSError):  # who goes without a word is not worth a line
            logger.debug("no connection for %s: %s", self._target.name, reason(error))
        elif isinstance(error, ExchangeError):
            where = f"upstream {error.upstream}: " if error.upstream else ""
            logger.warning("no connection for %s: %s%s", self._target.name, where, error)
        else:
            logger.error("a connection could not be opened", exc_info=error)

    def _ended(self, relay: Relay) -> None:
        """A relay is over."""
        self._leases.pop(relay).__exit__(ExchangeError, OVER, None)
        self._look()

    def _look(self) -> None:
        """Somebody has left: there is room for those who wait, or it was the last one."""
        self._admit()
        if not self._leases and not self._opening:
            self._empty.set()
        if not self._door.is_open and not self._is_stopping:
            self._door.open()

    def _admit(self) -> None:
        """Lets in those who were taken out of the accept queue at the stop, as far as they fit."""
        while self._waiting and self._has_room():
            self._enter(self._waiting.popleft())

    def _tick(self) -> None:
        """Looks at all connections, and ends those that are idle."""
        loop = asyncio.get_running_loop()
        self._ticker = loop.call_later(self._settings.tick, self._tick)
        for relay in list(self._leases):
            relay.tick()
            if relay.quiet > self._settings.most_quiet:
                relay.end(reset)

    async def _stop(self, grace: float) -> None:
        """Lets in who has come already, and waits until all have left, but no longer than `grace`.

        Raises CancelledError, with the number of those that had not.
        """
        self._is_stopping = True
        try:
            # A second cancel: nobody wants to wait any longer.
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(grace):
                    await self._close_door()
                    if self._leases or self._opening:
                        self._empty.clear()
                        await self._empty.wait()
        finally:
            self._close()
            left = await self._cut_off()
        if left:
            logger.warning("connections cut off: %d (the grace period is %g s)", left, grace)
            raise asyncio.CancelledError(left)

    async def _close_door(self) -> None:
        """Lets in all who have come, and nobody after them."""
        for sock in self._own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if self._own else 0)
        for sock in self._socks:
            self._waiting.extend(waiting(sock))
        self._close()
        self._admit()

    def _close(self) -> None:
        """Listens no more."""
        self._door.shut()
        for sock in self._socks:
            sock.close()
        self._socks = ()

    async def _cut_off(self) -> int:
        """Ends what is left. Returns how many connections that were."""
        self._ticker.cancel()
        self._dialer.close()
        left = len(self._leases) + len(self._opening) + len(self._waiting)
        while self._waiting:
            reset(self._waiting.pop())
        for relay in list(self._leases):
            relay.end(reset)
        for task in self._opening:
            task.cancel()
        if self._opening:
            await asyncio.wait(self._opening)  # they still need the poller
        return left

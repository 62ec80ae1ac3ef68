"""One run of a LineProxy: from its listening sockets to the last line."""

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from reverseproxy.http.accept_queue import HANDSHAKE, refuse_new, waiting
from reverseproxy.http.outgoing import reason
from reverseproxy.lines.client import Client
from reverseproxy.lines.connection import SEND_BUFFER, LineConnection, keep_alive
from reverseproxy.lines.flight import Flight
from reverseproxy.lines.intake import Intake, Store
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.worker import Pauses, Worker
from reverseproxy.server import format_address
from reverseproxy.target import Target
from reverseproxy.tcp.dialing import Dialer
from reverseproxy.tcp.door import Door
from reverseproxy.tcp.handshake import shake_hands
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.sockets import reset
from reverseproxy.tls.sockets import TlsSocket

logger = logging.getLogger(__name__)

TICK = 0.05
"""Seconds between two looks at what has been delivered."""

BACKLOG = 2048
"""Clients that may wait in an accept queue."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a LineProxy was told."""

    connections: int
    connect: float
    write: float
    longest: int
    room: int
    is_ordered: bool
    pauses: Pauses
    flight: Callable[[socket.socket], Flight]
    """Follows what is sent on a connection until it is delivered."""
    client: type[Client] = Client
    """What reads the lines of a client."""
    store: Store | None = None
    """Where lines are kept; None: in memory."""


class Serving:
    """Clients, a queue or more, and workers."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        ledger: Ledger,
        socks: Collection[socket.socket],
        own: Collection[socket.socket],
        poller: Poller,
    ) -> None:
        """`own`: those of the sockets that nobody else has."""
        self._settings, self._ledger = settings, ledger
        self._socks, self._own, self._poller = socks, own, poller
        self._clients: dict[Client, Intake] = {}
        self._used: Counter[Intake] = Counter()
        self._opening: dict[asyncio.Task[None], socket.socket] = {}
        self._is_stopping = False
        self._delivered = asyncio.Event()
        self._dialer = Dialer(poller, settings.connect)
        self._door = Door(socks, poller, self._has_room, self._enter)
        homes = [
            home for home in target.upstreams for _ in range(settings.connections * home.weight)
        ]
        shared = Queue(2 * len(homes))
        self._queues = [Queue(2) if settings.is_ordered else shared for _ in homes]
        self._store = settings.store
        self._intakes = [self._store or queue for queue in self._queues]
        self._workers = [
            Worker(home, target, self._dialer, self._opened_on(queue), settings.pauses)
            for home, queue in zip(homes, self._queues, strict=True)
        ]

    async def run(self, grace: float) -> None:
        """Serves until cancelled, and then until every line is delivered, or `grace` is over.

        Raises ConfigurationError when the store cannot be used.
        """
        await self._begin()
        runs = [worker.run for worker in self._workers]
        if self._store:
            runs.append(self._store.run)
        working = [asyncio.ensure_future(run()) for run in runs]
        self._tick()
        try:
            self._door.open()
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()  # it never ends, but by a fault of ours
        finally:
            await self._stop(grace, working)

    async def _begin(self) -> None:
        """Opens the store before anybody can bring anything there, and then listens.

        If one of these cannot be had, the others are let go.
        """
        async with contextlib.AsyncExitStack() as had:
            for sock in self._socks:
                had.enter_context(sock)
            if self._store:
                await self._store.open(self._queues[0], self._ledger)
                had.push_async_callback(self._store.close)
            for sock in self._socks:
                if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    sock.listen(BACKLOG)  # it was given bound, and no more
                sock.setblocking(False)
                logger.info("listening on %s", format_address(sock).partition("://")[2])
            had.pop_all()

    def _has_room(self) -> bool:
        return len(self._clients) + len(self._opening) < self._settings.room

    def _enter(self, sock: socket.socket) -> None:
        """A client is there."""
        sock.setblocking(False)
        keep_alive(sock)
        if not isinstance(sock, TlsSocket):
            self._read(sock)
            return
        shaking = shake_hands(sock, self._poller, self._settings.connect)
        task = asyncio.get_running_loop().create_task(shaking)
        self._opening[task] = sock
        task.add_done_callback(self._shaken)

    def _shaken(self, task: asyncio.Task[None]) -> None:
        """The handshake of a client is over."""
        sock = self._opening.pop(task)
        if task.cancelled() or self._is_stopping:
            reset(sock)
        elif error := task.exception():
            logger.info("a client gets nowhere: %s", reason(error))
            sock.close()
            self._make_room()
        else:
            self._read(sock)

    def _read(self, sock: socket.socket) -> None:
        """Has the lines of a client read; in order, if wanted, which takes one way for all."""
        intake = min(self._intakes, key=self._used.__getitem__)
        self._used[intake] += 1
        made, longest = self._settings.client, self._settings.longest
        client = made(sock, self._poller, longest, intake, self._ledger, self._gone)
        self._clients[client] = intake
        client.start()

    def _gone(self, client: Client) -> None:
        """A client has left: there is room for another one."""
        self._used[self._clients.pop(client)] -= 1
        self._make_room()

    def _make_room(self) -> None:
        """If the door was shut for want of it, it opens."""
        if self._socks and not self._door.is_open:
            self._door.open()

    def _opened_on(self, queue: Queue) -> Callable[[socket.socket], LineConnection]:
        """What makes use of a socket that is connected with an upstream."""

        def opened(sock: socket.socket) -> LineConnection:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            keep_alive(sock)
            flight = self._settings.flight(sock)
            return LineConnection(sock, self._poller, flight, queue, self._ledger)

        return opened

    def _tick(self) -> None:
        """Looks at all connections: what has been delivered, and which of them are stuck."""
        self._ticker = asyncio.get_running_loop().call_later(TICK, self._tick)
        for worker in self._workers:
            worker.tick(self._settings.write / TICK)
        if self._is_stopping and not self.on_their_way and not self._clients:
            self._delivered.set()

    async def _stop(self, grace: float, working: Sequence[asyncio.Future[None]]) -> None:
        """Takes what has come already, and waits until it is delivered, no longer than `grace`.

        Raises CancelledError, with how many lines had not been.
        """
        try:
            # A second cancel: nobody wants to wait any longer.
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(grace):
                    await self._close_door()
                    await self._delivered.wait()
        finally:
            self._let_in()
            left = await self._cut_off(working)
        if left:
            logger.warning("lines not delivered: %d (the grace period is %g s)", left, grace)
            raise asyncio.CancelledError(left)

    async def _close_door(self) -> None:
        """Lets in all who have come, and nobody after them; takes what they have sent."""
        for sock in self._own:
            refuse_new(sock)
        await asyncio.sleep(HANDSHAKE if self._own else 0)
        self._let_in()
        if self._opening:
            await asyncio.wait(self._opening)
        for reader in list(self._clients):
            reader.finish()
        if self._store:
            await self._store.flush()
        self._is_stopping = True

    @property
    def on_their_way(self) -> int:
        """Lines that wait, or have been sent and are not delivered."""
        waiting_lines = sum(queue.lines for queue in set(self._queues))
        return waiting_lines + sum(worker.lines for worker in self._workers)

    @property
    def pending(self) -> int:
        """Lines of which nothing has become yet: those on their way, and those in the store.

        Counted where they are: what is left when the others are taken off would always be right.
        """
        return self.on_their_way + (self._store.lines if self._store else 0)

    def _let_in(self) -> None:
        """Lets in all who have come, and listens no more."""
        came = [client for sock in self._socks for client in waiting(sock)]
        self._door.shut()
        for sock in self._socks:
            sock.close()
        self._socks = ()
        for client in came:
            self._enter(client)

    async def _cut_off(self, working: Sequence[asyncio.Future[None]]) -> int:
        """Ends what is left, before anybody else has a turn: how many lines were not delivered."""
        self._is_stopping = True
        self._ticker.cancel()
        for client in list(self._clients):
            client.finish()
            client.cut_off()
        queues = set(self._queues)
        waited = sum(queue.close() for queue in queues)
        for worker in self._workers:
            worker.end()
        sent = sum(queue.close() for queue in queues)  # it came back
        if self._store:
            self._store.take_back(waited + sent)
        else:
            self._ledger.drop(waited, "stopped")
            self._ledger.unconfirmed += sent
        for task in (*working, *self._opening):
            task.cancel()
        try:
            await asyncio.wait({*working, *self._opening})
        finally:
            self._dialer.close()
            left = await self._store.close() if self._store else waited + sent
        return left

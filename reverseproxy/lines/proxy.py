"""LineProxy: balances the lines inside of connections."""

import asyncio
import functools
import socket
from collections.abc import Callable, Sequence

from reverseproxy.errors import ConfigurationError
from reverseproxy.lines.acknowledged import Acknowledged
from reverseproxy.lines.acknowledging import AcknowledgedClient
from reverseproxy.lines.client import Client
from reverseproxy.lines.flight import Flight
from reverseproxy.lines.intake import Store
from reverseproxy.lines.ledger import Ledger, Lines
from reverseproxy.lines.sent import Sent
from reverseproxy.lines.serving import Serving, Settings
from reverseproxy.lines.worker import Pauses
from reverseproxy.server import GRACE, Place, listeners, ours
from reverseproxy.settings import check_count, check_number
from reverseproxy.target import Target
from reverseproxy.tcp.poller import polling
from reverseproxy.tcp.proxy import check_target, probing
from reverseproxy.tcp.room import room_for
from reverseproxy.tls.contexts import prepare

ORDERS = ("none", "connection")
DELIVERIES = ("sent", "acknowledged")


class LineProxy:
    """Gives each line that comes in to one of a target's upstreams.

    `delivery` says when a line counts as delivered. "sent": when the upstream's kernel has it;
    lines on a connection that breaks may be lost, and are counted. "acknowledged": when the
    upstream has answered "ACK 250" for the first 250 lines of the connection; until then it is
    kept, and sent again elsewhere if need be: it arrives at least once. With `window` bytes on its
    way without an answer, a connection gets no more; its last batch may go beyond that.

    `acknowledge` answers clients in the same way: the lines that are counted need them no more,
    for they have been acknowledged by an upstream, or are on a disk. `store` is where lines are
    kept until they are delivered; None: in memory.
    """

    def __init__(
        self,
        target: Target,
        *,
        connections: int = 4,
        connect: float = 5.0,
        write: float = 30.0,
        first_pause: float = 2.0,
        longest_pause: float = 30.0,
        failback: float = 300.0,
        max_line: int = 1_048_576,
        order: str = "none",
        delivery: str = "sent",
        receive_buffer: int = 33_554_432,
        window: int = 1_048_576,
        acknowledge: bool = False,
        store: Store | None = None,
        max_connections: int | None = None,
        max_probe_rate: float = 500.0,
    ) -> None:
        """Times are in seconds, sizes in bytes.

        target: its upstreams are written like tcp://localhost:9999, or, for TLS, tls://db:9999. Its
        policy chooses where lines go when the upstream that they are for is not there.
        connections: to each upstream, for each unit of its weight.
        connect: until a connection to an upstream stands; each address of a name has so long, and
        so has each handshake of TLS, on either side.
        write: while an upstream takes nothing, or acknowledges nothing of what it has; then its
        connection is broken off.
        first_pause, longest_pause: before another try, when no upstream can be connected with; it
        doubles from one to the other.
        failback: between two looks whether an upstream is back whose lines go to another one.
        max_line: of a line, with its end; longer ones are dropped, and counted.
        order: "connection" keeps the lines of a client in order, on one connection; "none": every
        line goes wherever there is room.
        receive_buffer: the most that an upstream's kernel holds for its program (tcp_rmem's last
        number there: 32 MiB in new kernels, 6 MiB in older ones, if nobody has set it): lines that
        may be lost with the program, without a word.
        max_connections: more clients have to wait in the kernel's accept queue; None: 10,000, or as
        many as the system lets us have.
        max_probe_rate: probes of active health a second.

        Raises ConfigurationError for an upstream, a policy or a number that cannot be.
        """
        check_target(target)
        if target.key:
            raise ConfigurationError("key", target.key.kind, "is for connections: lines have none")
        prepare(target)
        check_count("connections", connections, 1, 1024)
        check_number("connect", connect, 0.001, 86_400)
        check_number("write", write, 0.1, 86_400)
        check_number("first_pause", first_pause, 0.001, 86_400)
        check_number("longest_pause", longest_pause, first_pause, 86_400)
        check_number("failback", failback, 0.01, 31_536_000)
        check_count("max_line", max_line, 1, 1_073_741_824)
        check_count("receive_buffer", receive_buffer, 0, 2**40)
        check_number("max_probe_rate", max_probe_rate, 0.1, 100_000)
        check_count("window", window, 1, 1_073_741_824)
        check_promise(delivery, order, store, acknowledge=acknowledge)
        self._target = target
        self._settings = Settings(
            connections,
            connect,
            write,
            max_line,
            room_for(max_connections),
            order == "connection",
            Pauses(first_pause, longest_pause, failback),
            flights(delivery, window, receive_buffer),
            AcknowledgedClient if acknowledge else Client,
            store,
        )
        self.ledger = Ledger()
        self._serving: Serving | None = None
        self._background = probing([target], max_probe_rate)

    @property
    def lines(self) -> Lines:
        """What has become of all lines by now. It always adds up."""
        store = self._settings.store
        kept = store.lines if store else 0
        return self.ledger.lines(self._serving.pending if self._serving else kept)

    async def serve(
        self, *, listen: Place | Sequence[Place] = "127.0.0.1:9000", grace: float = GRACE
    ) -> None:
        """Serves until cancelled; what clients have sent by then has `grace` seconds to arrive.

        `listen` is "address:port", a socket that is bound already, a TlsListener, or a list.

        Raises ConfigurationError when an address is none or cannot be had, and CancelledError in
        the end; if the grace period was too short, it has an argument: for how many lines.
        """
        check_number("grace", grace, 0, 86_400)
        socks = listeners(listen)
        own = ours(socks, listen)
        self._background.start()
        try:
            with polling(asyncio.get_running_loop()) as poller:
                serving = Serving(self._target, self._settings, self.ledger, socks, own, poller)
                self._serving = serving
                await serving.run(grace)
        finally:
            self._serving = None
            await self._background.aclose()


def flights(delivery: str, window: int, unread: int) -> Callable[[socket.socket], Flight]:
    """What follows the lines on a connection, as the delivery has it."""
    if delivery == "sent":
        return functools.partial(Sent, unread=unread)
    return lambda sock: Acknowledged(window)


def check_promise(delivery: str, order: str, store: Store | None, *, acknowledge: bool) -> None:
    """Raises ConfigurationError for what cannot be had together."""
    check_choice("delivery", delivery, DELIVERIES)
    check_choice("order", order, ORDERS)
    if store and order == "connection":
        raise ConfigurationError("order", order, "needs lines in memory: a store has no order")
    if acknowledge and not store and delivery == "sent":
        allowed = 'needs delivery="acknowledged" or a store: nothing else makes a line safe'
        raise ConfigurationError("acknowledge", acknowledge, allowed)


def check_choice(key: str, value: object, choices: Sequence[str]) -> None:
    """Raises ConfigurationError for anything that is not among them."""
    if value not in choices:
        raise ConfigurationError(key, value, f"is one of {', '.join(choices)}")

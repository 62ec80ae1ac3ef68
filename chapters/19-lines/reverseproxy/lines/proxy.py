"""LineProxy: balances the lines inside of connections."""

import asyncio
import functools
from collections.abc import Sequence

from reverseproxy.errors import ConfigurationError
from reverseproxy.lines.ledger import Ledger
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


class LineProxy:
    """Gives each line that comes in to one of a target's upstreams."""

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
        receive_buffer: int = 33_554_432,
        max_connections: int | None = None,
        max_probe_rate: float = 500.0,
    ) -> None:
        """Times are in seconds, sizes in bytes.

        target: its upstreams are written like tcp://localhost:9999, or, for TLS, tls://db:9999. Its
        policy chooses where lines go when the upstream that they are for is not there.
        connections: to each upstream, for each unit of its weight.
        connect: until a connection to an upstream stands; each address of a name has so long, and
        so has each handshake of TLS, on either side.
        write: while an upstream takes nothing; then its connection is broken off.
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
        if order not in ORDERS:
            raise ConfigurationError("order", order, f"is one of {', '.join(ORDERS)}")
        self._target = target
        self._settings = Settings(
            connections,
            connect,
            write,
            max_line,
            room_for(max_connections),
            order == "connection",
            Pauses(first_pause, longest_pause, failback),
            functools.partial(Sent, unread=receive_buffer),
        )
        self.ledger = Ledger()
        self._background = probing([target], max_probe_rate)

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
                await serving.run(grace)
        finally:
            await self._background.aclose()

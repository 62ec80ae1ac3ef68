"""UdpProxy: balances clients that send datagrams, whatever is in them."""

import asyncio
from collections.abc import Sequence

from reverseproxy.errors import ConfigurationError
from reverseproxy.probes.http import HttpProbe
from reverseproxy.server import GRACE, Place
from reverseproxy.sessions import Sessions
from reverseproxy.settings import check_count, check_number
from reverseproxy.target import Target
from reverseproxy.tcp.poller import polling
from reverseproxy.tcp.proxy import probing
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import DatagramCounts
from reverseproxy.udp.listener import listeners
from reverseproxy.udp.room import room_for
from reverseproxy.udp.serving import Serving
from reverseproxy.udp.switchboard import Switchboard
from reverseproxy.udp.talk import Talk


class UdpProxy:
    """Gives each client to one of a target's upstreams, for as long as it does not fall silent."""

    def __init__(
        self,
        target: Target,
        *,
        idle: float = 60.0,
        responses: int | None = None,
        max_sessions: int | None = None,
        max_probe_rate: float = 500.0,
    ) -> None:
        """Times are in seconds.

        target: upstreams like udp://10.0.0.1:53; a key is "address" or "address-port".
        idle: without a datagram from either side; then the session ends, at most a second later.
        responses: answers that each datagram of a client has: with the last one the session ends.
        1 for DNS; None: nobody knows, and sessions end when they are idle.
        max_sessions: one more, and another has to leave; None: 16,384, or as many as the system
        lets us have.
        max_probe_rate: probes of active health a second.

        Raises ConfigurationError for an upstream, a key, a probe or a number that cannot be.
        """
        check_target(target)
        check_numbers(idle, responses, max_probe_rate)
        self._target = target
        self._idle, self._responses, self._room = idle, responses, room_for(max_sessions)
        self._addresses = Addresses(target.upstreams)
        self._background = probing([target], max_probe_rate)
        if self._addresses.has_names:
            self._background.add(self._addresses)
        self.counts = DatagramCounts()

    async def serve(
        self, *, listen: Place | Sequence[Place] = "127.0.0.1:8080", grace: float = GRACE
    ) -> None:
        """Serves until cancelled; the sessions that there are then have `grace` seconds to end.

        They end when they have been quiet for a second. `listen` is "address:port", a socket for
        datagrams that is bound already, or a list.

        Raises ConfigurationError when an address is none or cannot be had, and CancelledError in
        the end; if the grace period was too short, it has an argument: for how many sessions.
        """
        check_number("grace", grace, 0, 86_400)
        places = listeners(listen)
        self._background.start()
        try:
            await self._addresses.ask()
            with polling(asyncio.get_running_loop()) as poller:
                sessions = Sessions[Talk](self._room, self._responses)
                switchboard = Switchboard(
                    self._target, sessions, poller, self._addresses, self.counts
                )
                await Serving(places, switchboard, poller, self._idle, self.counts).run(grace)
        finally:
            for each in places:
                each.sock.close()
            await self._background.aclose()


def check_numbers(idle: float, responses: int | None, max_probe_rate: float) -> None:
    """Raises ConfigurationError for one that cannot be."""
    check_number("idle", idle, 0.01, 31_536_000)
    if responses is not None:
        check_count("responses", responses, 1, 1_000_000)
    check_number("max_probe_rate", max_probe_rate, 0.1, 100_000)


def check_target(target: Target) -> None:
    """Raises ConfigurationError when there is something in a target that datagrams have not."""
    for upstream in target.upstreams:
        if upstream.origin.scheme != "udp" or upstream.base:
            raise ConfigurationError("upstream", str(upstream), "is written like udp://10.0.0.1:53")
    if target.key and target.key.kind not in ("address", "address-port"):
        allowed = 'is "address" or "address-port" for datagrams'
        raise ConfigurationError("key", target.key.kind, allowed)
    for check in target.checks:
        if any(
            isinstance(each, HttpProbe) for each in (check.settings.probe, check.settings.heavy)
        ):
            allowed = "asks over HTTP; for datagrams there are UdpProbe and TcpProbe"
            raise ConfigurationError("probe", "HttpProbe", allowed)

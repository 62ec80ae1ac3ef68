"""TcpProxy: balances connections, whatever is spoken on them."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from reverseproxy.errors import ConfigurationError
from reverseproxy.forwarded import TrustedProxies
from reverseproxy.probes.prober import Prober
from reverseproxy.proxy_protocol.either import writer
from reverseproxy.server import GRACE, Place, listeners, ours, places_of
from reverseproxy.server_names import ServerNames, targets_of
from reverseproxy.services import Background
from reverseproxy.settings import check_number
from reverseproxy.target import Target
from reverseproxy.tcp.flow import Flow
from reverseproxy.tcp.poller import polling
from reverseproxy.tcp.room import room_for
from reverseproxy.tcp.serving import Serving, Settings, silently
from reverseproxy.tls.contexts import prepare
from reverseproxy.tls.listener import TlsListener


class TcpProxy:
    """Gives each connection to one of a target's upstreams."""

    def __init__(
        self,
        target: Target | ServerNames,
        *,
        connect: float = 3.0,
        idle: float = 600.0,
        max_connections: int | None = None,
        max_probe_rate: float = 500.0,
        flow: type[Flow] = Flow,
        trusted_proxies: Iterable[str] = (),
        send_proxy: str | None = None,
    ) -> None:
        """Times are in seconds.

        target: its upstreams are written like tcp://localhost:5432, or, for TLS, like tls://db:5432;
        a key can only be "address". Several targets, by the name that a client asks for in TLS, are
        written as ServerNames.
        connect: until a connection to an upstream stands; each address of a name has so long, and
        so has each handshake of TLS, on either side, and so has a ClientHello until it is whole.
        idle: while nobody takes a byte, in either direction; then both connections are reset.
        max_connections: more clients have to wait in the kernel's accept queue; None: 10,000, or as
        many as the system lets us have.
        max_probe_rate: probes of active health a second.
        flow: what moves the bytes of a connection, in one direction; where TLS is spoken, it is
        always `SecureFlow`.
        trusted_proxies: addresses, CIDRs or "unix": proxies whose connections begin with a PROXY
        header, in either version. It has `connect` seconds to come. Of all others nothing is taken
        for a header: what looks like one goes to the upstream, as all that they send.
        send_proxy: "v1" or "v2", when upstreams expect a PROXY header; None: they do not. It says
        what a believed header has said, without its records, or else where the client called from.

        Raises ConfigurationError for an upstream, a key or a number that cannot be.
        """
        for each in targets_of(target):
            check_target(each)
            prepare(each)
        if isinstance(target, ServerNames):
            check_passed_on(target)
        check_number("connect", connect, 0.001, 86_400)
        check_number("idle", idle, 0.01, 31_536_000)
        check_number("max_probe_rate", max_probe_rate, 0.1, 100_000)
        self._target = target
        self._settings = Settings(
            connect,
            idle,
            room_for(max_connections),
            flow,
            TrustedProxies.parse(trusted_proxies),
            writer(send_proxy) if send_proxy else silently,
        )
        self._background = probing(targets_of(target), max_probe_rate)

    async def serve(
        self, *, listen: Place | Sequence[Place] = "127.0.0.1:8080", grace: float = GRACE
    ) -> None:
        """Serves until cancelled; the connections that there are then have `grace` seconds to end.

        `listen` is "address:port", a socket that is bound already, a TlsListener, or a list.

        Raises ConfigurationError when an address is none or cannot be had, and CancelledError in
        the end; if the grace period was too short, it has an argument: for how many connections.
        """
        check_number("grace", grace, 0, 86_400)
        if isinstance(self._target, ServerNames):
            check_places(listen)
        socks = listeners(listen)
        own = ours(socks, listen)
        self._background.start()
        try:
            with polling(asyncio.get_running_loop()) as poller:
                await Serving(self._target, self._settings, socks, own, poller).run(grace)
        finally:
            await self._background.aclose()


def probing(targets: Collection[Target], max_rate: float) -> Background:
    """The service that probes the upstreams, if any of them are to be probed."""
    background = Background()
    if checks := [check for target in targets for check in target.checks]:
        prober = Prober(max_rate=max_rate)
        prober.add(checks)
        background.add(prober)
    return background


def check_target(target: Target) -> None:
    """Raises ConfigurationError when there is something in a target that only HTTP has."""
    for upstream in target.upstreams:
        if upstream.origin.scheme not in ("tcp", "tls") or upstream.base:
            allowed = "is written like tcp://db:5432 or tls://db:5432"
            raise ConfigurationError("upstream", str(upstream), allowed)
    if target.key and target.key.kind != "address":
        raise ConfigurationError("key", target.key.kind, 'is "address" for connections')


def check_passed_on(names: ServerNames) -> None:
    """Raises ConfigurationError when TLS that is passed on would be put into TLS again."""
    for target in names.tls:
        for upstream in target.upstreams:
            if upstream.origin.is_secure:
                allowed = "is written like tcp://db:443: TLS is passed on as it is"
                raise ConfigurationError("upstream", str(upstream), allowed)


def check_places(listen: Place | Sequence[Place]) -> None:
    """Raises ConfigurationError when there is a place where TLS would be spoken, not passed on."""
    for place in places_of(listen):
        if isinstance(place, TlsListener):
            raise ConfigurationError("listen", place, "is no TlsListener: TLS is passed on")

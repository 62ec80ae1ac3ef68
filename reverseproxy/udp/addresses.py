"""Addresses: where upstreams are reached, known before any datagram asks."""

import asyncio
from collections.abc import Iterable

from reverseproxy.errors import ConnectFailed, ExchangeError
from reverseproxy.tcp.names import KEPT, Address, Names, numeric
from reverseproxy.upstream import Upstream

PATIENCE = 3.0
"""Seconds that the resolver has for an answer."""


class Addresses:
    """The addresses of upstreams: those of names are asked for beside the datagrams, not for them.

    A datagram that waited for the resolver would need a place to wait, and there are too many.
    """

    def __init__(self, upstreams: Iterable[Upstream]) -> None:
        self._known: dict[Upstream, tuple[Address, ...]] = {}
        self._named: list[Upstream] = []
        for upstream in upstreams:
            self._known[upstream] = numeric(upstream.origin.host, upstream.origin.port)
            if not self._known[upstream]:
                self._named.append(upstream)
        self._names = Names(PATIENCE)

    @property
    def has_names(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self._named)

    def of(self, upstream: Upstream) -> Address:
        """Where it is reached. Raises ConnectFailed while nobody knows."""
        if not self._known[upstream]:
            raise ConnectFailed("no address")
        return self._known[upstream][0]

    def refused(self, upstream: Upstream, address: Address) -> None:
        """Nobody listens there: the name's other addresses come before that one from now on."""
        first, *others = self._known[upstream]
        if others and first == address:
            self._known[upstream] = (*others, first)

    async def ask(self) -> None:
        """Asks for all names at once. What is known of one stays, if there is no answer."""
        async with asyncio.TaskGroup() as group:
            for upstream in self._named:
                group.create_task(self._ask(upstream))

    async def _ask(self, upstream: Upstream) -> None:
        host, port = upstream.origin.host, upstream.origin.port
        try:
            found = await self._names.addresses(host, port)
        except ExchangeError:
            return
        if set(found) != set(self._known[upstream]):
            self._known[upstream] = found

    async def run(self) -> None:
        """Asks again and again. It is a service of `services.Background`."""
        while True:
            await asyncio.sleep(KEPT)
            await self.ask()

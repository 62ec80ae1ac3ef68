"""Names: where an upstream is reached, without asking the resolver each time."""

import asyncio
import functools
import socket

from reverseproxy.clock import Clock, monotonic
from reverseproxy.errors import ConnectFailed, ConnectTimedOut, NothingLeft
from reverseproxy.http.outgoing import is_ours, reason

Address = tuple[socket.AddressFamily, tuple[object, ...]]
"""A family, and what its sockets connect to."""

KEPT = 5.0
"""Seconds that an answer of the resolver is good for."""


class Names:
    """The addresses of names, each asked for once, however many wait for the answer.

    The resolver has a few threads for all. A thousand clients that each ask it would wait for one
    another, and it would look as if the upstream were slow.
    """

    def __init__(self, seconds: float, clock: Clock = monotonic) -> None:
        """`seconds`: how long anybody waits for an answer."""
        self._seconds, self._clock = seconds, clock
        self._known: dict[tuple[str, int], tuple[float, tuple[Address, ...]]] = {}
        self._asked: dict[tuple[str, int], asyncio.Task[tuple[Address, ...]]] = {}

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """Where a host is reached; what was good last comes first.

        An old answer does when there is no new one. Raises ConnectFailed for a name that leads
        nowhere, ConnectTimedOut when nobody knows in time, NothingLeft when we cannot even ask.
        """
        place = (host, port)
        until, found = self._known.get(place, (0.0, ()))
        if self._clock() < until:
            return found
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(self._ask(place))
        except (OSError, UnicodeError) as error:
            if found:
                return found
            raise blamed(error) from error

    def worked(self, host: str, port: int, address: Address) -> None:
        """That address is good: it will be tried before the others."""
        until, found = self._known.get((host, port), (0.0, ()))
        if found and found[0] != address:
            others = tuple(each for each in found if each != address)
            self._known[host, port] = (until, (address, *others))

    def _ask(self, place: tuple[str, int]) -> asyncio.Task[tuple[Address, ...]]:
        """The question that is under way; a new one if none is."""
        if place not in self._asked:
            task = self._asked[place] = asyncio.get_running_loop().create_task(self._resolve(place))
            task.add_done_callback(lambda _: self._asked.pop(place))
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._asked[place]

    async def _resolve(self, place: tuple[str, int]) -> tuple[Address, ...]:
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(*place, type=socket.SOCK_STREAM)
        found = tuple((info[0], info[4]) for info in infos)
        _, before = self._known.get(place, (0.0, ()))
        if before and before[0] in found:
            found = (before[0], *(each for each in found if each != before[0]))
        self._known[place] = (self._clock() + KEPT, found)
        return found


def blamed(error: Exception) -> Exception:
    """Our error for one of the resolver's."""
    if isinstance(error, TimeoutError):
        return ConnectTimedOut("no address in time")
    return NothingLeft(reason(error)) if is_ours(error) else ConnectFailed(reason(error))


@functools.lru_cache(1024)
def numeric(host: str, port: int) -> tuple[Address, ...]:
    """The address that `host` is; none when it is a name."""
    flags, kind = socket.AI_NUMERICHOST, socket.SOCK_STREAM
    try:
        infos = socket.getaddrinfo(host, port, type=kind, flags=flags)
    except (socket.gaierror, UnicodeError):
        return ()
    return tuple((info[0], info[4]) for info in infos)

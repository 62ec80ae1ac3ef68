"""Reception: who is it that calls?"""

import socket
from dataclasses import dataclass

from reverseproxy.forwarded import TrustedProxies, ip
from reverseproxy.proxy_protocol.either import read
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Introduction, NotIntroduced
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.preread import Preread, Unfinished


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what of it is read already and belongs to the upstream."""

    introduction: Introduction
    rest: bytes = b""


UNASKED = Caller(UNKNOWN)
"""Where nobody wants to know."""


class Reception:
    """Asks proxies that can be believed who is behind them. Others speak for themselves."""

    def __init__(self, trusted: TrustedProxies, poller: Poller, seconds: float) -> None:
        """`trusted`: those whose connections begin with a header; `seconds`: until it is there."""
        self._trusted = trusted
        self._preread = Preread(poller, seconds)

    async def receive(self, client: socket.socket) -> Caller:
        """Who is calling.

        Raises NotIntroduced when a header should be there, and is not, or not in time. No guess is
        made: a connection of those who are trusted begins with one. What others send is theirs, and
        goes to the upstream, even if it looks like a header.
        """
        seen = introduction_of(client)
        if seen.source not in self._trusted:
            return Caller(seen)
        try:
            (said, length), data = await self._preread.until(client, "PROXY header", read)
        except (NotIntroduced, Unfinished) as error:
            raise NotIntroduced(f"{seen.source or 'unix'}: {error}") from error
        return Caller(said if said.source else seen, data[length:])


def introduction_of(client: socket.socket) -> Introduction:
    """What the connection itself says."""
    if client.family == socket.AF_UNIX:
        return UNKNOWN
    source, destination = client.getpeername(), client.getsockname()
    return Introduction(str(ip(source[0])), source[1], str(ip(destination[0])), destination[1])

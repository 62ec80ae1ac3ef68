"""The TCP probe: does anybody listen?"""

import asyncio
import socket
import struct

from reverseproxy.errors import NothingLeft
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http.outgoing import is_ours, reason
from reverseproxy.upstream import Upstream

RESET = struct.pack("ii", 1, 0)
"""Closing is a reset, and leaves nothing behind on either side: no TIME_WAIT, no goodbye."""

Address = tuple[socket.AddressFamily, tuple[object, ...]]
"""A family, and what its sockets connect to."""


class TcpProbe:
    """Passes when a connection can be made.

    The addresses of a name are tried one after another, as long as there is time.
    """

    async def probe(self, upstream: Upstream) -> None:
        """Connects, and closes at once. Raises ProbeFailed when none of its addresses answers.

        Raises NothingLeft when that is the fault of our own machine.
        """
        why: Exception = ProbeFailed("no address")
        for family, address in await addresses(upstream.origin.host, upstream.origin.port):
            try:
                await knock(family, address)
            except OSError as error:
                why = failure(error)
            else:
                return
        raise why


def failure(error: BaseException) -> ProbeFailed | NothingLeft:
    """What a probe raises for an error: NothingLeft when our own machine has no more to give."""
    return (NothingLeft if is_ours(error) else ProbeFailed)(reason(error))


async def knock(family: socket.AddressFamily, address: tuple[object, ...]) -> None:
    """Opens a connection and resets it."""
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        await asyncio.get_running_loop().sock_connect(sock, address)


async def addresses(host: str, port: int) -> list[Address]:
    """Where a host is reached. Raises ProbeFailed for a name that leads nowhere.

    An address needs no resolver, and so no thread.
    """
    kind = socket.SOCK_STREAM
    try:
        try:
            infos = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)
    except socket.gaierror as error:
        raise ProbeFailed(error.strerror) from error
    except UnicodeError as error:
        raise ProbeFailed("no name can be like that") from error
    return [(info[0], info[4]) for info in infos]

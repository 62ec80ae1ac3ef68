"""The UDP probe: does anybody answer?"""

import asyncio
import socket
from dataclasses import dataclass

from reverseproxy.errors import ConfigurationError, NothingLeft
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http.outgoing import reason
from reverseproxy.probes.tcp import Address, addresses, failure
from reverseproxy.upstream import Upstream

LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class UdpProbe:
    """Passes when a datagram with `send` is answered, by one that holds `expect`, if that is given.

    Silence fails, and so does ICMP's word that nobody listens there. The addresses of a name are
    tried one after another, as long as there is time.

    Raises ConfigurationError for what is not bytes.

    Source: nginx, health_check udp, with send and expect of a match block.
    """

    send: bytes
    expect: bytes | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.send, bytes):
            raise ConfigurationError("probe send", self.send, 'needs bytes, like b"ping"')
        if not isinstance(self.expect, bytes | None):
            raise ConfigurationError("probe expect", self.expect, "needs bytes, or None")

    async def probe(self, upstream: Upstream) -> None:
        """Asks. Raises ProbeFailed for another answer, or when nobody listens.

        Raises NothingLeft when that is the fault of our own machine.
        """
        why: Exception = ProbeFailed("no address")
        for address in await addresses(upstream.origin.host, upstream.origin.port):
            try:
                answer = await self._ask(address)
            except BlockingIOError as error:  # no port is left: Linux calls that "try again"
                why = NothingLeft(reason(error))
            except OSError as error:
                why = failure(error)
            else:
                self.judge(answer)
                return
        raise why

    def judge(self, answer: bytes) -> None:
        """Raises ProbeFailed when this is not the answer of an upstream that is well."""
        if self.expect is not None and self.expect not in answer:
            raise ProbeFailed(f"{self.expect!r} is not in the answer")

    async def _ask(self, address: Address) -> bytes:
        """The answer to one datagram. Raises OSError."""
        with socket.socket(address[0], socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(address[1])
            sock.send(self.send)
            return await asyncio.get_running_loop().sock_recv(sock, LONGEST)

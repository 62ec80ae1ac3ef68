"""A switchboard with clients that are only said to be there, and upstreams that really are."""

import _socket
import asyncio
import contextlib
import errno
import logging
import os
import select
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from reverseproxy import Target, UdpProxy
from reverseproxy.lease import Lease
from reverseproxy.sessions import Sessions
from reverseproxy.tcp.names import Address
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import DatagramCounts, Drop
from reverseproxy.udp.listener import BUFFER, Ancillary, Client
from reverseproxy.udp.switchboard import Switchboard
from reverseproxy.udp.talk import Talk
from reverseproxy.upstream import Upstream
from tests.chapter_15.coming_in import Watching
from tests.chapter_15.wires import Turns
from tests.support.loopback import PATIENCE, ErrorsLogged

SOON = 1.0
"""Seconds after which something is taken never to come."""

MOST = 50
"""Times that an upstream's address is asked for, after which it is taken never to end."""


class Here:
    """An upstream on a port of 127.0.0.1. It notes what it hears, and from which port."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[tuple[bytes, int]] = []
        self.open(0)

    def open(self, port: int) -> None:
        """Listens."""
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", port))
        self.sock.setblocking(False)
        self.port = int(self.sock.getsockname()[1])

    def leave(self) -> None:
        """Listens no more. Its port refuses, and nobody else gets it.

        A socket that is connected with somebody who never sends hears nobody.
        """
        self.sock.connect(("127.0.0.1", 9))

    def back(self) -> None:
        """Listens again."""
        self.sock.close()
        self.open(self.port)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"udp://127.0.0.1:{self.port}"

    def hear(self) -> list[bytes]:
        """All that it has ever heard."""
        with contextlib.suppress(OSError):
            while True:
                data, source = self.sock.recvfrom(65_536)
                self.heard.append((data, source[1]))
        return [data for data, _ in self.heard]

    @property
    def sources(self) -> int:
        """From how many ports that was."""
        return len({port for _, port in self.heard})

    def say(self, data: bytes) -> None:
        """Says that to whoever was heard last."""
        self.sock.sendto(data, ("127.0.0.1", self.heard[-1][1]))


def hear(them: Sequence[Here], count: int) -> int:
    """How much they have heard together; waits for so much, but not for ever."""
    poll = select.poll()
    for each in them:
        poll.register(each.sock, select.POLLIN)
    while (heard := sum(len(each.hear()) for each in them)) < count and poll.poll(SOON * 1000):
        pass
    return heard


@dataclass(eq=False)
class Clients:
    """A listener without a socket: what clients send, and what they are answered."""

    sent: list[tuple[Client, bytes]] = field(default_factory=list)
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    def receive(self) -> tuple[int, Client, bytes]:
        """The next datagram."""
        if not self.sent:
            raise BlockingIOError
        client, data = self.sent.pop(0)
        BUFFER[: len(data)] = data
        return len(data), client, b""

    def send(self, data: memoryview, client: Client, _: Ancillary) -> None:
        """An answer for a client."""
        self.answers.append((client[0], bytes(data)))

    def is_own(self, *_: object) -> bool:
        """Nobody sends to itself."""
        return False


class Noting(Addresses):
    """Addresses that note what they hear, and who was asked for."""

    def __init__(self, upstreams: Sequence[Upstream]) -> None:
        super().__init__(upstreams)
        self.noted: list[tuple[str, object]] = []
        self.asked = 0

    def of(self, upstream: Upstream) -> Address:
        """As always, but not for ever."""
        self.asked += 1
        assert self.asked < MOST, "there is no address, and it was asked for again and again"
        return super().of(upstream)

    def refused(self, upstream: Upstream, address: Address) -> None:
        """Notes it."""
        self.noted.append((upstream.origin.host, address[1]))


@dataclass
class Reasons(Watching):
    """Health that also notes why a use has ended as it did."""

    why: list[str] = field(default_factory=list)

    told: asyncio.Event = field(default_factory=asyncio.Event)

    def ended(self, lease: Lease, now: float) -> None:
        """How, at which upstream, and why."""
        super().ended(lease, now)
        self.why.append(lease.why)
        self.told.set()


class Rig:
    """A switchboard, and all that is around it. It works when the test says so."""

    def __init__(self, urls: Sequence[str], policy: Any) -> None:
        self.health, self.counts = Reasons(), DatagramCounts()
        self.target = Target(urls, policy=policy, health=[self.health])
        self.addresses = Noting(self.target.upstreams)
        self.clients, self.turns = Clients(), Turns()
        self.board = Switchboard(
            self.target, Sessions[Talk](100), self.turns, self.addresses, self.counts
        )
        self._errors = ErrorsLogged()
        logging.getLogger().addHandler(self._errors)

    def close(self) -> None:
        """Closes what is open."""
        logging.getLogger().removeHandler(self._errors)
        self.board.end_quiet(0.0, float("inf"))

    def sends(self, data: bytes, client: str = "a") -> None:
        """A client sends that, and the switchboard takes it. What it raises is raised."""
        self.clients.sent.append(((client, 5353), data))
        self.board.take(self.clients)  # type: ignore[arg-type]  # it has what is needed of one
        self.told()
        if self.counts.sent and not self.counts.sessions:
            words = data[:9].decode("latin-1")
            pytest.fail(f"{words} went out, and there is no session: what did `_ask` return?")

    def told(self) -> None:
        """Raises what was only logged."""
        if self._errors.raised:
            raise self._errors.raised[0]

    def until(self, is_so: Callable[[], object], why: str) -> None:
        """Lets the switchboard work until something is so; fails with `why`, or what was raised."""
        self.turns.until(is_so, why)
        self.told()

    def lost(self, count: int = 1) -> None:
        """Lets it work until so many datagrams were refused."""
        words = f"{count} were sent to where nobody listens, and counted are"
        self.until(
            lambda: self.counts.dropped[Drop.REFUSED] >= count,
            f"{words} {self.counts.dropped[Drop.REFUSED]}",
        )

    def refusal_comes(self) -> None:
        """Waits until the kernel knows of a refusal, and tells nobody."""
        poll = select.poll()
        for fd in self.turns.readers:
            poll.register(fd, 0)
        assert poll.poll(SOON * 1000), "nobody listens there, and the kernel has not said so"

    def answered(self, here: Here, data: bytes) -> None:
        """That upstream hears one more, and answers, and the client hears that."""
        count = len(self.clients.answers)
        if hear([here], len(here.heard) + 1) == 0:
            pytest.fail(f"a client has sent something, and {here.name} heard nothing")
        here.say(data)
        self.until(lambda: len(self.clients.answers) > count, f"{here.name} answers, nobody hears")

    @property
    def dropped(self) -> str:
        """What was dropped, in words."""
        return self.counts.why_dropped() or "none"

    @property
    def in_flight(self) -> int:
        """Uses of upstreams that have not ended."""
        return sum(each.in_flight for each in self.target.upstreams)


@contextlib.contextmanager
def upstreams(names: str) -> Iterator[list[Here]]:
    """Upstreams that are called like that, a letter each."""
    made = [Here(name) for name in names]
    try:
        yield made
    finally:
        for each in made:
            each.sock.close()


@contextlib.contextmanager
def rig(*them: Here | str, policy: Any = "first") -> Iterator[Rig]:
    """A switchboard before these."""
    made = Rig([each if isinstance(each, str) else each.url for each in them], policy)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def sends_noted(unreachable: int = 0) -> Iterator[list[bytes]]:
    """What sockets were told to send. To that port of an upstream, there is no way."""
    noted: list[bytes] = []

    def send(sock: socket.socket, data: bytes | memoryview, *flags: int) -> int:
        noted.append(bytes(data))
        if sock.getpeername()[1] == unreachable:
            raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))
        return _socket.socket.send(sock, data, *flags)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "send", send)
        yield noted


@contextlib.asynccontextmanager
async def served(proxy: UdpProxy) -> AsyncIterator[int]:
    """Serves the proxy at every IPv4 address of the machine; yields its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        errors = ErrorsLogged()
        logging.getLogger().addHandler(errors)
        task = asyncio.ensure_future(proxy.serve(listen=sock, grace=0))
        try:
            async with asyncio.timeout(PATIENCE):
                yield int(sock.getsockname()[1])
        finally:
            logging.getLogger().removeHandler(errors)
            task.cancel()
            await asyncio.wait([task])
            if errors.raised:
                raise errors.raised[0]


async def hears(sock: socket.socket, why: str) -> tuple[bytes, Any]:
    """The next datagram, and where it came from; fails with `why` when there is none."""
    try:
        async with asyncio.timeout(SOON):
            return await asyncio.get_running_loop().sock_recvfrom(sock, 65_536)
    except TimeoutError:
        pytest.fail(why)


async def told(event: asyncio.Event, why: str) -> None:
    """Waits for something that is said; fails with `why` when it never is."""
    try:
        async with asyncio.timeout(SOON):
            await event.wait()
    except TimeoutError:
        pytest.fail(why)

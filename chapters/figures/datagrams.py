"""A network in memory for datagrams: the wires are ours, and the switchboard is the package's own.

Clients and upstreams are simulated. A datagram takes a moment on its way, and what is sent to an
upstream that does not listen comes back as an error of the socket, as ICMP has it.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from reverseproxy.sessions import Sessions
from reverseproxy.tcp.names import Address
from reverseproxy.tcp.poller import Call
from reverseproxy.udp.listener import BUFFER, Ancillary, Client, Listener
from reverseproxy.udp.talk import Talk

DELAY = 0.01
"""Seconds that a datagram is on its way, from one program to the next."""

THINKS = 0.6
"""Seconds that an upstream needs for an answer."""

NOISE, ANSWER = b"noise", b"answer"
"""What upstreams do not understand, and what they answer to all else."""


BEGUN, ANSWERED, ENDED = "trial", "out", ""
"""What a session is from now on, as it stands in a lane."""


@dataclass
class Place:
    """An upstream: whether anybody listens there, and who is told what has come."""

    told: Callable[[bytes], None]
    is_listening: bool = True


class Wires:
    """The upstreams, and the sockets that the proxy has to them. It is a poller for these."""

    def __init__(self) -> None:
        self.places: dict[int, Place] = {}
        """By the upstream's port."""
        self.readers: dict[int, Call] = {}
        self._numbers = itertools.count(1000)

    def connected(self, address: Address) -> Socket:
        """As `reverseproxy.udp.talk` has it."""
        _, (_, port, *_) = address
        return Socket(self, self.places[int(str(port))], next(self._numbers))

    def add_reader(self, fd: int, call: Call, /) -> None:
        """As an event loop does it."""
        self.readers[fd] = call

    def remove_reader(self, fd: int, /) -> None:
        """As an event loop does it."""
        self.readers.pop(fd, None)

    def add_writer(self, fd: int, call: Call, /) -> None:
        """Datagrams wait for no room."""

    def remove_writer(self, fd: int, /) -> None:
        """Nobody waited."""


class Socket:
    """A socket that is connected with an upstream, as far as a switchboard can tell."""

    def __init__(self, wires: Wires, place: Place, number: int) -> None:
        self._wires, self._place, self._number = wires, place, number
        self._come: deque[bytes | OSError] = deque()

    def fileno(self) -> int:
        """A number that no other has."""
        return self._number

    def send(self, data: memoryview) -> int:
        """Raises what has become of an earlier one, as sockets do."""
        if self._come and isinstance(error := self._come[0], OSError):
            self._come.clear()
            raise error
        later(DELAY, self._arrive, bytes(data))
        return len(data)

    def _arrive(self, data: bytes) -> None:
        if not self._place.is_listening:
            refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
            later(DELAY, self._come_back, refused)
            return
        self._place.told(data)
        if data != NOISE:
            later(THINKS + DELAY, self._come_back, ANSWER)

    def _come_back(self, what: bytes | OSError) -> None:
        self._come.append(what)
        if call := self._wires.readers.get(self._number):
            call()

    def recv_into(self, buffer: bytearray) -> int:
        """What has come. Raises BlockingIOError when nothing has, and what came as an error."""
        if not self._come:
            raise BlockingIOError
        what = self._come.popleft()
        if isinstance(what, OSError):
            raise what
        buffer[: len(what)] = what
        return len(what)

    def close(self) -> None:
        """What still comes finds nobody."""
        self._wires.remove_reader(self._number)


class Ear(Listener):
    """Where clients send to."""

    def __init__(self, answered: Callable[[Client], None]) -> None:
        self._answered = answered
        self._come: deque[tuple[Client, bytes]] = deque()

    def hear(self, client: Client, data: bytes) -> None:
        """A datagram has come."""
        self._come.append((client, data))

    def receive(self) -> tuple[int, Client, bytes]:
        """As of a Listener."""
        if not self._come:
            raise BlockingIOError
        client, data = self._come.popleft()
        BUFFER[: len(data)] = data
        return len(data), client, b""

    def send(self, data: memoryview, client: Client, source: Ancillary) -> None:
        """As of a Listener."""
        self._answered(client)

    def is_own(self, client: Client, local: bytes) -> bool:
        """As of a Listener."""
        return False


class Watched(Sessions[Talk]):
    """Sessions that are looked at: `told` hears whose begins, is answered, and ends."""

    def __init__(self, room: int, told: Callable[[Client, str], None]) -> None:
        super().__init__(room)
        self._told = told

    def add(self, session: Talk, now: float) -> Talk | None:
        """As of Sessions."""
        evicted = super().add(session, now)
        self._told(session.client, BEGUN)
        return evicted

    def answered(self, session: Talk, now: float) -> bool:
        """As of Sessions."""
        self._told(session.client, ANSWERED)
        return super().answered(session, now)

    def remove(self, session: Talk) -> None:
        """As of Sessions."""
        super().remove(session)
        self._told(session.client, ENDED)


def later(seconds: float, call: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(seconds, call, *arguments)

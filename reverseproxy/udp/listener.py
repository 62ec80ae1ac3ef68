"""Listeners: sockets that clients send datagrams to, and that answer from where they were asked."""

import contextlib
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from reverseproxy.errors import ConfigurationError
from reverseproxy.server import Place, parse_listen, places_of

BUFFER = bytearray(65_536)
"""One for all, and each datagram has left it before the next: none is larger, so none is cut."""

VIEW = memoryview(BUFFER)

IP_PKTINFO: int = getattr(socket, "IP_PKTINFO", 8)
"""What it is in Linux; Python names it from 3.12 on."""

BESIDE = 1024
"""Bytes for what comes beside a datagram; a socket that was given may have asked for more of it.

What does not fit is cut off, and our address is not what comes first.
"""

IPV4 = struct.Struct("@i4s4s")
"""struct in_pktinfo: an interface, our address to answer from, and the one it was sent to."""

IPV6 = struct.Struct("@16si")
"""struct in6_pktinfo: our address, and an interface (RFC 3542, section 6)."""

Client = tuple[Any, ...]
"""An address and a port; with IPv6, two numbers more."""

Ancillary = list[tuple[int, int, bytes]]
"""What comes and goes beside a datagram: level, kind, content."""

Ours = dict[int, set[str]]
"""The ports of all listeners of a proxy, and the addresses of ours that were asked there."""


class Listener:
    """A socket with an address of its own: what it sends comes from there."""

    def __init__(self, sock: socket.socket, ours: Ours) -> None:
        self.sock, self.address, self._ours = sock, sock.getsockname(), ours
        ours.setdefault(self.address[1], set()).add(self.address[0])
        sock.setblocking(False)

    def receive(self) -> tuple[int, Client, bytes]:
        """The next datagram's size in BUFFER, its client, and our address that it was sent to.

        That address is b"" here: there is only one. Raises OSError when there is nothing.
        """
        size, client = self.sock.recvfrom_into(BUFFER)
        return size, client, b""

    def send(self, data: memoryview, client: Client, source: Ancillary) -> None:
        """Raises OSError."""
        self.sock.sendto(data, client)

    def is_own(self, client: Client, local: bytes) -> bool:
        """Whether that is a listener of ours: what they tell each other goes round for ever."""
        return client[0] in self._ours.get(client[1], ())


class WildcardListener(Listener):
    """A socket for every address of the machine. Clients take answers only from the one they asked.

    Source: Linux, ip(7), IP_PKTINFO; RFC 3542, section 6.
    """

    def __init__(self, sock: socket.socket, ours: Ours) -> None:
        super().__init__(sock, ours)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)

    def receive(self) -> tuple[int, Client, bytes]:
        """As of a Listener, with the address."""
        size, ancillary, _, client = self.sock.recvmsg_into([BUFFER], BESIDE)
        return size, client, sent_to(ancillary)

    def send(self, data: memoryview, client: Client, source: Ancillary) -> None:
        """Raises OSError."""
        self.sock.sendmsg([data], source, 0, client)

    def is_own(self, client: Client, local: bytes) -> bool:
        """As of a Listener. It learns its addresses as it is asked there: one round at most."""
        if local and client[1] in self._ours:
            self._ours[self.address[1]].add(socket.inet_ntop(self.sock.family, local))
        return super().is_own(client, local)


def sent_to(ancillary: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Our address that a datagram was sent to: 4 bytes, or 16; none when nobody says.

    With IPv4 the kernel says two: ours, to answer from, and the one in the datagram's header, which
    may be that of a whole network. What came before anybody asked for them has no first one, but
    0.0.0.0: then it is the second.
    """
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            _, ours, header = IPV4.unpack(data)
            return bytes(ours if any(ours) else header)
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return bytes(IPV6.unpack(data)[0])
    return b""


def sent_from(local: bytes) -> Ancillary:
    """What has a datagram leave from that address of ours, of 4 bytes or 16; b"": nothing.

    Which interface it leaves through, the kernel decides: that is number 0. With IPv4, the other
    address is left empty.
    """
    if len(local) == 4:
        return [(socket.IPPROTO_IP, IP_PKTINFO, IPV4.pack(0, local, bytes(4)))]
    if len(local) == 16:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, IPV6.pack(local, 0))]
    return []


def listeners(listen: Place | Sequence[Place]) -> list[Listener]:
    """Those of all these places: where one cannot be had, the others are closed again.

    Raises ConfigurationError then, and when there is no place at all.
    """
    places = places_of(listen)
    if not places:
        raise ConfigurationError("listen", listen, "names no address")
    with contextlib.ExitStack() as had:
        socks = [had.enter_context(bound(place)) for place in places]
        ours: Ours = {}
        found = [listener(sock, ours) for sock in socks]
        had.pop_all()
    return found


def listener(sock: socket.socket, ours: Ours) -> Listener:
    """The kind of listener that a socket needs."""
    is_wildcard = sock.getsockname()[0] in ("0.0.0.0", "::")
    return WildcardListener(sock, ours) if is_wildcard else Listener(sock, ours)


def bound(place: Place) -> socket.socket:
    """The socket at a place. Raises ConfigurationError when it cannot be had."""
    if isinstance(place, socket.socket):
        return checked(place)
    if not isinstance(place, str):
        raise ConfigurationError("listen", place, "is no TlsListener: datagrams have no such TLS")
    address = parse_listen(place)
    sock = socket.socket(
        socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM
    )
    try:
        if sock.family == socket.AF_INET6:  # IPv4 has a place of its own, as with TCP
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise ConfigurationError("listen", place, f"cannot be had: {error.strerror}") from error
    return sock


def checked(sock: socket.socket) -> socket.socket:
    """A socket that was given. Raises ConfigurationError for one that no datagram can come to."""
    is_ip = sock.family in (socket.AF_INET, socket.AF_INET6)
    if not is_ip or sock.type != socket.SOCK_DGRAM or not sock.getsockname()[1]:
        raise ConfigurationError("listen", sock, "is a socket for datagrams over IP that is bound")
    return sock

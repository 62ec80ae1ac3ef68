"""Arrival: how much of what was sent is with the other side's kernel by now."""

import fcntl
import socket
import struct
import sys
import termios
from collections import deque

from reverseproxy.tls.sockets import TlsSocket

SIOCOUTQNSD = 0x894B
"""Linux, sockios.h: of the bytes that our kernel has taken, those that it has not sent yet."""


class Arrival:
    """Follows the bytes of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sent = 0

    def sent(self, count: int) -> None:
        """So many bytes more were given to the socket."""
        self._sent += count

    def offset(self) -> int:
        """How many of them have arrived. The kernel knows, even when the connection is over."""
        return self._sent - unconfirmed(self._sock)


class SecureArrival(Arrival):
    """The same over TLS, where the kernel counts other bytes than we do."""

    def __init__(self, sock: TlsSocket) -> None:
        super().__init__(sock)
        self._tls = sock
        self._marks: deque[tuple[int, int]] = deque()
        self._offset = 0

    def sent(self, count: int) -> None:
        """So many bytes more were given to the socket, which has encrypted and sent them."""
        super().sent(count)
        self._marks.append((self._tls.passed_on, self._sent))

    def offset(self) -> int:
        """How many of them have arrived: as many as were sent with what has."""
        there = self._tls.passed_on - unconfirmed(self._tls)
        while self._marks and self._marks[0][0] <= there:
            self._offset = self._marks.popleft()[1]
        return self._offset


def arrival(sock: socket.socket) -> Arrival:
    """That of a connection, whether it speaks TLS or not."""
    return SecureArrival(sock) if isinstance(sock, TlsSocket) else Arrival(sock)


def in_the_air(sock: socket.socket) -> bool:
    """Whether any bytes have left our kernel, and were not confirmed. Where nobody knows, none."""
    return unconfirmed(sock) > asked(sock, SIOCOUTQNSD)


def unconfirmed(sock: socket.socket) -> int:
    """Bytes that our kernel has taken, and that the other side's has not confirmed.

    Linux only. Elsewhere nobody can ask, and it is 0: what our kernel has taken counts as arrived.

    Source: tcp(7), SIOCOUTQ.
    """
    return asked(sock, termios.TIOCOUTQ)


def asked(sock: socket.socket, what: int) -> int:
    """A number that the kernel keeps about a connection."""
    if sys.platform != "linux":
        return 0
    (count,) = struct.unpack("i", fcntl.ioctl(sock, what, bytes(4)))
    return int(count)

"""Connections in memory: sockets that never block, with the buffer of a kernel at either end.

Whoever holds one of these sockets can be the package's own code. It cannot tell them from others.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from chapters.figures.wires import KERNEL, Pipe
from reverseproxy.tcp.poller import Call

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Way:
    """One direction of a connection: what its sender's kernel holds, and its receiver's."""

    def __init__(self, kernel: int) -> None:
        """`kernel`: bytes that each of the two kernels holds."""
        self.sent = Pipe(kernel)
        self.come = Pipe(kernel)
        self.is_broken = False

    def carry(self) -> bool:
        """Takes over the wire what the receiver's kernel has room for; says whether that was any.

        An end goes over behind the last byte.
        """
        over = self.sent.take(self.come.room)
        self.come.put(over)
        ends = self.sent.ended and not self.sent.held and not self.come.ended
        if ends:
            self.come.end()
        return bool(over) or ends


class Side(socket.socket):
    """One end of a connection. Of a real socket it has its number, and its close."""

    def __init__(self, out: Way, into: Way) -> None:
        super().__init__()
        self.out, self.into = out, into

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed."""
        return self.fileno() >= 0

    @property
    def is_readable(self) -> bool:
        """Whether there is something to read, or an end, or an error."""
        come = self.into.come
        return bool(come.held) or come.ended or self.into.is_broken

    @property
    def is_writable(self) -> bool:
        """Whether there is room to write."""
        return self.out.sent.room > 0

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """What is there now; nothing at the end.

        Raises BlockingIOError when there is nothing, and ConnectionResetError when it was broken.
        """
        if not self.is_readable:
            raise BlockingIOError
        if self.into.is_broken:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        room = memoryview(buffer)
        taken = self.into.come.take(nbytes or len(room))
        room[: len(taken)] = taken
        return len(taken)

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """How much of it was taken. Raises BlockingIOError when there is no room at all."""
        if not self.is_writable:
            raise BlockingIOError
        given = bytes(data)
        return len(given) - len(self.out.sent.put(given))

    def shutdown(self, how: int) -> None:
        """Nothing more will be sent."""
        self.out.sent.end()

    def break_off(self) -> None:
        """Resets the connection: nothing more goes over it, and the other side gets an error."""
        self.out.is_broken = True


def connection(kernel: int = KERNEL) -> tuple[Side, Side]:
    """Both ends of a new one; each kernel holds so many bytes of a direction."""
    there, back = Way(kernel), Way(kernel)
    return Side(there, back), Side(back, there)


class Turns:
    """A poller for such sockets: whoever waits has a turn when there is one to be had."""

    def __init__(self, *sides: Side) -> None:
        self._sides = {side.fileno(): side for side in sides}
        self._readers: dict[int, Call] = {}
        self._writers: dict[int, Call] = {}

    def add_reader(self, fd: int, call: Call, /) -> None:
        """As an event loop does it."""
        self._readers[fd] = call

    def remove_reader(self, fd: int, /) -> None:
        """As an event loop does it."""
        self._readers.pop(fd, None)

    def add_writer(self, fd: int, call: Call, /) -> None:
        """As an event loop does it."""
        self._writers[fd] = call

    def remove_writer(self, fd: int, /) -> None:
        """As an event loop does it."""
        self._writers.pop(fd, None)

    def is_read(self, side: Side) -> bool:
        """Whether somebody would read what comes there."""
        return side.fileno() in self._readers

    def turn(self) -> bool:
        """A turn for everybody who can do something; says whether anybody could."""
        had = False
        for fd, side in self._sides.items():
            if (read := self._readers.get(fd)) and side.is_readable:
                read()
                had = True
            if (write := self._writers.get(fd)) and side.is_writable:
                write()
                had = True
        return had

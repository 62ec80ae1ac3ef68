"""Delivery "sent": a line is delivered when it is with the upstream's kernel."""

import socket
from collections import deque

from reverseproxy.lines.arrival import arrival
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.flight import Ending
from reverseproxy.lines.in_flight import InFlight

PARTS = 64
"""What may be unread is remembered in so many parts: not line by line, which would be millions."""


class Sent:
    """A flight where the kernels' own confirmations count; the upstream has to do nothing.

    A connection that ends in good order leaves no doubt: whoever ends it has read everything, or is
    believed to read on. One that breaks may end with lines that the upstream's kernel has
    confirmed, and its program never read: they are in doubt.
    """

    has_room = True

    def __init__(self, sock: socket.socket, unread: int) -> None:
        """`unread`: bytes that the upstream's kernel may hold for its program, at most."""
        self._in_flight = InFlight()
        self._arrival = arrival(sock)
        self._unread = unread
        self._part = unread // PARTS + 1
        self._latest: deque[tuple[int, int]] = deque()
        """What was settled of late: in which part of the bytes, and how many lines. The program may
        not have read them."""

    @property
    def lines(self) -> int:
        """Lines that are on their way."""
        return self._in_flight.lines

    @property
    def progress(self) -> int:
        """Bytes that have arrived."""
        return self._arrival.offset()

    def add(self, batch: Batch) -> None:
        """It is the next one to be sent."""
        self._in_flight.add(batch)

    def sent(self, count: int) -> None:
        """So many bytes more were given to the socket."""
        self._arrival.sent(count)

    def heard(self, data: bytes) -> None:
        """Nobody asked."""

    def settle(self) -> int:
        """How many lines are delivered since the last call."""
        offset = self._arrival.offset()
        lines = self._in_flight.arrived(offset)
        part = offset // self._part
        if lines and self._latest and self._latest[-1][0] == part:
            self._latest[-1] = (part, self._latest[-1][1] + lines)
        elif lines:
            self._latest.append((part, lines))
        while self._latest and (self._latest[0][0] + 1) * self._part <= offset - self._unread:
            self._latest.popleft()
        return lines

    def end(self, *, is_broken: bool) -> Ending:
        """The connection is over: in good order, or broken.

        Lines that have arrived as a whole by now are delivered, and all others have to go again. If
        it is broken, in doubt are those delivered now, and the latest before them (`_latest`).
        """
        lines, again = self._in_flight.left(self._arrival.offset())
        doubtful = lines + sum(latest for _, latest in self._latest) if is_broken else 0
        return Ending(lines, doubtful, again)

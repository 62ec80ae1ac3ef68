"""Delivery "acknowledged": a line is delivered when the upstream's program says so."""

import re
from collections import deque

from reverseproxy.errors import ResponseBroken
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.cutter import Cutter
from reverseproxy.lines.flight import Ending

LONGEST = 64
"""Bytes of what an upstream says, at most."""


class Acknowledged:
    """A flight where only the upstream's own word counts: "ACK 250", for the first 250 lines.

    Each number counts from the connection's first line, so a later one says all that the ones
    before it did. What is not acknowledged when the connection ends is sent again elsewhere, and
    may be there twice: at least once, never less.
    """

    def __init__(self, window: int) -> None:
        """`window`: bytes after which nothing more is sent until something is acknowledged."""
        self._window = window
        self._cutter = Cutter(LONGEST)
        self._batches: deque[Batch] = deque()
        """Those that were added, and of which not all is acknowledged yet."""
        self._bytes = 0
        """Of all these batches."""
        self._into = 0
        """Lines of the first of them that are acknowledged already."""
        self._new = 0
        """Lines that were acknowledged since the last settle()."""
        self.lines = 0
        """Lines that are on their way."""
        self.progress = 0
        """Lines that have been acknowledged."""

    @property
    def has_room(self) -> bool:
        """Whether another batch may go on its way: while there are less than `window` bytes on it.

        The bytes of a batch count until all of it is acknowledged. So the last batch may go beyond
        the window, and a window that is smaller than any batch lets one through at a time.
        """
        return self._bytes < self._window

    def add(self, batch: Batch) -> None:
        """It is the next one to be sent."""
        self._batches.append(batch)
        self._bytes += len(batch.data)
        self.lines += batch.lines

    def sent(self, count: int) -> None:
        """That says nothing."""

    def heard(self, data: bytes) -> None:
        """The upstream has said something. Raises UpstreamError when it makes no sense."""
        for line in self._cutter.cut(data).split(b"\n")[:-1]:
            self.acknowledge(number(line))
        if self._cutter.take_too_long():
            raise ResponseBroken(f"it says something of more than {LONGEST} bytes")

    def acknowledge(self, count: int) -> None:
        """The first `count` lines of this connection are safe: those that it had not said are new.

        They are on their way no more (`lines`), and count as `progress`, and as `_new`. A batch
        leaves `_batches` and `_bytes` when all of it is acknowledged, and not before; then, and
        once, its `settled` is called. How much of the next one is, `_into` says.

        Raises ResponseBroken for fewer than it had said before, and for more than there are on this
        connection, and says so: "ACK 7, after 4 of 6 lines", of all that were added. That changes
        nothing.
        """
        new = count - self.progress
        if not 0 <= new <= self.lines:
            most = self.progress + self.lines
            raise ResponseBroken(f"it says ACK {count}, after {self.progress} of {most} lines")
        self.progress = count
        self.lines -= new
        self._new += new
        self._into += new
        while self._batches and self._batches[0].lines <= self._into:
            first = self._batches.popleft()
            self._into -= first.lines
            self._bytes -= len(first.data)
            first.settled()

    def settle(self) -> int:
        """How many lines are delivered since the last call."""
        lines, self._new = self._new, 0
        return lines

    def end(self, *, is_broken: bool) -> Ending:
        """The connection is over. However it ended, what was acknowledged is safe.

        So nothing is in doubt. All other lines go again, in the batches that they were in, in their
        order; of a batch that was acknowledged in part, the rest does. No line is on its way after
        that, and no batch is kept here. Delivered are those that no settle() has told yet.
        """
        again = list(self._batches)
        if again:
            again[0] = again[0].after(self._into)
        self._batches.clear()
        self.lines = 0
        return Ending(self.settle(), 0, again)


def number(line: bytes) -> int:
    """How many lines are acknowledged there: 250 for b"ACK 250", or for b"ACK 250\\r".

    Raises ResponseBroken for everything else, and for a number of more than 18 digits.
    """
    if parts := re.fullmatch(rb"ACK ([0-9]{1,18})\r?", line):
        return int(parts[1])
    raise ResponseBroken(f"it says {line!r}, and not ACK with a number")

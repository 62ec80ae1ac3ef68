"""The outlet: lines that are safe go into the queue, in their order, whenever it has room."""

from collections import deque
from collections.abc import Callable, Iterator

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.spool.frames import Frame, Point
from reverseproxy.lines.spool.mark import Mark

AHEAD = 4_194_304
"""Bytes that may wait in memory for room in the queue. What is beyond them waits on the disk."""

SIZE = 65_536
"""Bytes of a batch; more, if a line is longer."""


class Outlet:
    """Holds the next lines to be delivered, and knows up to where all have been."""

    def __init__(
        self,
        queue: Queue,
        mark: Point,
        begin: Point,
        moved: Callable[[], object],
        called: Callable[[], object],
    ) -> None:
        """`begin`: of the frame that the mark is in.

        `moved` is called when the mark has moved, and `called` when there is room for more.
        """
        self._queue, self._called = queue, called
        self._mark = Mark(mark, moved)
        self.next = Point(begin.position, mark.line)
        """What comes from there on is on the disk alone."""
        self._ahead: deque[Batch] = deque()
        self._bytes = 0
        self.lines = 0
        """Lines that are here."""
        self._is_closed = False

    @property
    def mark(self) -> Point:
        """Up to there everything is delivered."""
        return self._mark.at

    @property
    def has_room(self) -> bool:
        """Whether more should be brought."""
        return self._bytes < AHEAD and not self._is_closed

    def wants(self, end: Point) -> bool:
        """Whether more should be brought, if there is any up to there."""
        return self.has_room and self.next.position < end.position

    def add(self, frame: Frame) -> int:
        """The next frame. Returns how many lines there should be before it, and are not."""
        lost = self.skip(frame.at)
        for batch in self._batches(frame):
            self._ahead.append(batch)
            self._bytes += len(batch.data)
            self.lines += batch.lines
        self.next = frame.end
        self._feed()
        return lost

    def skip(self, to: Point) -> int:
        """The next frame begins there. Returns how many lines that leaves out."""
        lost = max(to.line - self.next.line, 0)
        if lost:
            self._mark.add(to)()
        self.next = Point(to.position, self.next.line + lost)
        return lost

    def _batches(self, frame: Frame) -> Iterator[Batch]:
        """The lines of a frame; without those that were delivered before the program began."""
        line, start = self.next.line, max(self.mark.position - frame.begin, 0)
        while start < len(frame.payload):
            end = cut(frame.payload, start)
            data = frame.payload[start:end]
            lines = data.count(b"\n")
            line, start = line + lines, end
            yield Batch(data, lines, self._mark.add(Point(frame.begin + end, line)))

    def _feed(self) -> None:
        """Gives the queue what it has room for, and comes back when there is more."""
        self._queue.forget(self._feed)
        while self._ahead and not self._queue.is_full and not self._is_closed:
            batch = self._ahead.popleft()
            self._bytes -= len(batch.data)
            self.lines -= batch.lines
            self._queue.put(batch)
        if self._ahead and not self._is_closed:
            self._queue.wait_for_room(self._feed)
        if self.has_room:
            self._called()

    def close(self) -> None:
        """Gives nothing more to the queue."""
        self._is_closed = True
        self._queue.forget(self._feed)


def cut(payload: bytes, start: int) -> int:
    """Where a batch that begins there ends: at the end of a line."""
    if len(payload) - start <= SIZE:
        return len(payload)
    return payload.rfind(b"\n", start, start + SIZE) + 1 or payload.index(b"\n", start) + 1

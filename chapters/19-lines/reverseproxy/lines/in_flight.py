"""In flight: what was sent on a connection, and has not arrived yet as far as anybody knows."""

from collections import deque

from reverseproxy.lines.batch import Batch


class InFlight:
    """The batches that are on their way, by where they end in the bytes of the connection."""

    def __init__(self) -> None:
        self._batches: deque[tuple[int, Batch]] = deque()
        self._end = 0
        self.lines = 0
        """Lines of all these batches."""

    def add(self, batch: Batch) -> None:
        """It follows the others."""
        self._end += len(batch.data)
        self.lines += batch.lines
        self._batches.append((self._end, batch))

    def arrived(self, offset: int) -> int:
        """So many bytes of the connection have arrived: how many lines that settles.

        A batch is settled when its last byte has arrived. It is not on its way any more then.
        """
        lines = 0
        while self._batches and self._batches[0][0] <= offset:
            lines += self._batches.popleft()[1].lines
        self.lines -= lines
        return lines

    def left(self, offset: int) -> tuple[int, list[Batch]]:
        """The connection is over, and no more than `offset` of its bytes have arrived.

        Returns how many lines that settles, and what has to go another way: all whole lines, from
        the one on that did not arrive as a whole, in their order. Nothing is on its way any more.
        """
        settled = self.arrived(offset)
        batches = [batch for _, batch in self._batches]
        if batches:
            end, first = self._batches[0]
            there = offset - (end - len(first.data))
            whole = first.data.count(b"\n", 0, max(there, 0))
            settled += whole
            batches[0] = first.after(whole)
        self._batches.clear()
        self.lines = 0
        return settled, batches

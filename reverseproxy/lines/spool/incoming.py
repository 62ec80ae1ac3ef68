"""Incoming: batches that wait for the disk, and become safe in groups."""

import itertools
from collections import deque

from reverseproxy.lines.batch import Batch

GROUP = 4_194_304
"""Bytes that become safe together, at most, if no batch is longer."""


class Incoming:
    """Batches in the order in which they came."""

    def __init__(self) -> None:
        self._batches: deque[Batch] = deque()
        self.bytes = self.lines = 0
        self._most = GROUP

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._batches)

    def add(self, batch: Batch) -> None:
        """One more."""
        self._batches.append(batch)
        self.bytes += len(batch.data)
        self.lines += batch.lines

    def group(self) -> list[Batch]:
        """Those that are written together next. They go on waiting until they are safe."""
        sizes = itertools.accumulate(len(batch.data) for batch in self._batches)
        count = sum(1 for _ in itertools.takewhile(self._most.__ge__, sizes))
        return list(itertools.islice(self._batches, max(count, 1)))

    def remove(self, group: list[Batch]) -> None:
        """These are safe: they were the first ones. The next ones may be more."""
        self._most = min(self._most * 2, GROUP)
        for batch in group:
            self._batches.popleft()
            self.bytes -= len(batch.data)
            self.lines -= batch.lines

    def failed(self, group: list[Batch]) -> None:
        """These cannot be written together: the next time, half of them. There may be room."""
        self._most = max(sum(len(batch.data) for batch in group) // 2, 1)

    def clear(self) -> int:
        """Forgets all of them. Returns how many lines they were."""
        lines, self.bytes, self.lines = self.lines, 0, 0
        self._batches.clear()
        return lines

"""A spool that runs on a disk in memory."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

from reverseproxy import Spool
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from tests.package.spool_disk import MemoryDisk, numbered
from tests.support.loopback import PATIENCE

BATCH = 3
"""Lines of each."""


class Running:
    """A spool that runs on a disk in memory, and what it said."""

    def __init__(
        self, disk: MemoryDisk, size: int = 1000, pause: float = 0.001, **settings: int
    ) -> None:
        """`size` is that of the queue, in batches."""
        self.disk, self.queue, self.ledger = disk, Queue(size), Ledger()
        self.spool = Spool("/spool", pause=pause, files=lambda _: disk, **settings)
        self.lost = 0
        """Lines that were not stored when it ended."""
        self.settled: list[int] = []
        self.when: list[int] = []
        """After how many operations of the disk each batch was settled."""

    @contextlib.asynccontextmanager
    async def opened(self, grace: float = PATIENCE) -> AsyncIterator["Running"]:
        """It, while it runs; then all that waits has `grace` seconds to become safe."""
        async with asyncio.timeout(PATIENCE):
            await self.spool.open(self.queue, self.ledger)
            task = asyncio.ensure_future(self.spool.run())
            yield self
            if task.done():
                task.result()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self.spool.flush()
            task.cancel()
            self.spool.take_back(self.queue.close())
            self.lost = await self.spool.close()
            assert self.ledger.lines(self.spool.lines).missing == 0

    def put(self, count: int = 1) -> None:
        """Puts so many batches in."""
        for _ in range(count):
            first = self.ledger.accepted
            self.ledger.accepted += BATCH
            lines = numbered(first, BATCH)
            self.spool.put(Batch(lines, BATCH, self._settled(first // BATCH)))

    def _settled(self, number: int) -> Callable[[], None]:
        def settled() -> None:
            self.settled.append(number)
            self.when.append(len(self.disk.operations))

        return settled

    @property
    def missing(self) -> int:
        """Lines of which nobody knows."""
        return self.ledger.lines(self.spool.lines + self.queue.lines).missing

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Waits for that; the sum holds all the time."""
        while not is_so():
            assert self.missing == 0
            await asyncio.sleep(0)

    async def are_settled(self, count: int) -> None:
        """Waits until so many batches are."""
        await self.until(lambda: len(self.settled) >= count)
        assert self.settled == list(range(count))


class Gate:
    """A fault that is none: it holds the thread at each such operation until it may go on."""

    def __init__(self, word: str = "sync") -> None:
        self._word = word
        self.reached, self.may_go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, word: str, *_: object) -> None:
        """The thread is there."""
        if word == self._word:
            self.reached.release()
            assert self.may_go.acquire(timeout=PATIENCE)

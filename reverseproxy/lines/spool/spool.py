"""Spool: keeps lines on a disk, from when a client is told so until they are delivered."""

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Callable

from reverseproxy.errors import ConfigurationError
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.spool.files import Disk, Files
from reverseproxy.lines.spool.frames import Frame, Point
from reverseproxy.lines.spool.incoming import Incoming
from reverseproxy.lines.spool.log import Log
from reverseproxy.lines.spool.outlet import Outlet
from reverseproxy.lines.spool.thread import DiskThread
from reverseproxy.lines.spool.trouble import ADVICE, Trouble
from reverseproxy.settings import check_count, check_number

logger = logging.getLogger(__name__)

Call = Callable[[], object]

WAITING = 4_194_304
"""Bytes that may wait for the disk: more than it writes in the time of an fsync."""

ENOUGH = 1_048_576
"""Bytes that are read at once."""


class Spool:
    """A store for a LineProxy, in a directory of its own.

    A batch is settled when it has been written and synced; all that comes while one fsync runs
    shares the next one. It is deleted some time after all lines of its file have been delivered, so
    a crash delivers some of them again: at least once.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        limit: int = 1_073_741_824,
        segment: int | None = None,
        pause: float = 1.0,
        files: Callable[[str], Files] = Disk,
    ) -> None:
        """Sizes are in bytes.

        path: the directory. It has to be there, and belongs to one program at a time.
        limit: for all files; when they have it, clients have to wait. Somewhat more can come: what
        was on its way already.
        segment: of one file, after which another one is begun: what is deleted at once. None: a
        sixteenth of the limit, and 64 MiB at most.
        pause: seconds until another try when the disk did not do as it was told, and between two
        notes of what has been delivered.
        files: what the spool does with a disk, for tests.

        Raises ConfigurationError for a number that cannot be; whether the directory can be used is
        found out when the proxy begins to serve.
        """
        check_count("limit", limit, 2, 2**50)
        segment = max(min(limit // 16, 67_108_864), 1) if segment is None else segment
        check_count("segment", segment, 1, limit // 2)
        check_number("pause", pause, 0.001, 3600)
        self._path, self._limit, self._segment = os.fspath(path), limit, segment
        self._pause, self._files = pause, files
        self._incoming, self._ledger = Incoming(), Ledger()
        self._givers: OrderedDict[Call, None] = OrderedDict()
        self._kept = self._left_lines = 0
        self._is_open = self._is_waking = self._is_to_note = False

    @property
    def lines(self) -> int:
        """Lines that are kept here, and are not in the queue."""
        if not self._is_open:
            return self._left_lines
        on_disk = self._end.line - self._outlet.next.line
        return self._incoming.lines + on_disk + self._outlet.lines + self._left_lines

    @property
    def is_full(self) -> bool:
        """Whether no client may bring a batch."""
        waiting = self._incoming.bytes
        is_full = waiting >= WAITING or self._kept + waiting >= self._limit
        return is_full or not self._is_open or self._writing.is_there

    def put(self, batch: Batch) -> None:
        """One more. `batch.settled` is called when its lines are safe."""
        self._incoming.add(batch)
        self._called.set()

    def wait_for_room(self, call: Call) -> None:
        """Calls `call` when there is room, after those who have waited longer."""
        self._givers[call] = None

    def wake_giver(self) -> None:
        """If there is room, those who have waited for it longest may bring something."""
        if self._is_waking:
            return  # whoever brings something calls this, too
        self._is_waking = True
        try:
            while self._givers and not self.is_full:
                self._givers.popitem(last=False)[0]()
        finally:
            self._is_waking = False

    def forget(self, call: Call) -> None:
        """Nobody waits there any more."""
        self._givers.pop(call, None)

    def take_back(self, lines: int) -> None:
        """So many of the lines that went into the queue were not delivered: they are kept."""
        self._left_lines += lines

    async def open(self, queue: Queue, ledger: Ledger) -> None:
        """Takes the directory into use. What is there goes into the queue, and into the ledger.

        Raises ConfigurationError when it cannot be used.
        """
        log, thread = Log(self._files(self._path), self._segment), DiskThread()
        try:
            mark, begin = await thread.do(f"opening {self._path}", log.open)
        except BaseException as error:
            await thread.do(f"closing {self._path}", log.close)
            thread.close()
            if isinstance(error, OSError):
                raise ConfigurationError("path", self._path, f"cannot be used: {error}") from error
            raise
        # Not before: another proxy may be using this spool, and was the reason to refuse this one.
        is_known, self._ledger = ledger is self._ledger, ledger
        self._log, self._thread = log, thread
        self._called, self._stored = asyncio.Event(), asyncio.Event()
        self._writing, self._reading, self._tidying = (
            Trouble(thread, f"{what} {self._path}", self._pause, self._called.set, advice)
            for what, advice in (("writing to", ""), ("reading", ADVICE), ("tidying up", ""))
        )
        self._outlet = Outlet(queue, mark, begin, self._moved, self._called.set)
        self._timer: asyncio.TimerHandle | None = None
        self._end, self._kept = self._log.end, self._log.kept
        # What this ledger has counted, it does not count again; what another one has, it does.
        ledger.accepted += self._end.line - mark.line - (self._left_lines if is_known else 0)
        self._left_lines = 0
        self._is_open = True
        self._called.set()

    async def run(self) -> None:
        """Does all that there is to do with the disk, until it is cancelled."""
        while True:
            await self._called.wait()
            self._called.clear()
            if self._incoming and not self._writing.is_paused:
                await self._write()
            if self._outlet.wants(self._end) and not self._reading.is_paused:
                await self._read()
            if self._is_to_note and not self._tidying.is_paused:
                await self._tidy()

    async def _write(self) -> None:
        """Makes all that waits safe, with one write and one fsync."""
        group = self._incoming.group()
        data = b"".join(batch.data for batch in group)
        lines = sum(batch.lines for batch in group)
        frame = await self._writing.attempt(self._log.append, data, lines)
        self._kept = self._log.kept
        if frame:
            self._is_safe(group, frame)
        else:
            self._incoming.failed(group)
        if self._incoming:
            self._called.set()
        else:
            self._stored.set()

    def _is_safe(self, group: list[Batch], frame: Frame) -> None:
        """Tells those whom they are from; if nothing older waits, they need not be read again."""
        self._incoming.remove(group)
        self._end = frame.end
        if self._outlet.next == frame.at and self._outlet.has_room:
            self._outlet.add(frame)
        for batch in group:
            batch.settled()
        self.wake_giver()

    async def _read(self) -> None:
        """Brings what is next."""
        frames = await self._reading.attempt(self._log.read, self._outlet.next, ENOUGH)
        if frames is None:
            return
        added = sum(self._outlet.add(frame) for frame in frames)
        lost = added if frames else self._outlet.skip(self._end)
        self._ledger.drop(lost, "corrupt")

    def _moved(self) -> None:
        """More is delivered: that is written down some time."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._note)

    def _note(self) -> None:
        self._timer = None
        self._is_to_note = True
        self._called.set()

    async def _tidy(self) -> None:
        """Writes down what has been delivered, and makes room."""
        self._is_to_note = False
        await self._tidying.attempt(self._log.forget, self._outlet.mark)
        self._is_to_note |= self._tidying.is_there
        self._kept = self._log.kept
        self.wake_giver()

    async def flush(self) -> None:
        """Returns when all that was put in is safe, however long. Nothing more goes out."""
        self._outlet.close()
        if self._incoming:
            self._stored.clear()
            self._writing.try_now()
            await self._stored.wait()

    async def close(self) -> int:
        """Writes down what has been delivered, and lets go of the directory; cancelled, too.

        Returns how many lines were not made safe.
        """
        if self._timer:
            self._timer.cancel()
        for trouble in (self._writing, self._reading, self._tidying):
            trouble.stop()
        try:
            await self._thread.do(f"closing {self._path}", self._let_go, self._outlet.mark)
        except OSError as error:
            logger.error("some lines will be delivered again: %s", error)
        finally:
            self._thread.close()
            # A write that was under way has come to its end by now, unless nobody waited for it.
            # What is not safe is lost, and nobody has been told anything else.
            lost = self._incoming.clear() + self._end.line - self._log.end.line
            self._end = self._log.end
            self._left_lines, self._is_open = self.lines, False
            self._ledger.drop(lost, "not stored")
        return lost

    def _let_go(self, mark: Point) -> None:
        """In the thread, the end: does without what can be done without if the disk is slow."""
        if self._thread.is_slow:
            logger.warning("some lines will be delivered again: the disk is too slow to note more")
        self._log.close(None if self._thread.is_slow else mark)

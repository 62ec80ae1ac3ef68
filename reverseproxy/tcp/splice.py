"""Zero-copy: a flow whose bytes the kernel moves, and the program never sees."""

import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from reverseproxy.tcp.flow import SIZE, Flow
from reverseproxy.tcp.poller import Poller

LARGE = SIZE // 8
"""Bytes that were there at once, from which on a pipe pays. Fewer are sooner copied."""

CAPACITY = 1_048_576
"""Bytes of a pipe, if we may: Linux lets everybody have so many, as long as there is room."""

PIPES = 64
"""Pipes at once, at most: as many of that size as Linux lets one user have."""

SPARE = 8
"""Empty pipes that are kept for the next ones."""

ROUNDS = 4
"""Times that one flow moves something before others have their turn."""

FORBIDDEN = (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EACCES)
"""What a system says that cannot move these bytes, or does not let us."""


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe's two ends, and how much goes in."""

    source: int
    sink: int
    size: int

    @classmethod
    def open(cls) -> "Pipe":
        """As large as the system lets it be. Raises OSError when there are no descriptors."""
        source, sink = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        with contextlib.suppress(OSError):  # there are too many large ones: a small one will do
            fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, CAPACITY)
        return cls(source, sink, fcntl.fcntl(sink, fcntl.F_GETPIPE_SZ))

    def close(self) -> None:
        """Gives back the descriptors, and what is in it is gone."""
        os.close(self.source)
        os.close(self.sink)


class Pool:
    """Pipes that nobody holds, and how many somebody does."""

    def __init__(self, most: int, spare: int) -> None:
        """`most`: pipes at once; `spare`: of those, how many are kept while nobody needs them."""
        self._most, self._spare = most, spare
        self._free: list[Pipe] = []
        self.held = 0

    def take(self) -> Pipe | None:
        """An empty pipe; None when there is none to be had."""
        try:
            pipe = self._free.pop() if self._free else self._opened()
        except OSError:
            return None
        self.held += pipe is not None
        return pipe

    def _opened(self) -> Pipe | None:
        return Pipe.open() if self.held < self._most else None

    def give_back(self, pipe: Pipe) -> None:
        """It is empty, and somebody else can have it."""
        if len(self._free) < self._spare:
            self.held -= 1
            self._free.append(pipe)
        else:
            self.throw_away(pipe)

    def throw_away(self, pipe: Pipe) -> None:
        """There is something in it that nobody wants."""
        self.held -= 1
        pipe.close()

    def close(self) -> None:
        """Keeps no pipe. Those that are held come back and are kept again."""
        while self._free:
            self._free.pop().close()


POOL = Pool(PIPES, SPARE)
"""The pipes of all flows."""


def splice(source: int, sink: int, count: int) -> int:
    """Moves up to `count` bytes; one of both is a pipe. Raises OSError, and never waits."""
    return os.splice(source, sink, count, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)


class SplicedFlow(Flow):
    """A flow that moves what comes in large pieces without copying it: `TcpProxy(flow=…)`.

    The bytes go from the source's socket through a pipe to the sink's, and stay in the kernel. A
    pipe is held only while something is in it. Without splice(2), which only Linux has, or without
    a pipe, and as long as the pieces are small, it is a Flow like any other.

    Source: Linux, splice(2) and pipe(7).
    """

    __slots__ = ("_is_large", "_left", "_may_splice", "_pipe")

    def __init__(
        self,
        poller: Poller,
        source: socket.socket,
        sink: socket.socket,
        told: Callable[[OSError | None], None],
    ) -> None:
        super().__init__(poller, source, sink, told)
        self._may_splice = hasattr(os, "splice")
        self._is_large = False
        self._pipe: Pipe | None = None
        self._left = 0
        """Bytes in the pipe."""

    @property
    def is_reading(self) -> bool:
        """Whether it would see at once that the source breaks."""
        return self._pipe is None and super().is_reading

    def read(self) -> None:
        """The source has something: moves it if that pays, and copies it otherwise."""
        if self._is_large and self._may_splice and (pipe := POOL.take()):
            self._pipe = pipe
            self._move(pipe)
            return
        before = self.total
        super().read()
        # A rest is as good a sign: more came than the sink takes at once.
        self._is_large = self.total - before >= LARGE or bool(self._rest)

    def write(self) -> None:
        """The sink has room: empties the pipe, and reads on then."""
        if self._pipe is None:
            super().write()
            return
        try:
            is_empty = self._drain(self._pipe)
        except OSError as error:
            self._told(error)
            return
        if is_empty:
            self._release()
            self._poller.remove_writer(self._sink.fileno())
            self._poller.add_reader(self._source.fileno(), self.read)

    def stop(self) -> None:
        """The relay is over, and with it what the sink has not taken."""
        super().stop()
        if self._pipe:
            POOL.throw_away(self._pipe)
            self._pipe = None

    def _move(self, pipe: Pipe) -> None:
        """Moves what there is, a few pipes full; keeps the pipe if the sink does not take all."""
        try:
            for _ in range(ROUNDS):
                if not self._fill(pipe):
                    break
                if not self._drain(pipe):
                    self._poller.remove_reader(self._source.fileno())
                    self._poller.add_writer(self._sink.fileno(), self.write)
                    return
        except OSError as error:
            self._told(error)
            return
        self._release()

    def _fill(self, pipe: Pipe) -> bool:
        """Moves from the source into the pipe. Whether there was anything. Raises OSError."""
        try:
            count = splice(self._source.fileno(), pipe.sink, pipe.size)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in FORBIDDEN:
                raise
            self._may_splice = False
            return False
        self._is_large = count >= LARGE
        self._left = count
        if not count:
            self._end()
        return count > 0

    def _drain(self, pipe: Pipe) -> bool:
        """Moves from the pipe into the sink. Whether the pipe is empty now. Raises OSError."""
        try:
            count = splice(pipe.source, self._sink.fileno(), self._left)
        except BlockingIOError:
            return False
        self.total += count
        self._left -= count
        return not self._left

    def _release(self) -> None:
        """The pipe is empty: others can have it."""
        if self._pipe:
            POOL.give_back(self._pipe)
            self._pipe = None

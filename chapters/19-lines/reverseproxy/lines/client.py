"""A client: its lines go into the queue, for as long as there is room for them."""

import socket
from collections.abc import Callable

from reverseproxy.http.accept_queue import hear_nothing
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.connection import close
from reverseproxy.lines.cutter import Cutter
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.reading import read
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.sockets import reset

MOST = 1024
"""Pieces that are read of a client at the stop, at most: more than a kernel holds."""


class Client:
    """Reads lines from one connection."""

    def __init__(
        self,
        sock: socket.socket,
        poller: Poller,
        longest: int,
        queue: Queue,
        ledger: Ledger,
        gone: Callable[["Client"], object],
    ) -> None:
        """`longest`: bytes of a line; `gone` is called when there is nothing more to come."""
        self._sock, self._poller, self._gone = sock, poller, gone
        self._queue, self._ledger = queue, ledger
        self._cutter = Cutter(longest)
        self._is_gone = False

    def start(self) -> None:
        """Reads from now on."""
        self._poller.add_reader(self._sock.fileno(), self._read)
        self._read()  # of what TLS has inside, the kernel knows nothing

    def _read(self) -> None:
        """There is something to read: if there is room for it, that is done."""
        if self._queue.is_full:
            self._poller.remove_reader(self._sock.fileno())
            self._queue.wait_for_room(self.start)
            return
        self._take()
        self._queue.wake_giver()

    def _take(self) -> bool:
        """Takes what is there now: whether more may come. At the end of it all, it ends."""
        piece = b""
        try:
            for piece in read(self._sock):
                self._put(self._cutter.cut(piece) if piece else self._cutter.end())
                if not piece:
                    self._end()
        except OSError:
            self._end()
        return piece != b"" and not self._is_gone

    def _put(self, lines: bytes) -> None:
        """Puts lines into the queue."""
        if lines:
            batch = Batch.of(lines)
            self._ledger.accepted += batch.lines
            self._queue.put(batch)
        self._ledger.refuse(self._cutter.take_too_long(), "too long")

    def finish(self) -> None:
        """The stop: takes all that our kernel has confirmed to this client, and ends.

        From the first step on the kernel confirms nothing more, and so the client knows what it has
        to send to somebody else. A line that has only begun is one of those.
        """
        hear_nothing(self._sock)
        for _ in range(MOST):
            if not self._take():
                break
        self._end(reset)

    def _end(self, close: Callable[[socket.socket], object] = close) -> None:
        """There is nothing more to come. Half a line is none, and is not passed on."""
        if self._is_gone:
            return
        self._is_gone = True
        self._queue.forget(self.start)
        if self._cutter.has_begun:
            self._ledger.refuse(1, "unfinished")
        self._poller.remove_reader(self._sock.fileno())
        close(self._sock)
        self._gone(self)

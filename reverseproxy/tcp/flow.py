"""A flow: one direction of a connection through the proxy."""

import contextlib
import socket
from collections.abc import Callable

from reverseproxy.tcp.poller import Poller

SIZE = 262_144
"""Bytes that are read at once, at most; and so the most that waits in the proxy, a direction."""

PIECE = memoryview(bytearray(SIZE))
"""Where all flows read into: none has anything there once its call is over."""


class Flow:
    """Passes on what one socket sends to another, no faster than that takes it.

    What the sink does not take is kept, and until it is gone nothing more is read. So the kernel's
    buffers fill up, and the source has to wait (backpressure). Where the source ends, the sink
    hears an end too, and can still answer (half-close).
    """

    __slots__ = ("_poller", "_rest", "_sink", "_source", "_told", "has_ended", "total")

    def __init__(
        self,
        poller: Poller,
        source: socket.socket,
        sink: socket.socket,
        told: Callable[[OSError | None], None],
    ) -> None:
        """`told` hears when the source has ended, or what broke, and then nothing more."""
        self._poller, self._source, self._sink, self._told = poller, source, sink, told
        self._rest = b""
        self.has_ended = False
        self.total = 0
        """Bytes that the sink took."""

    @property
    def is_reading(self) -> bool:
        """Whether it would see at once that the source breaks."""
        return not self._rest and not self.has_ended

    def start(self, rest: bytes = b"") -> None:
        """Begins; `rest` goes first."""
        self._rest = rest
        if rest:
            self._poller.add_writer(self._sink.fileno(), self.write)
        else:
            self._poller.add_reader(self._source.fileno(), self.read)

    def read(self) -> None:
        """The source has something: passes it on, and keeps what the sink does not take."""
        try:
            count = self._source.recv_into(PIECE)
            if not count:
                self._end()
                return
            sent = self._send(PIECE[:count])
        except BlockingIOError:
            return
        except OSError as error:
            self._told(error)
            return
        if sent < count:
            self._rest = PIECE[sent:count].tobytes()
            self._poller.remove_reader(self._source.fileno())
            self._poller.add_writer(self._sink.fileno(), self.write)

    def write(self) -> None:
        """The sink has room: gives it more of the rest, and reads on once that is gone."""
        try:
            self._rest = self._rest[self._send(self._rest) :]
        except OSError as error:
            self._told(error)
            return
        if not self._rest:
            self._poller.remove_writer(self._sink.fileno())
            self._poller.add_reader(self._source.fileno(), self.read)

    def flush(self) -> None:
        """Passes on what has come already, for something broke: a last answer may be in it."""
        if self.is_reading:
            with contextlib.suppress(OSError):
                self._send(PIECE[: self._source.recv_into(PIECE)])

    def stop(self) -> None:
        """The relay is over: nothing more is read or written."""
        self._poller.remove_reader(self._source.fileno())
        self._poller.remove_writer(self._sink.fileno())

    def _send(self, piece: bytes | memoryview) -> int:
        """Sends what the sink takes now: how much of it."""
        try:
            sent = self._sink.send(piece)
        except BlockingIOError:
            return 0
        self.total += sent
        return sent

    def _end(self) -> None:
        """There will be nothing more: the sink hears that, and the relay."""
        self._poller.remove_reader(self._source.fileno())
        self._sink.shutdown(socket.SHUT_WR)
        self.has_ended = True
        self._told(None)

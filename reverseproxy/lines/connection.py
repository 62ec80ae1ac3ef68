"""A connection to an upstream, on which lines go."""

import contextlib
import socket
from collections.abc import Callable

from reverseproxy.errors import ResponseBroken, UpstreamError
from reverseproxy.http.outgoing import reason
from reverseproxy.lines.arrival import in_the_air
from reverseproxy.lines.flight import Flight
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.reading import read
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.sockets import reset

SEND_BUFFER = 262_144
"""Bytes that our kernel is asked to hold for an upstream at most; Linux makes it twice as many."""


class LineConnection:
    """Takes batches out of a queue and sends them, for as long as the connection stands."""

    def __init__(
        self, sock: socket.socket, poller: Poller, flight: Flight, queue: Queue, ledger: Ledger
    ) -> None:
        self._sock, self._poller, self.flight = sock, poller, flight
        self._queue, self._ledger = queue, ledger
        self._rest = memoryview(b"")
        self._is_waiting = self.is_leaving = self.is_over = False
        self._progress = 0
        self._quiet = 0
        self._delivered = 0
        self._was_reset = False

    @property
    def has_delivered(self) -> bool:
        """Whether any line that was sent on it has been delivered, and is not in doubt."""
        return self._delivered > 0

    def start(self, over: Callable[[UpstreamError | None], object]) -> None:
        """Begins. `over` is called when it is over, and told what is wrong with the upstream."""
        self._over = over
        self._poller.add_reader(self._sock.fileno(), self._read)
        self._pump()

    def _pump(self) -> None:
        """Sends as much as goes now."""
        try:
            while self._rest or self._take():
                count = self._sock.send(self._rest)
                self.flight.sent(count)
                self._rest = self._rest[count:]
        except BlockingIOError:
            self._poller.add_writer(self._sock.fileno(), self._write)
        except BrokenPipeError:
            # It was reset, and had ended before that: the end is still there to be read.
            self._was_reset = True
            self._read()
        except OSError as error:
            self._break(error)

    def _write(self) -> None:
        self._poller.remove_writer(self._sock.fileno())
        self._pump()

    def _take(self) -> bool:
        """The next batch, if there is one, and if it may be sent: whether there was."""
        if self._is_waiting or self.is_leaving or self.is_over or not self.flight.has_room:
            return False
        batch = self._queue.take(self._called)
        if batch is None:
            self._is_waiting = True
            return False
        self.flight.add(batch)
        self._rest = memoryview(batch.data)
        return True

    def _called(self) -> None:
        """There is something in the queue."""
        self._is_waiting = False
        self._pump()

    def _read(self) -> None:
        """The upstream says something, or ends the connection."""
        try:
            for data in read(self._sock):
                if not data:
                    self._hung_up()
                    return
                self.flight.heard(data)
        except (OSError, UpstreamError) as error:
            self._break(error)
        else:
            self._settle()
            if not self._rest:
                self._pump()

    def _hung_up(self) -> None:
        """The upstream has ended its side. That is taken for: it has read everything.

        If it has closed, it has. If it has ended only its own direction, it has said that it sends
        nothing more, and is believed to read on. Should it close later, with something unread,
        nobody listens here any more: lines are lost, and count as delivered. A flight that goes by
        what the upstream's program says of each line does not have this limit.

        If a reset is there by now, it was closed with something unread. But a reset is also the
        answer to what comes after a close: with something in the air, it is taken for that.
        """
        was_reset = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or self._was_reset
        if was_reset and not in_the_air(self._sock):
            self.end(ResponseBroken("it hung up before it had read everything"))
        else:
            self.end()

    def _settle(self) -> None:
        """Writes down what has been delivered."""
        self._note(self.flight.settle())

    def _note(self, delivered: int, doubtful: int = 0) -> None:
        """Writes down, for `has_delivered` too: so many more, and so many of all are in doubt."""
        self._ledger.delivered += delivered
        self._ledger.doubt(doubtful)
        self._delivered += delivered - doubtful

    def tick(self, most_quiet: float) -> None:
        """To be called at regular times. After so many of them without progress, it is broken."""
        try:
            self._settle()
        except OSError as error:
            self._break(error)
            return
        before, self._progress = self._progress, self.flight.progress
        is_done = self.is_leaving and not self.flight.lines
        is_moving = self._progress > before or not (self.flight.lines or is_done)
        self._quiet = 0 if is_moving else self._quiet + 1
        if self._quiet > most_quiet:
            self._break(TimeoutError("it takes nothing, or acknowledges nothing"))
        elif is_done:
            self._say_goodbye()

    def leave(self) -> None:
        """Takes nothing more, and ends when all that it has taken has been delivered, and read."""
        self.is_leaving = True
        self._queue.forget(self._called)

    def _say_goodbye(self) -> None:
        """Says that nothing more comes. The upstream reads up to there, and says so as well."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return  # TLS has a word to say, and there is no room: the next tick tries again
        except OSError as error:
            self._break(error)

    def _break(self, error: OSError | UpstreamError) -> None:
        self.end(error if isinstance(error, UpstreamError) else ResponseBroken(reason(error)))

    def end(self, error: UpstreamError | None = None) -> None:
        """It is over, in good order or with an error; a second time, nothing happens.

        What its flight leaves behind is noted (`_note`). The flight is asked while the socket is
        open; after an error it is broken, and some of what has been delivered is in doubt. Then, or
        when something has to go again, the upstream gets a reset (`_close`). What has to go again
        goes back to the queue when this connection does not wait there any more, which `_close`
        sees to; and `over` is told after all this.
        """
        if self.is_over:
            return
        self.is_over = True
        ending = self.flight.end(is_broken=error is not None)
        self._note(ending.delivered, ending.doubtful)
        self._close(in_order=not error and not ending.again)
        self._queue.put_back(ending.again)
        self._over(error)

    def _close(self, *, in_order: bool) -> None:
        """Closes the socket. Half a line that the upstream has is no line, and a reset says so."""
        self._rest = memoryview(b"")
        self._queue.forget(self._called)
        self._poller.remove_reader(self._sock.fileno())
        self._poller.remove_writer(self._sock.fileno())
        finish = close if in_order else reset
        finish(self._sock)


def close(sock: socket.socket) -> None:
    """Closes a connection in good order, for which TLS has a word of its own."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
    sock.close()


def keep_alive(sock: socket.socket) -> None:
    """Has the kernel ask, from time to time, whether a silent other side is still there."""
    with contextlib.suppress(OSError):  # a UNIX socket has no such thing
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

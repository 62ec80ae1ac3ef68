"""A relay: two sockets, and what flows between them."""

import os
import socket
from collections.abc import Callable

from reverseproxy.tcp.flow import Flow
from reverseproxy.tcp.poller import Poller
from reverseproxy.tcp.sockets import reset


class Relay:
    """A client's connection and an upstream's, made one.

    It ends when both directions have ended. When either side breaks, both do.
    """

    __slots__ = (
        "_client",
        "_down",
        "_ended",
        "_is_over",
        "_seen",
        "_up",
        "_upstream",
        "quiet",
    )

    def __init__(
        self,
        client: socket.socket,
        upstream: socket.socket,
        poller: Poller,
        ended: Callable[["Relay"], None],
        flow: type[Flow] = Flow,
    ) -> None:
        """`ended` is told once that it is over; `flow` moves the bytes."""
        self._client, self._upstream, self._ended = client, upstream, ended
        self._up = flow(poller, client, upstream, self._told)
        self._down = flow(poller, upstream, client, self._told)
        self._seen = 0
        self._is_over = False
        self.quiet = 0
        """How many ticks in a row have passed without a byte."""

    def start(self, rest: bytes = b"") -> None:
        """Begins, in both directions; `rest` goes to the upstream before all else."""
        self._up.start(rest)
        self._down.start()

    def tick(self) -> None:
        """To be called at regular times: notes whether anything has moved since the last one.

        A side that nobody reads from may have broken unseen, so it is asked.
        """
        seen = self._up.total + self._down.total
        self.quiet = self.quiet + 1 if seen == self._seen else 0
        self._seen = seen
        for flow, sock in ((self._up, self._client), (self._down, self._upstream)):
            if not flow.is_reading and (number := sock.getsockopt(*PENDING)):
                self._told(OSError(number, os.strerror(number)))
                return

    def _told(self, error: OSError | None) -> None:
        """A direction has ended, or something broke."""
        if error:
            self.end(reset)
        elif self._up.has_ended and self._down.has_ended:
            self.end(socket.socket.close)

    def end(self, close: Callable[[socket.socket], None]) -> None:
        """Closes both connections, in that way, if that has not been done.

        What has come already goes out first: an upstream that breaks off may have said why.
        """
        if self._is_over:
            return
        self._is_over = True
        self._up.flush()
        self._down.flush()
        self._up.stop()
        self._down.stop()
        close(self._client)
        close(self._upstream)
        self._ended(self)


PENDING = (socket.SOL_SOCKET, socket.SO_ERROR)
"""What went wrong with a socket, and nobody was told yet."""

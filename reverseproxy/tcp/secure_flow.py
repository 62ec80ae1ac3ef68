"""A flow where one side or both speak TLS."""

import contextlib
import functools
import logging
import socket
import ssl
from collections.abc import Callable

from reverseproxy.http.outgoing import reason
from reverseproxy.tcp.flow import Flow
from reverseproxy.tcp.poller import Poller
from reverseproxy.tls.sockets import TlsSocket

logger = logging.getLogger(__name__)


class SecureFlow(Flow):
    """A flow that knows what the kernel does not: what TLS has read already, or has yet to say.

    Many programs close a connection without TLS's word for that, or with tickets unread, and that
    makes it a reset. It is no end: anybody on the way could have caused it. But the sink gets all
    that came before, and only then the relay breaks.
    """

    __slots__ = ("_is_cut", "_tell")

    def __init__(
        self,
        poller: Poller,
        source: socket.socket,
        sink: socket.socket,
        told: Callable[[OSError | None], None],
    ) -> None:
        super().__init__(poller, source, sink, self._hear)
        self._tell = told
        self._is_cut = False

    @property
    def is_reading(self) -> bool:
        """Whether it would see at once that the source breaks."""
        return not self._is_cut and super().is_reading

    @property
    def has_more(self) -> bool:
        """Whether there is something inside of the source: nobody will call for that."""
        source = self._source
        return self.is_reading and isinstance(source, TlsSocket) and source.has_more

    def start(self, rest: bytes = b"") -> None:
        """Begins; `rest` goes first."""
        if rest or not self.has_more:
            super().start(rest)
        else:  # not yet: if it breaks, the other flow has to have begun
            self._poller.add_writer(self._sink.fileno(), self.write)

    def read(self) -> None:
        """The source has something, and perhaps something more inside."""
        super().read()
        while self.has_more:
            super().read()

    def write(self) -> None:
        """The sink has room; after that, the source may have had something all the time."""
        super().write()
        while self.has_more:
            super().read()

    def _end(self) -> None:
        """The sink hears an end; over TLS that is a message, and it may have to wait for room."""
        try:
            super()._end()
        except BlockingIOError:
            self._poller.add_writer(self._sink.fileno(), self._end_later)

    def _end_later(self) -> None:
        """The sink has room for the end."""
        try:
            self._poller.remove_writer(self._sink.fileno())
            self._end()
        except OSError as error:
            self._told(error)

    def _hear(self, error: OSError | None) -> None:
        """Tells the relay; of a source that was cut off, when the sink has all that came before."""
        if self._is_cut or not isinstance(error, ssl.SSLError | ConnectionAbortedError):
            self._tell(error)
            return
        self._is_cut = True
        if isinstance(error, ssl.SSLError):
            logger.info("TLS breaks between us and %s: %s", name_of(self._source), reason(error))
        self._poller.remove_reader(self._source.fileno())
        with contextlib.suppress(OSError, AttributeError):  # not every system knows how to wait
            self._sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 1)
        self._poller.add_writer(self._sink.fileno(), functools.partial(self._tell, error))


def name_of(sock: socket.socket) -> str:
    """Who is at the other end."""
    return (isinstance(sock, TlsSocket) and sock.name) or "a client"

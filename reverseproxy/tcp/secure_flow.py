"""A flow where one side or both speak TLS."""

from reverseproxy.tcp.flow import Flow
from reverseproxy.tls.sockets import TlsSocket


class SecureFlow(Flow):
    """A flow that knows what the kernel does not: what TLS has read already, or has yet to say."""

    __slots__ = ()

    def start(self, rest: bytes = b"") -> None:
        """Begins; `rest` goes first."""
        super().start(rest)
        self._look()

    def read(self) -> None:
        """The source has something, and perhaps something more inside."""
        super().read()
        self._look()

    def write(self) -> None:
        """The sink has room; after that, the source may have had something all the time."""
        super().write()
        self._look()

    def _look(self) -> None:
        """Passes on what is inside of the source: nobody will call for that."""
        source = self._source
        while isinstance(source, TlsSocket) and source.has_more and self.is_reading:
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

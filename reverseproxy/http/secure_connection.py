"""TLS between a client's connection and what speaks HTTP over it."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any

from reverseproxy.http.leaving import LeavingConnection

PIECE = 16_384
"""Bytes that a record has at most, decrypted (RFC 8446, section 5.1)."""


class SecureConnection(asyncio.Transport, asyncio.Protocol):
    """Of an encrypted connection, the protocol; of what is said over it, the transport.

    An event loop has TLS of its own. But some time after the last answer it throws away what a slow
    client has not taken of it yet, and a client whose handshake fails is not told why; asyncio's
    takes a quarter of a megabyte for each client, too.
    """

    def __init__(self, context: ssl.SSLContext, protocol: Callable[[], LeavingConnection]) -> None:
        """`protocol` makes what speaks with the client, once the handshake is done."""
        super().__init__()
        self._came, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._going, server_side=True)
        self._new_protocol = protocol
        self._protocol: LeavingConnection | None = None
        self.is_silent = True
        """Whether the client has not said a word yet."""
        self.made: asyncio.Future[LeavingConnection] = asyncio.get_running_loop().create_future()
        """What speaks with the client, after the handshake; an OSError when nothing comes of it."""

    def connection_made(  # type: ignore[override]  # uvloop's transports are no asyncio.Transport
        self, transport: asyncio.Transport
    ) -> None:
        """The connection is there. The client has the first word."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Takes encrypted bytes. A client that sends others is told so, and that was it."""
        self.is_silent = False
        self._came.write(data)
        try:
            if not self._protocol:
                self._tls.do_handshake()
                self._begin()
            self._read()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._flush()  # TLS has a word for it (RFC 8446, section 6.2)
            self._transport.close()
            self._fail(error)

    def _begin(self) -> None:
        """The handshake is done: from now on, it is HTTP."""
        self._flush()
        self._protocol = self._new_protocol()
        self._protocol.connection_made(self)
        if not self.made.done():
            self.made.set_result(self._protocol)

    def _read(self) -> None:
        """Passes on all that has come, decrypted, and ends the connection if that was the end."""
        pieces = []
        try:
            while piece := self._tls.read(PIECE):
                pieces.append(piece)
        finally:
            if pieces and self._protocol:
                self._protocol.data_received(b"".join(pieces))
        self.close()

    def _flush(self) -> None:
        """Sends what is encrypted."""
        if self._going.pending:
            self._transport.write(self._going.read())

    def _fail(self, error: Exception) -> None:
        """Nothing came of the handshake, if it was not over yet."""
        if not self.made.done():
            self.made.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._fail(ConnectionAbortedError("gone before the handshake was over"))
        if self._protocol:
            self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not take what we send: enough for now."""
        if self._protocol:
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """There is room again."""
        if self._protocol:
            self._protocol.resume_writing()

    def write(self, data: Any) -> None:
        """Sends bytes, encrypted."""
        view, done = memoryview(data), 0
        while done < len(view) and not self.is_closing():
            done += self._tls.write(view[done:])
        self._flush()

    def close(self) -> None:
        """Says goodbye as TLS does, and closes, once the client has taken all.

        It need not answer that (RFC 8446, section 6.1).
        """
        if not self.is_closing():
            with contextlib.suppress(ssl.SSLError):  # SSLWantReadError: the answer is not there yet
                self._tls.unwrap()
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Ends it at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether nothing more can be said."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Leaves what comes to the kernel."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Reads again."""
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Bytes that wait for the kernel, encrypted."""
        return self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection; "sslcontext" says that it is TLS."""
        if name == "sslcontext":
            return self._tls.context
        return self._transport.get_extra_info(name, default)

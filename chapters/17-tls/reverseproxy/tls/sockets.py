"""Sockets that speak TLS, and are used like any others."""

import contextlib
import socket
import ssl
from typing import Any

from reverseproxy.tls.certificates import Certificates

SIZE = 262_144

PIECE = memoryview(bytearray(SIZE))
"""Where encrypted bytes are read into: none of them is left there once that call is over."""

RECORD = 20_480
"""Bytes that a record has at most, encrypted, and a little more (RFC 8446, section 5.2)."""

BATCH = 65_536
"""Bytes that are encrypted at once, at most, before the kernel takes them."""

MOST = 2 * BATCH
"""Encrypted bytes that may wait for the kernel: there is a batch, and there are answers of TLS."""


class TlsSocket(socket.socket):
    """A connection over TLS. To those who use it, it is a socket that never waits.

    Python's own, ssl.SSLSocket, cannot end one direction and go on reading in the other.
    """

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext, name: str | None = None
    ) -> None:
        """Takes the place of `sock`, which has no descriptor after that.

        name: of the server that is at the other end; None: we are the server.
        """
        self._came, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._going, name is None, name)
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.setblocking(False)
        self.context, self.name = context, name
        self._arrived = 0
        self._encrypted = bytearray()
        self._promised = 0
        self._inside = b""
        self._has_end = self._has_told = self._is_ending = False
        self._broken: ssl.SSLError | None = None

    @property
    def has_more(self) -> bool:
        """Whether there is something to read of which the kernel knows nothing."""
        has_end = bool(self._broken) or (self._has_end and not self._has_told)
        return self.fileno() >= 0 and (bool(self._inside) or has_end)

    def feed(self, data: bytes | memoryview) -> None:
        """Takes encrypted bytes that somebody else has read already."""
        self._came.write(data)

    def do_handshake(self) -> None:
        """Goes on with the handshake, and returns when it is done.

        Raises SSLWantReadError or SSLWantWriteError while it has to wait for the other side, and
        another OSError when nothing comes of it. The other side is told why, if that goes at once.
        """
        while not self._step():
            try:
                self._receive(RECORD)
            except BlockingIOError as error:
                raise ssl.SSLWantReadError from error
            self.feed(PIECE[: self._arrived])
        if self._came.pending:
            room = memoryview(bytearray(self._came.pending))
            self._inside = bytes(room[: self._take_records(room)])

    def _step(self) -> bool:
        """One step of it: whether that was the last one. Raises SSLWantWriteError too."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            is_done = False
        except ssl.SSLError:
            with contextlib.suppress(OSError):
                self._flush()
            raise
        else:
            is_done = True
        if not self._flush():
            raise ssl.SSLWantWriteError
        return is_done

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Reads what has come, decrypted; 0: the other side has said that this was all.

        The buffer needs room for two records. Raises BlockingIOError when there is nothing yet, and
        another OSError when the connection ends without a word: anybody on the way could do that.
        """
        view = memoryview(buffer)
        count = len(self._inside)
        if count:
            view[:count], self._inside = self._inside, b""
        elif not self._has_end:
            self._receive(len(view) - RECORD)
            count = self._decrypt(view)
            if not count and not self._has_end:
                raise BlockingIOError
        self._has_told = not count
        return count

    def send(self, data: Any, flags: int = 0) -> int:
        """Sends what the kernel takes now, encrypted: how much of `data` that was.

        What it does not count has to be given again, for it may be encrypted already. Raises
        BlockingIOError when nothing could be sent.
        """
        view = memoryview(data)
        taken = 0
        while taken < len(view):
            if not self._promised:
                self._promised = self._encrypt(view[taken : taken + BATCH])
            if not self._flush():
                break
            taken += self._promised
            self._promised = 0
        if not taken and len(view):
            raise BlockingIOError
        return taken

    def shutdown(self, how: int) -> None:
        """Says that nothing more will be sent, whatever `how` is; what comes can still be read.

        Raises BlockingIOError while the kernel has no room for that: then it is to be called again.
        """
        if not self._is_ending:
            self._is_ending = True
            # It would wait for the other side's end, and that is not there yet.
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
        if not self._flush():
            raise BlockingIOError

    def _receive(self, most: int) -> None:
        """Reads so many encrypted bytes, at most. Raises OSError at the end of the connection.

        One who closes with something unread, like the tickets of TLS 1.3, resets the connection.
        """
        if self._broken:
            raise self._broken
        try:
            self._arrived = super().recv_into(PIECE, most)
        except ConnectionResetError as error:
            raise ConnectionAbortedError("the connection was reset") from error
        if not self._arrived:
            raise ConnectionAbortedError("the connection ended in the middle of TLS")

    def _decrypt(self, view: memoryview) -> int:
        """Decrypts what was received into a place that is large enough: how many bytes that is.

        In small pieces: a BIO keeps the room that it once needed. An error that comes behind good
        bytes is raised when those have been read.
        """
        total = 0
        for start in range(0, self._arrived, RECORD):
            self._came.write(PIECE[start : min(start + RECORD, self._arrived)])
            total += self._take_records(view[total:])
        if self._going.pending:
            self._answer()
        if self._broken and not total:
            raise self._broken
        return total

    def _take_records(self, view: memoryview) -> int:
        """Decrypts all records that are whole: how many bytes are in them."""
        total = 0
        try:
            while count := read_into(self._tls, view[total:]):
                total += count
            self._has_end = True
        except ssl.SSLZeroReturnError:
            self._has_end = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._broken = self._broken or error
        return total

    def _answer(self) -> None:
        """Sends what TLS says by itself: new keys, or what is wrong."""
        with contextlib.suppress(OSError):  # whoever sends next hears of it
            self._flush()
        if len(self._encrypted) > MOST:
            self._broken = ssl.SSLError(ssl.SSL_ERROR_SSL, "it asks and asks, and takes no answer")

    def _encrypt(self, view: memoryview) -> int:
        """Encrypts all of it: how many bytes that is."""
        done = 0
        while done < len(view):
            done += self._tls.write(view[done:])
            self._encrypted += self._going.read()
        return done

    def _flush(self) -> bool:
        """Gives the kernel what is encrypted: whether it has taken all of it."""
        self._encrypted += self._going.read()
        if self._encrypted:
            try:
                del self._encrypted[: super().send(self._encrypted)]
            except BlockingIOError:
                return False
        return not self._encrypted


def read_into(tls: ssl.SSLObject, view: memoryview) -> int:
    """Decrypts one record: how many bytes are in it. Raises SSLWantReadError for half a one."""
    count: Any = tls.read(len(view), view)  # with a place to write to, it is no bytes
    return int(count)


class TlsListeningSocket(socket.socket):
    """A listening socket whose clients are to speak TLS."""

    def __init__(self, sock: socket.socket, certificates: Certificates) -> None:
        """Takes the place of `sock`, which has no descriptor after that."""
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self._certificates = certificates

    def accept(self) -> tuple[TlsSocket, Any]:
        """A client, before its handshake, and its address."""
        client, address = super().accept()
        return TlsSocket(client, self._certificates.context), address

"""Reading: what has come on a connection, whether it speaks TLS or not."""

import socket
from collections.abc import Iterator

from reverseproxy.tls.sockets import TlsSocket

SIZE = 16_384
"""Bytes that are read at once: what TLS was used for comes in up to four times as many."""

PIECE = memoryview(bytearray(65_536))


def read(sock: socket.socket) -> Iterator[bytes]:
    """Yields what is there, once, and what TLS has inside; b"" is the end. Raises OSError then."""
    try:
        yield bytes(PIECE[: sock.recv_into(PIECE, SIZE)])
        while isinstance(sock, TlsSocket) and sock.has_more:
            yield bytes(PIECE[: sock.recv_into(PIECE)])
    except BlockingIOError:
        return

"""What is done with sockets in more than one place."""

import contextlib
import socket
import struct

RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: no time at all, so that closing is a reset."""


def reset(sock: socket.socket) -> None:
    """Closes a connection as one that broke: the other side gets an error, and no end of file."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def send_at_once(sock: socket.socket) -> None:
    """Lets small pieces go out before the ones in front of them have been confirmed.

    What a listening socket accepts does as that does.
    """
    with contextlib.suppress(OSError):  # a UNIX socket has no such thing
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def address_of(sock: socket.socket) -> str:
    """The address of the other side, without its port; "" where it has none: a UNIX socket."""
    peer = sock.getpeername()
    return str(peer[0]) if sock.family in (socket.AF_INET, socket.AF_INET6) else ""

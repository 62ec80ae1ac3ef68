"""The accept queue: connections that the kernel has made, and that nobody has taken yet."""

import asyncio
import contextlib
import ctypes
import socket
import struct
import sys
from collections.abc import Callable

SO_ATTACH_FILTER = 26

DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A program of one instruction for the kernel's packet filter: return 0, "keep nothing"."""


def refuse_new(sock: socket.socket) -> None:
    """Lets nobody else into the queue of a listening socket; those who are in it stay.

    Between the last accept and the close there is always a moment in which somebody can still get
    in, and the close throws them out. A filter that drops what arrives shuts that door first: a
    client that comes then hears nothing, asks again a second later, and is refused or served by
    whoever listens next. Only Linux has it; elsewhere, that moment stays.

    Source: Linux, socket(7), SO_ATTACH_FILTER.
    """
    if sys.platform != "linux" or sock.family == socket.AF_UNIX:
        return
    program = ctypes.create_string_buffer(DROP_ALL)
    with contextlib.suppress(OSError):
        given = struct.pack("HL", 1, ctypes.addressof(program))
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, given)


async def take_waiting(sock: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
    """Takes every connection out of the queue, and gives each a protocol."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    for connection in waiting(sock):
        with contextlib.suppress(OSError):  # it is gone again
            await loop.connect_accepted_socket(protocol, connection)


def waiting(sock: socket.socket) -> list[socket.socket]:
    """The connections that are in the queue now."""
    taken = []
    with contextlib.suppress(OSError):  # BlockingIOError: the queue is empty
        while True:
            taken.append(sock.accept()[0])
    return taken

"""The accept queue: connections that the kernel has made, and that nobody has taken yet."""

import asyncio
import contextlib
import ctypes
import socket
import struct
import sys
from collections.abc import Callable, Iterable

SO_ATTACH_FILTER = 26

INSTRUCTIONS = (
    (0x30, 0, 0, 13),  # load byte 13 of the TCP header: the flags
    (0x54, 0, 0, 0x12),  # keep two of them: SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone? Else skip one instruction
    (0x06, 0, 0, 0),  # return 0: drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # return all of it
)
DROP_NEW = b"".join(struct.pack("HBBI", *each) for each in INSTRUCTIONS)
"""A program for the kernel's packet filter: it drops what opens a connection, and nothing else."""

WITH_DATA = (
    (0x30, 0, 0, 12),  # load byte 12 of the TCP header: its length, in words of four bytes,
    (0x54, 0, 0, 0xF0),  # which is the upper half of it;
    (0x74, 0, 0, 2),  # in bytes
    (0x07, 0, 0, 0),  # put that aside
    (0x80, 0, 0, 0),  # load the length of it all
    (0x1D, 1, 0, 0),  # The same? Then skip one instruction
    (0x06, 0, 0, 0),  # return 0: drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # return all of it
)
DROP_DATA = b"".join(struct.pack("HBBI", *each) for each in WITH_DATA)
"""Another one: it drops all that brings data."""

HANDSHAKE = 0.3
"""Seconds for handshakes that have begun: a round trip to anywhere."""


def refuse_new(sock: socket.socket) -> None:
    """Lets nobody else knock at a listening socket; who is in its queue, or on the way, gets in.

    Between the last accept and the close there is always a moment in which somebody can still get
    in, and the close throws them out. A filter that drops each first packet shuts that door before:
    a client that comes then hears nothing, asks again a second later, and is refused, or served by
    whoever listens next. Only Linux has it; elsewhere, that moment stays.
    """
    attach(sock, DROP_NEW)


def hear_nothing(sock: socket.socket) -> None:
    """Confirms nothing more on a connection: what its client sends from now on was never here.

    The client keeps it, and knows that: a close alone would throw away what the kernel had
    confirmed in the last moment. Only Linux has it; elsewhere, that moment stays.
    """
    attach(sock, DROP_DATA)


def attach(sock: socket.socket, program: bytes) -> None:
    """Has the kernel ask this program about each packet, if it can do that.

    Source: Linux, socket(7), SO_ATTACH_FILTER; Documentation/networking/filter.rst.
    """
    if sys.platform != "linux" or sock.family == socket.AF_UNIX:
        return
    instructions = ctypes.create_string_buffer(program)
    with contextlib.suppress(OSError):
        given = struct.pack("HL", len(program) // 8, ctypes.addressof(instructions))
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, given)


def waiting(sock: socket.socket) -> list[socket.socket]:
    """Takes the connections that are in the queue of a listening socket now."""
    sock.setblocking(False)
    taken = []
    while True:
        try:
            taken.append(sock.accept()[0])
        except ConnectionAbortedError:
            continue  # this client has left again; there may be others behind it
        except OSError:  # BlockingIOError: the queue is empty
            return taken


async def welcome(taken: Iterable[socket.socket], protocol: Callable[[], asyncio.Protocol]) -> None:
    """Gives each of these connections a protocol of its own, or closes it if that cannot be."""
    loop = asyncio.get_running_loop()
    for connection in taken:
        try:
            await loop.connect_accepted_socket(protocol, connection)
        except OSError:  # it is gone again
            connection.close()

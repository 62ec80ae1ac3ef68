"""Connections on 127.0.0.1, and a poller that asks the kernel when the test says so."""

import contextlib
import select
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

TURNS = 2000
"""Looks at the sockets after which something is taken never to happen."""

Pair = tuple[socket.socket, socket.socket]


class Turns:
    """A poller without an event loop."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], object]] = {}
        self.writers: dict[int, Callable[[], object]] = {}

    def add_reader(self, fd: int, call: Callable[[], object], /) -> None:
        """Calls it in each turn in which there is something to read."""
        assert fd >= 0, "a socket is to be read that is closed already"
        self.readers[fd] = call

    def remove_reader(self, fd: int, /) -> None:
        """No more."""
        self.readers.pop(fd, None)

    def add_writer(self, fd: int, call: Callable[[], object], /) -> None:
        """Calls it in each turn in which there is room."""
        assert fd >= 0, "a socket is to be written to that is closed already"
        self.writers[fd] = call

    def remove_writer(self, fd: int, /) -> None:
        """No more."""
        self.writers.pop(fd, None)

    def turn(self, milliseconds: int = 0) -> bool:
        """Calls those for whom something has happened; whether there were any."""
        asked = select.poll()
        for fd in {*self.readers, *self.writers}:
            reads = select.POLLIN if fd in self.readers else 0
            asked.register(fd, reads | (select.POLLOUT if fd in self.writers else 0))
        found = asked.poll(milliseconds)
        for fd, events in found:
            if events & ~select.POLLOUT and (read := self.readers.get(fd)):
                read()
            if events & ~select.POLLIN and (write := self.writers.get(fd)):
                write()
        return bool(found)

    def wait(self) -> None:
        """Lets a millisecond pass, in which nobody is called."""
        select.poll().poll(1)

    def until(self, is_done: Callable[[], object], why: str) -> None:
        """Turns until something is so; fails with `why` when it never is."""
        for _ in range(TURNS):
            if is_done():
                return
            self.turn(1)
        pytest.fail(why)

    def settle(self) -> None:
        """Turns until nothing more happens; fails when that never ends."""
        for _ in range(TURNS):
            if not self.turn(5):
                return
        pytest.fail("nothing is left to do, and it is called again and again")


class Wires:
    """Makes connections, and closes them in the end."""

    def __init__(self) -> None:
        self._held = contextlib.ExitStack()
        self._door = socket.create_server(("127.0.0.1", 0))

    def pair(self, out: int = 0, back: int = 0) -> Pair:
        """Both ends of a connection: far away, and in the proxy.

        Bytes that either end can hold on their way out of the proxy, and back; 0: as the system
        likes it.
        """
        far = socket.socket()
        resize(far, socket.SO_RCVBUF, out)
        resize(far, socket.SO_SNDBUF, back)
        far.connect(self._door.getsockname())
        near, _ = self._door.accept()
        resize(near, socket.SO_SNDBUF, out)
        for sock in (far, near):
            self._held.callback(sock.close)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return far, near

    def close(self) -> None:
        """Closes what is still open."""
        self._held.close()
        self._door.close()


def resize(sock: socket.socket, buffer: int, size: int) -> None:
    """Gives one of a socket's buffers that size, if there is one."""
    if size:
        sock.setsockopt(socket.SOL_SOCKET, buffer, size)


@contextlib.contextmanager
def wires() -> Iterator[Wires]:
    """Connections that are closed at the end of the block."""
    made = Wires()
    try:
        yield made
    finally:
        made.close()


def break_off(sock: socket.socket) -> None:
    """Ends a connection with a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Reader:
    """What arrives at the far end of a connection: bytes, and then perhaps an end of some kind."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.got = b""
        self.end = ""

    def look(self) -> "Reader":
        """Takes what is there."""
        while not self.end:
            try:
                piece = self._sock.recv(65_536)
            except BlockingIOError:
                break
            except ConnectionError:
                self.end = "a reset"
            else:
                self.got += piece
                self.end = "" if piece else "an end"
        return self

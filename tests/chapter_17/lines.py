"""A TlsSocket, and at the other end of its connection Python's own TLS."""

import contextlib
import select
import ssl
from collections.abc import Iterator
from typing import Self

import pytest

from reverseproxy.tls.sockets import TlsSocket
from tests.chapter_15.wires import Wires, wires
from tests.chapter_17.papers import Papers, client
from tests.chapter_17.speaking import Speaker

ROOM = 262_144
"""Bytes that are read at once, at most."""

PATIENCE = 200
"""Milliseconds after which something that is on its way has been lost."""

TURNS = 2000


class Line:
    """Both ends. The far one reads and answers when it has its turn, and only then."""

    def __init__(
        self,
        made: Wires,
        near: ssl.SSLContext,
        far: ssl.SSLContext,
        *,
        is_server: bool = True,
        out: int = 0,
    ) -> None:
        """is_server: the near end is one. out: as for `Wires.pair`."""
        self.far, sock = made.pair(out)
        self.near = TlsSocket(sock, near, None if is_server else "rose.test")
        self.speaker = Speaker(
            far, name="rose.test" if is_server else None, is_server=not is_server
        )
        self.left = self.speaker.hears(b"") if is_server else b""
        """What the far end has yet to send."""

    def shakes_hands(self) -> Self:
        """To the end of the handshake, on both sides."""
        for _ in range(TURNS):
            with contextlib.suppress(ssl.SSLWantReadError):
                self.near.do_handshake()
                if self.speaker.is_ready:
                    self.turn()
                    return self
            self.turn(1)
        raise AssertionError("Python's own TLS and ours do not get to the end of a handshake")

    def sends(self, data: bytes) -> None:
        """The far end sends that, as it is: at once what fits, and the rest in its turns."""
        self.left += data
        self.turn()

    def says(self, *data: bytes, ends: bool = False) -> None:
        """The far end says something, over TLS, and perhaps that this is all."""
        said = b"".join(map(self.speaker.says, data))
        self.sends(said + (self.speaker.ends() if ends else b""))

    def turn(self, milliseconds: int = 0) -> bool:
        """The far end reads what is there, and sends what it has: whether anything was there."""
        was_there = self.listens(milliseconds)
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self.left:
                self.left = self.left[self.far.send(self.left) :]
        return was_there

    def listens(self, milliseconds: int = 0) -> bool:
        """The far end reads what is there, and keeps its answer: whether anything was there."""
        if milliseconds:
            ready(self.far, select.POLLIN, milliseconds)
        was_there = False
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while piece := self.far.recv(65_536):
                self.left += self.hears(piece)
                was_there = True
        return was_there

    def hears(self, piece: bytes) -> bytes:
        """What the far end answers. Fails when what it hears is no TLS."""
        try:
            return self.speaker.hears(piece)
        except ssl.SSLError as error:
            pytest.fail(f"{piece[:40]!r} is on its way, and that is no TLS: {error.reason}")

    def read(self, room: int = ROOM) -> bytes | None:
        """What the near end reads, once; None: nothing has come yet. Raises OSError."""
        buffer = bytearray(room)
        try:
            count = self.near.recv_into(buffer)
        except BlockingIOError:
            return None
        return bytes(buffer[:count])

    def reads(self, count: int, room: int = ROOM) -> tuple[bytes, str]:
        """So many bytes, or as many as come, and what comes then. It reads as a flow does: when the
        kernel has something, or when there is more inside.
        """
        got = b""
        for _ in range(TURNS):
            self.turn()
            if len(got) >= count or not self.has_something():
                break
            piece = self.read(room)
            if piece == b"":
                return got, "an end, which nobody has said"
            got += piece or b""
        return got, "nothing more"

    def has_something(self) -> bool:
        """Whether the near end is to be read from."""
        return self.near.has_more or ready(self.near, select.POLLIN, PATIENCE)

    def waits(self) -> None:
        """Until what the far end has sent is there."""
        assert ready(self.near, select.POLLIN, 10 * PATIENCE), "the far end sent something"

    def gives(self, data: bytes, until: int) -> int:
        """The near end sends, as a flow does, until so many bytes have arrived, or all of it is
        counted: how much is counted.
        """
        counted = 0
        for _ in range(TURNS):
            if counted >= len(data) or len(self.speaker.got) >= until:
                break
            with contextlib.suppress(BlockingIOError):
                counted += self.near.send(memoryview(data)[counted:])
            if counted < len(data):
                self.turn()
                ready(self.near, select.POLLOUT, 1)
        return counted

    def stuffs(self, data: bytes) -> int:
        """The near end sends until there is no room, and nobody reads: how much is counted."""
        counted = 0
        for _ in range(TURNS):
            try:
                count = self.near.send(memoryview(data)[counted:])
            except BlockingIOError:
                if not ready(self.near, select.POLLOUT, 1):
                    return counted
                continue
            if not count:
                pytest.fail("there is no room at all, and send returns 0: that would be no news")
            counted += count
        raise AssertionError("nobody reads, and there is always room")

    def arrives(self, count: int, *, end: bool = False) -> bytes:
        """All that arrives at the far end, while nobody calls the near one: so much, if all is
        well, and perhaps an end.
        """
        while len(self.speaker.got) < count or (end and not self.speaker.has_end):
            if not self.turn(PATIENCE):
                break
        self.turn(5)
        return self.speaker.got


def ready(sock: object, event: int, milliseconds: int) -> bool:
    """Waits until that has happened to a socket, but not for ever: whether it has."""
    asked = select.poll()
    asked.register(sock, event)  # type: ignore[arg-type]  # it has a descriptor
    return bool(asked.poll(milliseconds))


class Lines:
    """Makes them, and closes them in the end."""

    def __init__(self, papers: Papers) -> None:
        self._papers = papers
        self._held = contextlib.ExitStack()
        self._wires = self._held.enter_context(wires())

    def line(
        self, version: ssl.TLSVersion | None = None, *, is_server: bool = True, out: int = 0
    ) -> Line:
        """One, before its handshake. version: the only one that the far end speaks."""
        near, far = (self._papers.server(), client())[:: 1 if is_server else -1]
        if version:
            far.minimum_version = far.maximum_version = version
        it = Line(self._wires, near, far, is_server=is_server, out=out)
        self._held.callback(it.near.close)
        return it

    def close(self) -> None:
        """Closes all."""
        self._held.close()


@contextlib.contextmanager
def lines(papers: Papers) -> Iterator[Lines]:
    """Lines that are closed at the end of the block."""
    made = Lines(papers)
    try:
        yield made
    finally:
        made.close()

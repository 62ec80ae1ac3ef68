"""An upstream for lines, which can be had in any state that a real one gets into."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator

from tests.support.loopback import PATIENCE

RESET = struct.pack("ii", 1, 0)


class Connection:
    """One connection that the upstream has."""

    def __init__(self, upstream: "LineUpstream", sock: socket.socket) -> None:
        self.upstream, self.sock = upstream, sock
        self.lines: list[bytes] = []
        self.rest = b""
        self.is_over = False
        self.has_fragment = False
        """Whether it ended in the middle of a line, which is none."""
        sock.setblocking(False)

    def read(self) -> None:
        """Takes what is there."""
        try:
            data = self.sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += lines
        self.upstream.took(self, lines)

    def resume(self) -> None:
        """Reads from now on."""
        asyncio.get_running_loop().add_reader(self.sock.fileno(), self.read)

    def pause(self) -> None:
        """Reads no more: what comes stays with the kernel."""
        asyncio.get_running_loop().remove_reader(self.sock.fileno())

    def close(self, *, reset: bool = False) -> None:
        """Ends it. With something unread, or with `reset`, that is a reset."""
        if self.is_over:
            return
        self.is_over = True
        self.has_fragment = bool(self.rest)
        self.pause()
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.sock.close()
        self.upstream.changed()

    def say(self, words: bytes) -> None:
        """Says something to whoever sends."""
        with contextlib.suppress(OSError):
            self.sock.send(words)


def bound(port: int) -> socket.socket:
    """A socket that has that port, or any for 0, and does not listen."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


class LineUpstream:
    """Listens on a port of its own, and keeps every whole line that it reads.

    The port stays its own while it does not listen: nobody else can come to be there meanwhile.
    """

    def __init__(self, *, reads: bool = True, acknowledges: bool = False) -> None:
        """`reads`: whether it takes what comes; `acknowledges`: whether it answers ACK n."""
        self.reads, self.acknowledges = reads, acknowledges
        self.lines: list[bytes] = []
        self.connections: list[Connection] = []
        self._waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._sock = bound(0)
        self.port: int = self._sock.getsockname()[1]
        self.is_up = False
        self.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def open(self) -> list[Connection]:
        """The connections that there are now."""
        return [each for each in self.connections if not each.is_over]

    def start(self) -> None:
        """Listens, on the same port as before."""
        self.is_up = True
        self._sock.listen(256)
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)

    def stop(self) -> None:
        """Listens no more; its connections stay."""
        if self.is_up:
            self.is_up = False
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()
            self._sock = bound(self.port)

    def close(self) -> None:
        """Is gone for ever, with its port."""
        self.kill()
        self._sock.close()

    def kill(self, *, reset: bool = True) -> None:
        """Is gone, with all its connections: broken off, or closed."""
        self.stop()
        for each in self.open:
            each.close(reset=reset)
        self.changed()

    def read(self, *, reads: bool) -> None:
        """Takes what comes from now on, or takes nothing more."""
        self.reads = reads
        for each in self.open:
            each.resume() if reads else each.pause()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection = Connection(self, self._sock.accept()[0])
            self.connections.append(connection)
            if self.reads:
                connection.resume()
            self.changed()

    def took(self, connection: Connection, lines: list[bytes]) -> None:
        """A connection has read these."""
        self.lines += lines
        if self.acknowledges and lines:
            connection.say(b"ACK %d\n" % len(connection.lines))
        self.changed()

    def changed(self) -> None:
        """Something has: whoever waits looks whether it was that."""
        for is_true, future in self._waits:
            if not future.done() and is_true():
                future.set_result(None)

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Waits for something that this upstream sees."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits.append((is_true, future))
        self.changed()
        async with asyncio.timeout(PATIENCE):
            await future


@contextlib.contextmanager
def upstreams(count: int, **how: bool) -> Iterator[list[LineUpstream]]:
    """Some of them."""
    made = [LineUpstream(**how) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            each.close()

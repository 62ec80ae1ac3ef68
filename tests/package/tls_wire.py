"""Both ends of what a TcpProxy passes on, over TLS or without."""

import asyncio
import contextlib
import functools
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeVar

PIECE = 262_144

Found = TypeVar("Found")


class Wire:
    """One end of a connection. It reads when the test says so, and then all that came."""

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext | None = None, name: str | None = None
    ) -> None:
        """context: for TLS. name: of the server that is to be at the other end; None: it is us."""
        self.sock = sock
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context and context.wrap_bio(self._came, self._going, name is None, name)
        self._kept = b""

    async def begin(self) -> Self:
        """Shakes hands, if this is TLS. Raises ssl.SSLError when nothing comes of it."""
        if self.tls:
            await self._until(self.tls.do_handshake)
        return self

    def hello(self) -> bytes:
        """What a client says first; without TLS, nothing."""
        if self.tls:
            with contextlib.suppress(ssl.SSLWantReadError):
                self.tls.do_handshake()
        return self._going.read()

    async def send(self, *data: bytes) -> None:
        """Says that."""
        for piece in data:
            await self.put(self.encrypted(piece))

    async def put(self, data: bytes) -> None:
        """Sends bytes, as they are."""
        await asyncio.get_running_loop().sock_sendall(self.sock, data)

    async def end(self) -> None:
        """Says that this was all."""
        if self.tls:
            await self.put(self._goodbye())
        else:
            self.sock.shutdown(socket.SHUT_WR)

    def encrypted(self, data: bytes) -> bytes:
        """It, as it goes over the wire."""
        if not self.tls:
            return data
        rest = memoryview(data)
        while rest:
            rest = rest[self.tls.write(rest) :]
        return self._going.read()

    def _goodbye(self) -> bytes:
        """The message of TLS that this was all."""
        assert self.tls
        # What has come has to be read before that: OpenSSL does not want it any more after it.
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while piece := self.tls.read(PIECE):
                self._kept += piece
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self._going.read()

    async def read(self, most: int = PIECE) -> bytes:
        """What comes next; b"" for an end. Raises EOFError for one that TLS knows nothing of."""
        if not self.tls:
            return await asyncio.get_running_loop().sock_recv(self.sock, most)
        if self._kept:
            piece, self._kept = self._kept[:most], self._kept[most:]
            return piece
        try:
            return await self._until(functools.partial(self.tls.read, most))
        except ssl.SSLZeroReturnError:
            return b""

    async def reads(self, count: int) -> bytes:
        """So many bytes. Raises EOFError when there are fewer."""
        got = bytearray()
        while len(got) < count:
            piece = await self.read(count - len(got))
            if not piece:
                raise EOFError(f"an end after {got[-20:]!r}")
            got += piece
        return bytes(got)

    async def rest(self) -> tuple[str, str]:
        """What still comes, as `digest` has it, and what the end is like."""
        taken = hashlib.sha256()
        try:
            while piece := await self.read():
                taken.update(piece)
        except ConnectionError:
            return taken.hexdigest(), "a reset"
        except EOFError:
            return taken.hexdigest(), "cut off"
        return taken.hexdigest(), "an end"

    async def _until(self, call: Callable[[], Found]) -> Found:
        """What that returns, once enough has come for it."""
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                pass
            finally:
                if self._going.pending:
                    await self.put(self._going.read())
            piece = await asyncio.get_running_loop().sock_recv(self.sock, PIECE)
            if not piece:
                raise EOFError("an end in the middle of TLS")
            self._came.write(piece)


def digest(data: bytes) -> str:
    """What bytes come to."""
    return hashlib.sha256(data).hexdigest()


@contextlib.asynccontextmanager
async def visit(
    address: object,
    context: ssl.SSLContext | None = None,
    *,
    name: str = "rose.test",
    room: int = 0,
) -> AsyncIterator[Wire]:
    """A client, before its handshake. room: bytes that the kernel keeps for it; 0: as it likes."""
    assert isinstance(address, tuple)
    with socket.socket() as sock:
        if room:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sock.connect(address)
        yield Wire(sock, context, name if context else None)


@contextlib.asynccontextmanager
async def upstream(
    talk: Callable[[Wire], Awaitable[None]],
    context: ssl.SSLContext | None = None,
    *,
    room: int = 0,
) -> AsyncIterator[str]:
    """An upstream that does that with each connection, after the handshake; yields its URL.

    room: as for `visit`. What it raises reaches the test, unless it comes of a connection that
    broke.
    """

    async def meet(sock: socket.socket) -> None:
        with sock, contextlib.suppress(ConnectionError, EOFError, ssl.SSLError):
            await talk(await Wire(sock, context).begin())

    async def listen() -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                sock, _ = await asyncio.get_running_loop().sock_accept(door)
                group.create_task(meet(sock))

    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        if room:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        scheme = "tls" if context else "tcp"
        task = asyncio.ensure_future(listen())
        try:
            yield f"{scheme}://127.0.0.1:{door.getsockname()[1]}"
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def repeat(wire: Wire) -> None:
    """Says everything again, and ends when the other side does."""
    while piece := await wire.read():
        await wire.send(piece)
    await wire.end()

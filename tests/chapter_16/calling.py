"""Callers and upstreams that speak bytes, and a TcpProxy between them."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from reverseproxy import TcpProxy
from tests.support.loopback import PATIENCE, ErrorsLogged

LINE = b"PROXY TCP4 192.0.2.7 203.0.113.9 56324 443\r\n"

BINARY = (
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c"
    + socket.inet_aton("192.0.2.7")
    + socket.inet_aton("203.0.113.9")
    + struct.pack(">HH", 56324, 443)
)
"""The same, in version 2."""

LOCAL = b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"


@contextlib.contextmanager
def call(source: str = "127.0.0.1") -> Iterator[tuple[socket.socket, socket.socket]]:
    """A connection from that address: the caller's end, and the end of who was called."""
    with (
        socket.create_server(("127.0.0.1", 0)) as door,
        socket.create_connection(door.getsockname(), source_address=(source, 0)) as caller,
        door.accept()[0] as called,
    ):
        called.setblocking(False)
        yield caller, called


@dataclass
class Listener:
    """An upstream that hears all that is said on a connection, and then says how much it was."""

    url: str = ""
    heard: list[bytes] = field(default_factory=list)
    """What was said on each connection that has ended."""


@contextlib.asynccontextmanager
async def listener() -> AsyncIterator[Listener]:
    """Such an upstream."""
    it = Listener()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            it.heard.append(await reader.read())
            writer.write(b"%d" % len(it.heard[-1]))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    it.url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield it
    finally:
        server.close()


@contextlib.asynccontextmanager
async def serving(proxy: TcpProxy) -> AsyncIterator[int]:
    """Serves the proxy; yields its port. What it logs as an exception ends the test."""
    sock, errors = socket.create_server(("127.0.0.1", 0)), ErrorsLogged()
    logging.getLogger().addHandler(errors)
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=0))
    try:
        async with asyncio.timeout(PATIENCE):
            yield int(sock.getsockname()[1])
    finally:
        logging.getLogger().removeHandler(errors)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    if errors.raised:
        raise errors.raised[0]


@dataclass
class Said:
    """How a call went."""

    port: int
    """Where it came from."""
    answer: bytes | None
    """None: the connection was reset."""


async def say(port: int, *pieces: bytes, source: str = "127.0.0.1") -> Said:
    """Says the pieces, one after another, and no more, and listens to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    own = int(writer.get_extra_info("sockname")[1])
    answer = None
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            for _ in range(10):
                await asyncio.sleep(0)
        writer.write_eof()
        answer = await reader.read()
    except (ConnectionError, OSError):
        pass
    finally:
        writer.transport.abort()
    return Said(own, answer)

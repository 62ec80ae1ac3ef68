"""The relays that are written in Python: `python -m bench.relays.programs NAME PORT UPSTREAM ...`.

Each listens at the ports, and connects who comes with the upstream's port after it. Those that are
not this proxy are as short as they can be: no limits, no timeouts, no health.
"""

import asyncio
import contextlib
import functools
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import cast
from unittest import mock

import uvloop

from reverseproxy import SplicedFlow, Target, TcpProxy
from reverseproxy.tcp.flow import Flow

HOST = "127.0.0.1"
SIZE = 262_144
BACKLOG = 4096


async def serve_ours(port: int, upstream: int, *, flow: type[Flow] = Flow) -> None:
    """This proxy."""
    proxy = TcpProxy(Target([f"tcp://{HOST}:{upstream}"]), flow=flow)
    await proxy.serve(listen=f"{HOST}:{port}")


async def serve_with_add_reader(port: int, upstream: int) -> None:
    """This proxy, where there is no epoll: the event loop itself watches each socket."""
    mock.patch("reverseproxy.tcp.proxy.polling", contextlib.nullcontext).start()
    await serve_ours(port, upstream)


async def serve_streams(port: int, upstream: int) -> None:
    """asyncio's streams: two tasks a connection."""

    async def flow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(SIZE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection(HOST, upstream)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(flow(reader, other_writer))
                both.create_task(flow(other_reader, writer))
        except* OSError:  # one side is gone: both are
            pass
        finally:
            writer.close()
            other_writer.close()

    server = await asyncio.start_server(relay, HOST, port, backlog=BACKLOG)
    await server.serve_forever()


class Side(asyncio.Protocol):
    """asyncio's protocols: one end of a connection, which passes on to the other."""

    transport: asyncio.Transport
    other: "Side | None" = None

    def __init__(self, upstream: int = 0) -> None:
        """`upstream`: whom to connect to; nobody, for the end that came of that."""
        self._upstream = upstream
        self._dialing: asyncio.Future[None] | None = None
        self._early = b""
        self._has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._upstream:
            self._dialing = asyncio.ensure_future(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        _, other = await loop.create_connection(type(self), HOST, self._upstream)
        other.other, self.other = self, other
        other.transport.write(self._early)
        if self._has_ended:
            other.transport.write_eof()
        if self.transport.is_closing():
            other.transport.close()

    def data_received(self, data: bytes) -> None:
        if self.other:
            self.other.transport.write(data)
        else:  # uvloop reads from the first moment, whatever pause_reading was told
            self._early += data

    def eof_received(self) -> bool:
        self._has_ended = True
        if self.other:
            self.other.transport.write_eof()
        return not (self.other and self.other._has_ended)

    def pause_writing(self) -> None:
        if self.other:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self.other:
            self.other.transport.close()


class BufferedSide(Side, asyncio.BufferedProtocol):
    """The same, but all read into one buffer."""

    buffer = memoryview(bytearray(SIZE))

    def get_buffer(self, _: int) -> memoryview:
        return self.buffer

    def buffer_updated(self, count: int) -> None:
        # A copy: the transport may keep what it is given, and the next one reads into the buffer.
        self.data_received(bytes(self.buffer[:count]))


async def serve_sides(port: int, upstream: int, *, side: type[Side]) -> None:
    """A relay of protocols."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: side(upstream), HOST, port, backlog=BACKLOG)
    await server.serve_forever()


PROGRAMS: dict[str, Callable[[int, int], Coroutine[None, None, None]]] = {
    "ours": serve_ours,
    "ours-spliced": functools.partial(serve_ours, flow=SplicedFlow),
    "ours-add-reader": serve_with_add_reader,
    "streams": serve_streams,
    "protocols": functools.partial(serve_sides, side=Side),
    "buffered": functools.partial(serve_sides, side=BufferedSide),
}


async def main(name: str, ports: Sequence[int]) -> None:
    """Serves at all the ports."""
    async with asyncio.TaskGroup() as all_:
        for port, upstream in zip(ports[::2], ports[1::2], strict=True):
            all_.create_task(PROGRAMS[name](port, upstream))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))

"""A network in memory: the wires are ours, and what speaks over them is the real thing.

On the client's side uvicorn's protocol reads and writes, on the upstream's side httpx's transport;
between them runs a proxy that knows nothing of it. A connection holds a bounded number of bytes in
each direction, as the buffers of two kernels do.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpcore
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

KERNEL = 65_536
"""Bytes that a connection holds in one direction."""

HIGH_WATER, LOW_WATER = 65_536, 16_384
"""What asyncio keeps for a slow reader: above the one it says stop, at the other go on."""


class Pipe:
    """One direction of a connection. `carried` counts the bytes that were ever put into it."""

    def __init__(self, capacity: int) -> None:
        self.held = b""
        self.ended = False
        self.carried = 0
        self._capacity = capacity
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def room(self) -> int:
        """Bytes that can be written at once."""
        return self._capacity - len(self.held)

    async def until(self, ready: Callable[[], bool]) -> None:
        """Waits for a state of the pipe."""
        while not ready():
            self._waiting.append(asyncio.get_running_loop().create_future())
            await self._waiting[-1]

    async def read(self, most: int = KERNEL) -> bytes:
        """Some bytes, as soon as there are any; none when the other side has ended."""
        await self.until(lambda: bool(self.held) or self.ended)
        return self.take(most)

    def take(self, most: int = KERNEL) -> bytes:
        """The bytes that are there now."""
        taken, self.held = self.held[:most], self.held[most:]
        self.change()
        return taken

    def put(self, data: bytes) -> bytes:
        """Takes what there is room for; returns the rest."""
        cut = self.room
        self.held += data[:cut]
        self.carried += len(data[:cut])
        self.change()
        return data[cut:]

    async def write(self, data: bytes) -> None:
        """Writes all of it, and waits for room where there is none.

        Raises BrokenPipeError when the other side has closed.
        """
        while data:
            await self.until(lambda: self.room > 0 or self.ended)
            if self.ended:
                raise BrokenPipeError(errno.EPIPE, "the other side has closed")
            data = self.put(data)

    def end(self) -> None:
        """No more will come."""
        self.ended = True
        self.change()

    def change(self) -> None:
        """Wakes everybody who waits for this pipe."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)


class Wire:
    """A connection, seen from the side that opened it."""

    def __init__(self) -> None:
        self.there = Pipe(KERNEL)
        self.back = Pipe(KERNEL)

    def close(self) -> None:
        """Ends both directions."""
        self.there.end()
        self.back.end()


class ServerTransport(asyncio.Transport):
    """The server's side of a client's wire, with the buffer and the marks of asyncio's own."""

    def __init__(self, wire: Wire, protocol: HttpToolsProtocol) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8080)})
        self.buffer = b""
        self.is_paused = False
        self._wire, self._protocol = wire, protocol
        self._closing = False
        protocol.connection_made(self)
        self._tasks = [asyncio.ensure_future(each) for each in (self._receive(), self._flush())]

    async def _receive(self) -> None:
        while data := await self._wire.there.read():
            self._protocol.data_received(data)
        self._closing, self.buffer = True, b""
        self._protocol.connection_lost(None)

    async def _flush(self) -> None:
        pipe = self._wire.back
        while self.buffer or not self._closing:
            await pipe.until(lambda: (bool(self.buffer) and pipe.room > 0) or self._closing)
            self._send(self.buffer)
        self._wire.close()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Sends what the wire takes now, and keeps the rest."""
        if not self._closing:
            self._send(self.buffer + bytes(data))

    def _send(self, data: bytes) -> None:
        self.buffer = self._wire.back.put(data)
        if len(self.buffer) > HIGH_WATER and not self.is_paused:
            self.is_paused = True
            self._protocol.pause_writing()
        elif len(self.buffer) <= LOW_WATER and self.is_paused:
            self.is_paused = False
            self._protocol.resume_writing()

    def get_write_buffer_size(self) -> int:
        """Bytes that the wire has not taken yet."""
        return len(self.buffer)

    def is_closing(self) -> bool:
        """Whether this side has closed."""
        return self._closing

    def close(self) -> None:
        """Closes as soon as everything is sent."""
        self._closing = True
        self._wire.back.change()

    def pause_reading(self) -> None:
        """Requests are short here: there is nothing to pause."""

    def resume_reading(self) -> None:
        """Nothing was paused."""


def call(app: ASGIApp) -> tuple[Wire, ServerTransport]:
    """A client's connection to `app`, served by uvicorn as the package has it."""
    config = Config(
        app, interface="asgi3", http="httptools", ws="none", lifespan="off", log_config=None,
        access_log=False, date_header=False, server_header=False, proxy_headers=False,
        timeout_keep_alive=75,
    )  # fmt: skip
    protocol = HttpToolsProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    wire = Wire()
    return wire, ServerTransport(wire, protocol)


Accept = Callable[[Wire], Awaitable[None]]


class UpstreamStream(httpcore.AsyncNetworkStream):
    """The proxy's side of an upstream's wire, as httpx reads and writes it."""

    def __init__(self, wire: Wire, closed: Callable[[], None]) -> None:
        self._wire, self._closed = wire, closed

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Some bytes of the answer."""
        async with asyncio.timeout(timeout):
            return await self._wire.back.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Some bytes of the request."""
        async with asyncio.timeout(timeout):
            await self._wire.there.write(buffer)

    async def aclose(self) -> None:
        """Closes the connection."""
        self._closed()
        self._wire.close()

    def get_extra_info(self, info: str) -> Any:
        """It is readable when it should not be: then httpx would not use it again."""
        return self._wire.back.ended if info == "is_readable" else None


@contextmanager
def upstream(accept: Accept | None, told: Callable[[str], None]) -> Iterator[None]:
    """While it lasts, every connection that httpx opens goes to `accept`; without one, to nobody.

    `told` hears "connected", "refused" and "closed" as the proxy does so.
    """
    serving: list[asyncio.Future[None]] = []

    async def connect_tcp(*_: object, **__: object) -> httpcore.AsyncNetworkStream:
        if accept is None:
            told("refused")
            try:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
            except OSError as error:  # as httpcore wraps what the operating system says
                raise httpcore.ConnectError(error) from error
        told("connected")
        wire = Wire()
        serving.append(asyncio.ensure_future(accept(wire)))
        return UpstreamStream(wire, lambda: told("closed"))

    with mock.patch.object(httpcore.AnyIOBackend, "connect_tcp", connect_tcp):
        yield
    for each in serving:
        each.cancel()

"""The smallest upstream and the smallest client that keep a proxy busy."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import cast

REQUEST = b"GET /bench HTTP/1.1\r\nHost: bench\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024


@dataclass(frozen=True, slots=True)
class Load:
    """What a run did: requests, seconds, and how many answers were not 200."""

    requests: int
    seconds: float
    failed: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class OneKibibyte(asyncio.Protocol):
    """Answers every request with a KiB, and keeps the connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self.head = b""

    def data_received(self, data: bytes) -> None:
        *heads, self.head = (self.head + data).split(b"\r\n\r\n")
        self.transport.write(RESPONSE * len(heads))


async def drive(host: str, port: int, *, connections: int, requests: int) -> Load:
    """Sends `requests` in all, over `connections` that are kept, one at a time on each."""
    each = requests // connections
    began = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        tasks = [clients.create_task(client(host, port, each)) for _ in range(connections)]
    failed = sum(task.result() for task in tasks)
    return Load(each * connections, time.perf_counter() - began, failed)


async def client(host: str, port: int, requests: int) -> int:
    """One client; returns how many of its answers were not 200."""
    reader, writer = await asyncio.open_connection(host, port)
    failed = 0
    for _ in range(requests):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        failed += not head.startswith(b"HTTP/1.1 200 ")
        length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))
    writer.close()
    await writer.wait_closed()
    return failed

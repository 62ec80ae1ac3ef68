"""A LineProxy that is served, on every kind of poller, and its clients."""

import asyncio
import contextlib
import select
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from reverseproxy import LineProxy, Target, TlsListener
from reverseproxy.lines import serving
from tests.package import tcp_served
from tests.package.tcp_served import Served, in_flight, the_loop, until

QUICK: dict[str, Any] = {"first_pause": 0.01, "longest_pause": 0.05, "failback": 0.02}
"""Options of a proxy that does not keep a test waiting."""


@pytest.fixture(params=["epoll", "loop"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each poller."""
    if request.param == "epoll" and not hasattr(select, "epoll"):
        pytest.skip("only Linux has epoll")
    if request.param == "loop":
        monkeypatch.setattr("reverseproxy.lines.proxy.polling", the_loop)
    return str(request.param)


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """No handshake takes long here."""
    monkeypatch.setattr(serving, "HANDSHAKE", 0.01)


class Source:
    """A client's end of a connection, as large as the kernel makes it."""

    def __init__(self, address: object) -> None:
        assert isinstance(address, tuple)
        self.sock = socket.create_connection(address[:2])
        self.sock.setblocking(False)

    async def send(self, *pieces: bytes) -> None:
        """Sends them, one after another."""
        for piece in pieces:
            await asyncio.get_running_loop().sock_sendall(self.sock, piece)

    async def fill(self, piece: bytes) -> None:
        """Sends it again and again, until nobody takes anything for a while."""
        looks = 0
        while looks < 3:
            looks += 1
            with contextlib.suppress(BlockingIOError):
                while self.sock.send(piece):
                    looks = 0
            await asyncio.sleep(0.01)

    async def end(self) -> bytes:
        """Says that this was all: what is answered, up to the end of that."""
        self.sock.shutdown(socket.SHUT_WR)
        return await self.hears()

    async def hears(self) -> bytes:
        """What it is told, up to the end of that. Raises ConnectionResetError."""
        said = b""
        while piece := await asyncio.get_running_loop().sock_recv(self.sock, 65_536):
            said += piece
        return said

    def close(self, *, reset: bool = False) -> None:
        """Leaves."""
        if reset and self.sock.fileno() >= 0:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()


class Lines(Served):
    """A LineProxy that is served."""

    @contextlib.contextmanager
    def source(self) -> Any:
        """A client."""
        source = Source(self.address)
        try:
            yield source
        finally:
            source.close()

    async def takes(self, *pieces: bytes) -> None:
        """A client sends these, says that it was all, and waits for the end."""
        with self.source() as source:
            await source.send(*pieces)
            await source.end()


@contextlib.asynccontextmanager
async def served(
    proxy: LineProxy,
    target: Target,
    *,
    grace: float = 5.0,
    listen: TlsListener | None = None,
) -> AsyncIterator[Lines]:
    """A proxy, until the test is over. Then nothing may be missing, held, or logged as an error."""
    sock = listen.place if listen else socket.create_server(("127.0.0.1", 0), backlog=1024)
    assert isinstance(sock, socket.socket)
    async with tcp_served.served(proxy, sock, grace, listen=listen) as it:
        yield Lines(it.task, it.address)
    assert isinstance(task_error(it.task), asyncio.CancelledError)
    assert proxy.lines.missing == 0
    assert proxy.lines.pending == 0
    assert in_flight(target) == 0


def task_error(task: "asyncio.Task[None]") -> BaseException | None:
    """What it ended with."""
    try:
        task.result()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever that is
        return error
    return None


async def settled(proxy: LineProxy, accepted: int) -> None:
    """Waits until so many lines have come, and nothing is on its way."""
    await until(lambda: proxy.lines.accepted == accepted and proxy.lines.pending == 0)


def connected(target: Target) -> list[int]:
    """How many connections each upstream has."""
    return [each.in_flight for each in target.upstreams]


class Watch:
    """How long something takes, in seconds of the processor as well."""

    def __init__(self) -> None:
        self._began, self._worked = time.monotonic(), time.process_time()

    @property
    def took(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self._began

    @property
    def worked(self) -> float:
        """Seconds of work since then."""
        return time.process_time() - self._worked

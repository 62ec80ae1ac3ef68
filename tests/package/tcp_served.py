"""A TcpProxy that is served, on every kind of poller."""

import asyncio
import contextlib
import logging
import select
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from reverseproxy import LineProxy, TcpProxy, TlsListener
from reverseproxy.http.client_connection import cut_off
from reverseproxy.target import Target
from reverseproxy.tcp import serving
from reverseproxy.tcp.poller import Poller
from tests.chapter_15.coming_in import Client, client_of
from tests.support.loopback import PATIENCE, listening


@contextlib.contextmanager
def the_loop(loop: asyncio.AbstractEventLoop) -> Iterator[Poller]:
    """What a system without epoll has."""
    yield loop


@pytest.fixture(params=["epoll", "loop"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each poller."""
    if request.param == "epoll" and not hasattr(select, "epoll"):
        pytest.skip("only Linux has epoll")
    if request.param == "loop":
        monkeypatch.setattr("reverseproxy.tcp.proxy.polling", the_loop)
    monkeypatch.setattr(serving, "HANDSHAKE", 0.02)
    return str(request.param)


class Served:
    """A proxy that is served."""

    def __init__(self, task: "asyncio.Task[None]", address: object) -> None:
        self.task, self.address = task, address

    def connect(self) -> socket.socket:
        """A client whom the kernel has let in."""
        if isinstance(self.address, str):
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(self.address)
            return sock
        assert isinstance(self.address, tuple)
        return socket.create_connection(self.address[:2])

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """A client."""
        async with client_of(self.connect()) as client:
            yield client

    async def end(self, cancels: int = 1) -> BaseException:
        """What it ends with, cancelled so many times."""
        for _ in range(cancels):
            self.task.cancel()
            await asyncio.sleep(0.05 if cancels > 1 else 0)
        await asyncio.wait([self.task])
        try:
            await self.task
        except asyncio.CancelledError as error:
            return error
        pytest.fail("it was cancelled, and returned")


@contextlib.asynccontextmanager
async def served(
    proxy: TcpProxy | LineProxy,
    sock: socket.socket | None = None,
    grace: float = 0.0,
    raises: bool = False,
    listen: TlsListener | socket.socket | None = None,
) -> AsyncIterator[Served]:
    """A proxy on a socket, and on nothing else; nothing may be logged as an error.

    listen: the socket, as the proxy is to have it.
    """
    sock = sock or socket.create_server(("127.0.0.1", 0))
    address = sock.getsockname()
    errors = Errors()
    logging.getLogger().addHandler(errors)
    task = asyncio.ensure_future(proxy.serve(listen=listen or sock, grace=grace))
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(PATIENCE):
            yield Served(task, address)
    finally:
        task.cancel()
        await asyncio.wait([task])
        logging.getLogger().removeHandler(errors)
        assert bool(errors.lines) == raises, errors.lines


class Errors(logging.Handler):
    """What was logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps it."""
        self.lines.append(self.format(record))


async def until(is_so: Callable[[], object]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(PATIENCE / 2):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.002)


def in_flight(target: Target) -> int:
    """All uses that have not ended."""
    return sum(each.in_flight for each in target.upstreams)


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with a reset."""
    cut_off(writer.transport)


@contextlib.asynccontextmanager
async def tcp(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object],
) -> AsyncIterator[Target]:
    """A target with one upstream that does that."""
    async with listening(handler) as url:  # type: ignore[arg-type]  # it awaits what it gets
        yield Target([url.replace("http", "tcp")])

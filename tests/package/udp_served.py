"""A UdpProxy that is served, upstreams that answer, and clients that ask."""

import asyncio
import atexit
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from reverseproxy import UdpProxy
from reverseproxy.target import Target
from reverseproxy.udp.counts import Drop
from tests.package.tcp_served import Errors, the_loop
from tests.support.loopback import PATIENCE

SOON = 2.0
"""Seconds after which something is taken never to happen."""


@pytest.fixture(params=["epoll", "loop"])
def udp_poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each poller."""
    if request.param == "loop":
        monkeypatch.setattr("reverseproxy.udp.proxy.polling", the_loop)
    return str(request.param)


@dataclass
class Answering:
    """An upstream that puts its name before what it hears, and notes that, and from where.

    asyncio's transports for datagrams would keep empty ones to themselves.
    """

    sock: socket.socket
    name: bytes = b"one "
    times: int = 1
    """Answers to each datagram."""
    heard: list[tuple[bytes, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self.sock.getsockname()[:2]
        return f"udp://[{host}]:{port}" if ":" in host else f"udp://{host}:{port}"

    def hear(self) -> None:
        """Takes a datagram, and answers."""
        data, source = self.sock.recvfrom(65_536)
        self.heard.append((data, source))
        for _ in range(self.times):
            self.sock.sendto(self.name + data, source)

    @property
    def sessions(self) -> int:
        """How many sockets of the proxy it has heard of."""
        return len({source for _, source in self.heard})

    def leave(self) -> None:
        """Nobody listens there any more."""
        asyncio.get_running_loop().remove_reader(self.sock)
        self.sock.close()


@contextlib.asynccontextmanager
async def answering(
    name: bytes = b"one ", times: int = 1, address: tuple[str, int] = ("127.0.0.1", 0)
) -> AsyncIterator[Answering]:
    """Such an upstream."""
    it = Answering(bound(*address), name, times)
    asyncio.get_running_loop().add_reader(it.sock, it.hear)
    try:
        yield it
    finally:
        if it.sock.fileno() >= 0:
            it.leave()


class Client:
    """A client with a port of its own."""

    def __init__(self, to: tuple[Any, ...], source: str = "") -> None:
        """`source`: the address that it sends from."""
        family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        if source:
            self.sock.bind((source, 0))
        self.sock.connect(to)

    async def asks(self, data: bytes, why: str = "it was asked") -> bytes:
        """Sends a datagram, and returns the next one that comes."""
        self.sock.send(data)
        return await self.hears(why)

    async def hears(self, why: str = "an answer was sent") -> bytes:
        """The next datagram; it comes from where the client has sent to, or not at all."""
        try:
            async with asyncio.timeout(SOON):
                return await asyncio.get_running_loop().sock_recv(self.sock, 65_536)
        except TimeoutError:
            pytest.fail(f"{why}, and nothing comes")


class Served:
    """A proxy that is served."""

    def __init__(self, proxy: UdpProxy, task: "asyncio.Task[None]", address: Any) -> None:
        self.proxy, self.task, self.address = proxy, task, address
        self._clients: list[Client] = []

    def client(self, to: str = "", source: str = "") -> Client:
        """A client; `to`: another address of the machine than the one of the listener."""
        self._clients.append(Client((to or self.address[0], *self.address[1:]), source))
        return self._clients[-1]

    def close(self) -> None:
        """Closes the clients."""
        for each in self._clients:
            each.sock.close()

    async def end(self, cancels: int = 1) -> BaseException:
        """What it ends with, cancelled so many times."""
        for _ in range(cancels):
            self.task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await asyncio.wait([self.task])
        try:
            await self.task
        except asyncio.CancelledError as error:
            return error
        pytest.fail("it was cancelled, and returned")


def bound(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket for datagrams; its port is from the kernel, unless it is said."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, port))
    sock.setblocking(False)
    return sock


@contextlib.asynccontextmanager
async def served(
    proxy: UdpProxy, sock: socket.socket | None = None, grace: float = 0.0, raises: bool = False
) -> AsyncIterator[Served]:
    """A proxy on a socket; nothing may be logged as an error, unless it `raises` something."""
    sock = sock or bound()
    address = sock.getsockname()
    errors = Errors()
    logging.getLogger().addHandler(errors)
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=grace))
    it = Served(proxy, task, address)
    try:
        async with asyncio.timeout(PATIENCE):
            yield it
    finally:
        it.close()
        task.cancel()
        await asyncio.wait([task])
        logging.getLogger().removeHandler(errors)
        assert bool(errors.lines) == raises, errors.lines


@contextlib.asynccontextmanager
async def proxied(
    upstreams: Sequence[Answering | str],
    policy: str = "round-robin",
    sock: socket.socket | None = None,
    grace: float = 0.0,
    target: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """A proxy before these."""
    urls = [each if isinstance(each, str) else each.url for each in upstreams]
    proxy = UdpProxy(Target(urls, policy=policy, **target or {}), **settings)
    async with served(proxy, sock, grace) as it:
        yield it


def in_flight(served: Served) -> int:
    """All uses that have not ended."""
    return sum(each.in_flight for each in served.proxy._target.upstreams)


async def until(is_so: Callable[[], object]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(PATIENCE / 2):
        while not is_so():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)


def refusing() -> socket.socket:
    """A socket that refuses what is sent to its port, and keeps that from others.

    It is connected with somebody who never sends.
    """
    sock = bound()
    sock.connect(("127.0.0.1", 9))
    return sock


def closed_udp_port() -> int:
    """A port of 127.0.0.1 where nobody listens, another one each time."""
    sock = refusing()
    atexit.register(sock.close)
    return int(sock.getsockname()[1])


async def lost(served: Served, count: int) -> None:
    """Waits until so many datagrams were refused."""
    await until(lambda: served.proxy.counts.dropped[Drop.REFUSED] == count)

"""Clients that come in where the test says so, or at a proxy that is served."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from reverseproxy import TcpProxy
from reverseproxy.errors import ExchangeError
from reverseproxy.lease import Lease
from reverseproxy.target import Target
from reverseproxy.tcp.poller import polling
from reverseproxy.tcp.serving import Serving, Settings
from reverseproxy.tries import Tries
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import ErrorsLogged, listening

SOON = 2.0
"""Seconds after which something is taken never to happen."""


@dataclass
class Watching:
    """A way to find out about upstreams that only notes what it hears, in order."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    in_flight: list[int] = field(default_factory=list)
    """How many other uses of the same upstream there were, each time."""

    def watch(self, _: Upstreams) -> Self:
        """Itself."""
        return self

    def started(self, lease: Lease, now: float) -> None:
        """Nothing to note."""

    def answered(self, lease: Lease, now: float) -> None:
        """Nothing to note."""

    def ended(self, lease: Lease, now: float) -> None:
        """How, and at which upstream."""
        assert lease.outcome
        self.heard.append((lease.outcome.value, str(lease.upstream)))
        self.in_flight.append(lease.upstream.in_flight)


@dataclass
class Echo:
    """An upstream that says its name, and then says everything again."""

    name: bytes
    url: str = ""
    count: int = 0
    """Connections that it has had."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """With one client."""
        self.count += 1
        writer.write(self.name)
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()


@contextlib.asynccontextmanager
async def echo(name: bytes = b"one") -> AsyncIterator[Echo]:
    """Such an upstream, at a url like tcp://127.0.0.1:1."""
    it = Echo(name)
    async with listening(it.talk) as url:
        it.url = url.replace("http", "tcp")
        yield it


class Client:
    """A client's end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reads(self, count: int, why: str) -> bytes:
        """So many bytes; fails, and says why, when they do not come."""
        try:
            async with asyncio.timeout(SOON):
                return await self.reader.readexactly(count)
        except TimeoutError:
            pytest.fail(f"{why}, and it waits for ever")
        except asyncio.IncompleteReadError:
            pytest.fail(f"{why}, and it was let in, and hears an end")
        except ConnectionError:
            pytest.fail(f"{why}, and it was reset")

    async def ends(self) -> str:
        """How it ends."""
        try:
            async with asyncio.timeout(SOON):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return "never"
        except ConnectionError:
            return "with a reset"
        return "with an end"

    async def close(self) -> None:
        """Leaves."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def client_of(sock: socket.socket) -> AsyncIterator[Client]:
    """A client whose connection stands already."""
    client = Client(*await asyncio.open_connection(sock=sock))
    try:
        yield client
    finally:
        await client.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a connection: the client's, and the proxy's."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        far = socket.create_connection(sock.getsockname())
        return far, sock.accept()[0]


class Entrance:
    """A run without a door: who comes in is what the test says."""

    def __init__(self, serving: Serving, task: "asyncio.Task[None]") -> None:
        self.serving, self.task = serving, task

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """Somebody who has just come in."""
        far, near = pair()
        self.enters(near)
        async with client_of(far) as client:
            yield client

    def enters(self, near: socket.socket) -> None:
        """Somebody comes in; this is the proxy's end of the connection."""
        self.serving._enter(near)

    async def fails(self, target: Target) -> ExchangeError:
        """What is raised when no connection can be made."""
        with pytest.raises(ExchangeError) as caught:
            await self.serving._connect(Tries(target, ""))
        return caught.value

    async def stop(self) -> None:
        """Ends the run: who is there is cut off."""
        self.task.cancel()
        await asyncio.wait([self.task])


@contextlib.asynccontextmanager
async def entrance(target: Target, connect: float = SOON) -> AsyncIterator[Entrance]:
    """Serves a target, without any place to listen; what is raised inside reaches the test."""
    loop = asyncio.get_running_loop()
    with polling(loop) as poller, errors_told():
        serving = Serving(target, Settings(connect, 60.0, 100), (), (), poller)
        task = asyncio.ensure_future(serving.run(0.0))
        await asyncio.sleep(0)
        it = Entrance(serving, task)
        try:
            yield it
        finally:
            await it.stop()


@contextlib.asynccontextmanager
async def proxied(proxy: TcpProxy) -> AsyncIterator[tuple[str, int]]:
    """Serves a proxy; yields its address. What is raised inside ends the test at once."""
    loop = asyncio.get_running_loop()
    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=0.0))
    clock = asyncio.timeout(2 * SOON)
    loop.set_exception_handler(lambda _, context: stumble(loop, context, clock))
    try:
        with errors_told():
            async with clock:
                yield sock.getsockname()
    finally:
        task.cancel()
        await asyncio.wait([task])


def stumble(
    loop: asyncio.AbstractEventLoop, context: dict[str, Any], clock: asyncio.Timeout
) -> None:
    """A callback has raised something: there is nothing to wait for any more."""
    loop.default_exception_handler(context)
    clock.reschedule(loop.time())


@contextlib.contextmanager
def errors_told() -> Iterator[None]:
    """Raises, in the end, the first exception that was logged."""
    errors = ErrorsLogged()
    logging.getLogger().addHandler(errors)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(errors)
        if errors.raised:
            raise errors.raised[0]

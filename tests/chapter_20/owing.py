"""Lines that are owed: batches, clients, and a proxy that is served."""

import asyncio
import contextlib
import select
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from reverseproxy import LineProxy, Target
from reverseproxy.lines.acknowledged import Acknowledged
from reverseproxy.lines.acknowledging import AcknowledgedClient
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from tests.chapter_15.coming_in import errors_told, pair
from tests.chapter_19.line_upstream import LineUpstream, upstreams

SOON = 1.0
"""Seconds after which something is taken never to happen."""

TURNS = 30
"""Turns of the loop after which nothing more comes of what was said before."""


def lines(first: int, last: int) -> bytes:
    """Such lines, numbered."""
    return b"".join(b"line %d\n" % number for number in range(first, last + 1))


class Given:
    """A flight, the batches that were added to it, and which of them it has called settled."""

    def __init__(self, *sizes: int, window: int = 1_000_000) -> None:
        """`sizes`: lines of each batch."""
        self.flight = Acknowledged(window)
        self.settled: list[int] = []
        self.batches: list[Batch] = []
        for number, size in enumerate(sizes, 1):
            self.add(number, size)

    def add(self, number: int, size: int) -> None:
        """One more: batch `number`, of so many lines."""
        first = sum(batch.lines for batch in self.batches) + 1
        data = lines(first, first + size - 1)
        batch = Batch(data, size, lambda: self.settled.append(number))
        self.batches.append(batch)
        self.flight.add(batch)
        self.flight.sent(len(batch.data))

    def __str__(self) -> str:
        sizes = " and ".join(str(batch.lines) for batch in self.batches)
        return f"batches of {sizes} lines are on their way"


class Hand:
    """A poller: a test says itself when there is something to read, or room to write."""

    def __init__(self) -> None:
        self.readers: dict[int, Callable[[], object]] = {}
        self.writers: dict[int, Callable[[], object]] = {}

    def add_reader(self, fd: int, call: Callable[[], object], /) -> None:
        """As an event loop does it."""
        self.readers[fd] = call

    def remove_reader(self, fd: int, /) -> None:
        """As an event loop does it."""
        self.readers.pop(fd, None)

    def add_writer(self, fd: int, call: Callable[[], object], /) -> None:
        """As an event loop does it."""
        self.writers[fd] = call

    def remove_writer(self, fd: int, /) -> None:
        """As an event loop does it."""
        self.writers.pop(fd, None)


class Near(socket.socket):
    """The proxy's end of a connection, which may have no more room."""

    room: int | None = None
    """Bytes that it takes before it is full; None: as many as the kernel does."""

    def send(self, data, flags: int = 0) -> int:
        """As any socket."""
        if self.room is None:
            return super().send(data, flags)
        if not self.room:
            raise BlockingIOError
        count = super().send(data[: self.room], flags)
        self.room -= count
        return count


class Visit:
    """A client of its own, without a proxy: the far end is the test's."""

    def __init__(self, longest: int = 20) -> None:
        self.far, near = pair()
        self.near = Near(fileno=near.detach())
        for sock in (self.far, self.near):
            sock.setblocking(False)
        self.poller, self.queue, self.ledger = Hand(), Queue(100), Ledger()
        self.is_gone = False
        self.client = AcknowledgedClient(
            self.near, self.poller, longest, self.queue, self.ledger, self._gone
        )
        self.client.start()

    def _gone(self, _: object) -> None:
        self.is_gone = True

    def says(self, data: bytes) -> Callable[[], object]:
        """It says that, and it is read: to be called when the lines in it are safe."""
        self.far.sendall(data)
        self.read()
        batch = self.queue.take(lambda: None)
        return batch.settled if batch else lambda: None

    def ends(self) -> None:
        """It has nothing more to say."""
        self.far.shutdown(socket.SHUT_WR)
        self.read()

    def listens(self) -> None:
        """There is room again for what is said to it."""
        self.near.room = None
        for call in list(self.poller.writers.values()):
            call()

    def read(self) -> None:
        """There is something to read, as soon as it has come."""
        select.select([self.near], [], [], SOON)
        for call in list(self.poller.readers.values()):
            call()

    async def hears(self, wanted: bytes, why: str) -> None:
        """Fails, and says why, when it is told anything but that."""
        await hears(self.far, wanted, why)


@contextlib.contextmanager
def visit(longest: int = 20):
    """Such a client; `longest`: bytes that a line may have."""
    it = Visit(longest)
    try:
        yield it
    finally:
        it.client.cut_off()
        it.far.close()


async def turns(count: int = TURNS) -> None:
    """Lets everything happen that is going to."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(is_so: Callable[[], object], why: str) -> None:
    """Waits for something; fails, and says why, when it does not become so."""
    end = asyncio.get_running_loop().time() + SOON
    while not is_so():
        if asyncio.get_running_loop().time() > end:
            pytest.fail(why)
        await asyncio.sleep(0)


async def hears(sock: socket.socket, wanted: bytes, why: str) -> None:
    """Fails, and says why, when anything but that comes: an end is "(an end)", as a word.

    It has some time to come, and what should not come behind it has some turns.
    """
    data, end = b"", asyncio.get_running_loop().time() + SOON
    while len(data) < len(wanted) and asyncio.get_running_loop().time() < end:
        if data.endswith(b")"):
            break
        data += received(sock)
        await asyncio.sleep(0)
    await turns()
    if not data.endswith(b")"):
        data += received(sock)
    if data != wanted:
        said = data.decode(errors="replace").replace("\n", " ").strip() or "nothing"
        pytest.fail(f"{why}, and it hears: {said}")


def received(sock: socket.socket) -> bytes:
    """What has come by now."""
    try:
        return sock.recv(65_536) or b"(an end)"
    except BlockingIOError:
        return b""
    except OSError:
        return b"(a reset)"


class Served:
    """A proxy that is served, and clients of it."""

    def __init__(
        self,
        proxy: LineProxy,
        task: "asyncio.Task[None]",
        address: tuple[str, int],
        them: list[LineUpstream],
    ) -> None:
        self.proxy, self.task, self.address, self.upstreams = proxy, task, address, them

    @contextlib.contextmanager
    def client(self):
        """A client's connection."""
        with socket.create_connection(self.address) as sock:
            sock.setblocking(False)
            yield sock

    async def accepts(self, count: int) -> None:
        """Waits until it has accepted so many lines in all."""
        ledger = self.proxy.ledger
        await until(lambda: ledger.accepted >= count, f"of {count} lines, not all are accepted")

    async def delivers(self, count: int, why: str) -> None:
        """Waits until so many lines are delivered, in all."""
        ledger = self.proxy.ledger
        await until(lambda: ledger.delivered >= count, f"{why}: and not all are delivered")


@contextlib.asynccontextmanager
async def served(
    count: int = 1, *, acknowledges: bool = False, grace: float = 0.0, **how
) -> AsyncIterator[Served]:
    """A proxy before so many upstreams; `how`: what else it is told."""
    with errors_told(), upstreams(count, acknowledges=acknowledges) as them:
        target = Target([each.url for each in them])
        proxy = LineProxy(target, delivery="acknowledged", first_pause=0.01, **how)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            task = asyncio.ensure_future(proxy.serve(listen=sock, grace=grace))
            try:
                yield Served(proxy, task, sock.getsockname(), them)
            finally:
                task.cancel()
                await asyncio.wait([task])

"""Step 4: room for so many."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from reverseproxy import TcpProxy
from reverseproxy.target import Target
from reverseproxy.tcp import door as tcp_door
from reverseproxy.tcp.door import MOST, Door
from tests.chapter_15.coming_in import Client, client_of, echo, proxied
from tests.chapter_15.wires import Turns
from tests.support.steps import step


class Failing:
    """A listening socket that raises what a test wants, and nothing else."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self._sock = sock
        self.number = number
        self.calls = 0

    def fileno(self) -> int:
        """The real one's."""
        return self._sock.fileno()

    def accept(self) -> tuple[socket.socket, object]:
        """Raises, as long as there is a number to raise."""
        self.calls += 1
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return self._sock.accept()


class Hall:
    """A door, who has come in through it, and who knocks."""

    def __init__(self, room: int, poller: Turns | None = None) -> None:
        self.room = room
        self.inside: list[socket.socket] = []
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.sock.setblocking(False)
        self.poller = poller or Turns()
        self._far: list[socket.socket] = []
        self.at(self.sock)

    def at(self, sock: "socket.socket | Failing") -> None:
        """The door is at that socket."""
        socks = [sock]
        self.door = Door(socks, self.poller, self.has_room, self.inside.append)  # type: ignore[arg-type]  # a socket that fails
        self.door.open()

    def has_room(self) -> bool:
        """Whether one more may come in."""
        return len(self.inside) < self.room

    def knock(self, count: int) -> None:
        """So many clients come, and are in the kernel's queue."""
        for _ in range(count):
            self._far.append(socket.create_connection(self.sock.getsockname()))

    @property
    def rings(self) -> bool:
        """Whether the door is told of those who knock."""
        return self.sock.fileno() in self.poller.readers

    def close(self) -> None:
        """Sends everybody home."""
        self.door.shut()
        for sock in (*self._far, *self.inside, self.sock):
            sock.close()


@pytest.fixture
def halls() -> Iterator[contextlib.ExitStack]:
    """What is to be closed in the end."""
    with contextlib.ExitStack() as held:
        yield held


def hall(held: contextlib.ExitStack, room: int = 1000) -> Hall:
    """A hall with room for so many."""
    it = Hall(room)
    held.callback(it.close)
    return it


@step(4)
def test_all_who_knock_are_let_in(halls: contextlib.ExitStack) -> None:
    """Five clients wait: one call lets in all of them, and the door stays open for more.

    Why: each call has its price. Who lets in one at a time pays it for each client.
    Read: Step 4, "Room for so many".
    """
    it = hall(halls)
    it.knock(5)
    it.door.accept(it.sock)
    count = len(it.inside)
    assert count == 5, f"five clients waited, and one call let in {count}"
    assert it.door.is_open, "there is room, and the door was shut"
    it.knock(1)
    assert it.rings, "the sixth one knocks, and nobody is told"
    it.door.accept(it.sock)
    assert len(it.inside) == 6
    it.door.accept(it.sock)
    assert it.door.is_open, "nobody waits, and the door was shut"


@step(4)
def test_no_more_than_so_many_at_a_time(halls: contextlib.ExitStack) -> None:
    """A crowd of 70 knocks: one call lets in 64, and the next one the others.

    Why: in a storm of clients, those who are inside already want to be served, too.
    Read: Step 4, "Room for so many".
    """
    it = hall(halls)
    it.knock(MOST + 6)
    it.door.accept(it.sock)
    count = len(it.inside)
    assert count <= MOST, f"one call lets in {count}, and all others have to wait for that"
    assert count == MOST, f"{MOST + 6} clients waited, and one call let in {count}"
    assert it.door.is_open, "there is room, and the door was shut"
    it.door.accept(it.sock)
    assert len(it.inside) == MOST + 6


@step(4)
@pytest.mark.parametrize("room", [1, 2])
def test_a_full_room_shuts_the_door(halls: contextlib.ExitStack, room: int) -> None:
    """Room for so many, and one client more than that: so many are let in, and the door is shut.
    The other one waits, and is let in as soon as the door opens with room behind it.

    Why: who waits in the kernel's queue costs us nothing. Who is let in and sent away has lost.
    Read: Step 4, "Room for so many".
    """
    it = hall(halls, room)
    it.knock(room + 1)
    it.door.accept(it.sock)
    it.poller.turn()
    count = len(it.inside)
    assert count == room, f"there is room for {room}, and {count} were let in"
    assert not it.door.is_open, "the room is full, and the door says that it is open"
    assert not it.rings, "the room is full, somebody knocks, and that is told over and over"
    it.room += 1
    it.door.open()
    it.poller.until(lambda: len(it.inside) > room, "the one who waited never gets in")


@step(4)
async def test_a_client_who_has_left_again_is_passed_over(halls: contextlib.ExitStack) -> None:
    """The kernel says that the one who knocked has left: nothing is raised, the door stays open,
    and the next one is let in.

    Why: that is one client's business.
    Read: Step 4, "Room for so many".
    """
    it = hall(halls)
    failing = Failing(it.sock, errno.ECONNABORTED)
    it.at(failing)
    it.knock(1)
    try:
        it.door.accept(failing)  # type: ignore[arg-type]  # it looks like one
    except OSError as error:
        pytest.fail(f"a client had left again, and this was raised: {error!r}")
    assert it.door.is_open, "a client had left again, and the door was shut"
    failing.number = 0
    it.poller.until(lambda: it.inside, "a client had left again, and the next one never gets in")


@step(4)
@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS])
async def test_the_door_is_shut_for_a_moment_when_nothing_is_left(
    halls: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    """The system has no more descriptors, or no memory: the door is shut, and one line says why. A
    moment later it opens again, and the one who knocked is let in.

    Why: who cannot be let in stays in the queue, and rings, and rings.
    Read: Step 4, "Room for so many".
    """
    monkeypatch.setattr(tcp_door, "PAUSE", 0.02)
    it = hall(halls)
    failing = Failing(it.sock, number)
    it.at(failing)
    it.knock(1)
    try:
        it.door.accept(failing)  # type: ignore[arg-type]  # it looks like one
    except OSError as error:
        pytest.fail(f"nothing is left, and this was raised: {error!r}")
    assert failing.calls == 1, f"nothing is left, and it was tried {failing.calls} times at once"
    assert not it.rings, "nothing is left, and the one who knocks is told over and over"
    lines = [each.getMessage() for each in caplog.records]
    assert any(os.strerror(number) in line for line in lines), f"it does not say why: {lines}"
    failing.number = 0
    for _ in range(100):
        await asyncio.sleep(0.005)
        it.poller.turn()
        if it.inside:
            return
    pytest.fail("a moment later there is something left again, and the door stays shut")


@contextlib.asynccontextmanager
async def knocking(address: tuple[str, int]) -> AsyncIterator[Client]:
    """A client whose connection the kernel has made."""
    async with client_of(socket.create_connection(address)) as client:
        yield client


@step(4)
async def test_who_waits_is_served_when_another_one_leaves() -> None:
    """Room for one connection, and two clients: the second one waits, and neither hears anything
    bad. The first one leaves: the second one is served.

    Why: to wait for a moment is better than to be sent away.
    Read: Step 4, "Room for so many".
    """
    async with echo() as alive:
        proxy = TcpProxy(Target([alive.url]), max_connections=1)
        async with proxied(proxy) as address, knocking(address) as second_to_come:
            await second_to_come.reads(3, "it was the first to come")
            async with knocking(address) as waits:
                waits.writer.write(b"rose")
                for _ in range(10):
                    second_to_come.writer.write(b"x")
                    await second_to_come.reads(1, "it is inside")
                assert alive.count == 1, f"room for one, and {alive.count} are served"
                await second_to_come.close()
                got = await waits.reads(7, "there was room for one, and that one has left")
                assert got == b"onerose"


@step(4)
async def test_a_crowd_is_served_by_twos() -> None:
    """Room for two, and ten clients, each of which leaves when it has been served: all are served.

    Why: whoever leaves has to open the door for the next.
    Read: Step 4, "Room for so many".
    """
    async with echo() as alive:
        proxy = TcpProxy(Target([alive.url]), max_connections=2)

        async def visit(address: tuple[str, int]) -> None:
            async with knocking(address) as client:
                await client.reads(3, "room for two, ten clients, and all of them leave again")

        async with proxied(proxy) as address, asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(visit(address))
        assert alive.count == 10

"""The small things that connections need: patience, room, addresses."""

import asyncio
import contextlib
import errno
import resource
import socket
from collections.abc import Iterator

import pytest

from reverseproxy.errors import (
    ConfigurationError,
    ConnectFailed,
    ConnectTimedOut,
    ForwardingError,
    NothingLeft,
)
from reverseproxy.tcp.dialing import Dialer
from reverseproxy.tcp.names import KEPT, Address, Names, numeric
from reverseproxy.tcp.patience import Patience
from reverseproxy.tcp.room import EACH, OTHERS, room_for
from reverseproxy.upstream import Upstream
from tests.support.loopback import closed_port


def waits(count: int) -> "list[asyncio.Future[None]]":
    """Things to wait for."""
    loop = asyncio.get_running_loop()
    return [loop.create_future() for _ in range(count)]


async def test_each_wait_has_its_time() -> None:
    patience, loop, (first, second) = Patience(0.03), asyncio.get_running_loop(), waits(2)
    began = loop.time()
    patience.add(first)
    await asyncio.sleep(0.015)
    patience.add(second)
    with pytest.raises(TimeoutError):
        await first
    assert loop.time() - began > 0.025
    assert not second.done()
    with pytest.raises(TimeoutError):
        await second
    assert loop.time() - began > 0.04


async def test_who_is_done_is_left_alone() -> None:
    patience, (done, cancelled, late) = Patience(0.01), waits(3)
    for wait in (done, cancelled, late):
        patience.add(wait)
    done.set_result(None)
    cancelled.cancel()
    with pytest.raises(TimeoutError):
        await late
    assert done.result() is None
    assert cancelled.cancelled()
    (again,) = waits(1)
    patience.add(again)
    with pytest.raises(TimeoutError):
        await again


async def test_closed_it_waits_for_nothing() -> None:
    patience, (wait,) = Patience(0.01), waits(1)
    patience.close()
    patience.add(wait)
    patience.close()
    await asyncio.sleep(0.02)
    assert not wait.done()


@contextlib.contextmanager
def limits(soft: int, hard: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A system with these limits of open files; what the soft one is set to."""
    found: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: found.append(pair[0]))
    yield found


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "room", "raised_to"),
    [
        (1024, 1_000_000, None, 10_000, [10_000 * EACH + OTHERS]),
        (1024, resource.RLIM_INFINITY, None, 10_000, [10_000 * EACH + OTHERS]),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 50_000, 50_000, []),
        (1024, 4096, None, (4096 - OTHERS) // EACH, [4096]),
        (1024, 4096, 100, 100, []),
        (100_000, 1_000_000, None, 10_000, []),
    ],
)
def test_as_much_room_as_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
    soft: int,
    hard: int,
    wanted: int | None,
    room: int,
    raised_to: list[int],
) -> None:
    with limits(soft, hard, monkeypatch) as found:
        assert room_for(wanted) == room
        assert found == raised_to


def test_more_than_the_system_has_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with limits(1024, 4096, monkeypatch), pytest.raises(ConfigurationError, match="ulimit"):
        room_for(4000)


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", "AF_INET"), ("::1", "AF_INET6"), ("localhost", "")]
)
def test_an_address_needs_no_resolver(host: str, family: str) -> None:
    assert [each.name for each, _ in numeric(host, 80)] == ([family] if family else [])


FIRST: Address = (socket.AF_INET, ("10.0.0.1", 80))
SECOND: Address = (socket.AF_INET, ("10.0.0.2", 80))


class Resolver:
    """Stands for the event loop's resolver: counts what it is asked, and answers as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.answer: list[Address] | BaseException = [FIRST, SECOND]
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.now = 100.0
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", self._getaddrinfo)

    def names(self, seconds: float = 1.0) -> Names:
        """Names that are looked up with it."""
        return Names(seconds, lambda: self.now)

    async def _getaddrinfo(self, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.asked += 1
        await self.may_answer.wait()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return [(each[0], 1, 6, "", each[1]) for each in self.answer]


async def test_a_name_is_asked_for_once_for_all_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    names = resolver.names(1.0)
    resolver.may_answer.clear()
    waiting = [asyncio.ensure_future(names.addresses("db", 80)) for _ in range(100)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    resolver.may_answer.set()
    assert await asyncio.gather(*waiting[1:]) == [(FIRST, SECOND)] * 99
    assert await names.addresses("db", 80) == (FIRST, SECOND)
    assert resolver.asked == 1
    resolver.now += KEPT
    await names.addresses("db", 80)
    assert resolver.asked == 2


async def test_what_was_good_last_is_tried_first(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    names = resolver.names(1.0)
    await names.addresses("db", 80)
    names.worked("db", 80, SECOND)
    assert await names.addresses("db", 80) == (SECOND, FIRST)
    resolver.now += KEPT
    assert await names.addresses("db", 80) == (SECOND, FIRST)
    resolver.answer, resolver.now = [FIRST], resolver.now + KEPT
    assert await names.addresses("db", 80) == (FIRST,)


async def test_an_old_answer_does_when_there_is_no_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver(monkeypatch)
    names = resolver.names(1.0)
    await names.addresses("db", 80)
    resolver.answer, resolver.now = socket.gaierror(-3, "try again"), resolver.now + KEPT
    assert await names.addresses("db", 80) == (FIRST, SECOND)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (socket.gaierror(-2, "Name or service not known"), ConnectFailed),
        (OSError(errno.EMFILE, "Too many open files"), NothingLeft),
        (UnicodeError("label too long"), ConnectFailed),
    ],
)
async def test_who_is_to_blame_for_a_name(
    error: BaseException, ours: type[ForwardingError], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver(monkeypatch)
    names = resolver.names(1.0)
    resolver.answer = error
    with pytest.raises(ours):
        await names.addresses("db", 80)


async def test_nobody_waits_for_ever_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    names = resolver.names(0.01)
    resolver.may_answer.clear()
    with pytest.raises(ConnectTimedOut):
        await names.addresses("db", 80)
    resolver.may_answer.set()
    assert await names.addresses("db", 80) == (FIRST, SECOND)
    assert resolver.asked == 1


class Unlucky(socket.socket):
    """A socket that is given the very port that it connects with."""

    def connect_ex(self, address: object) -> int:
        """Connects, the first time from there."""
        assert isinstance(address, tuple)
        with contextlib.suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.bind(address)
        return super().connect_ex(address)


async def test_who_reaches_nobody_but_itself_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection with itself stands (RFC 9293, section 3.5), and nobody is at its other end."""
    port = closed_port()
    with Unlucky() as sock:
        sock.connect_ex(("127.0.0.1", port))
        assert sock.getsockname() == sock.getpeername()
    monkeypatch.setattr("socket.socket", Unlucky)
    dialer = Dialer(asyncio.get_running_loop(), 1.0)
    with pytest.raises(ConnectFailed, match="refused"):
        await dialer.dial(Upstream.parse(f"tcp://127.0.0.1:{closed_port()}"))
    dialer.close()

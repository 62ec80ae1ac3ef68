"""The small things that connections need: patience, room, addresses."""

import asyncio
import contextlib
import resource
from collections.abc import Iterator

import pytest

from reverseproxy.errors import ConfigurationError
from reverseproxy.tcp.dialing import numeric
from reverseproxy.tcp.patience import Patience
from reverseproxy.tcp.room import EACH, OTHERS, room_for


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

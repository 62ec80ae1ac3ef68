"""The poller that asks epoll itself."""

import asyncio
import functools
import os
import select
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from reverseproxy.tcp.poller import Epoll, polling
from tests.chapter_15.wires import Wires, break_off, wires

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="only Linux has epoll")


@pytest.fixture
def made() -> Iterator[Wires]:
    """Connections."""
    with wires() as them:
        yield them


@pytest.fixture
async def epoll() -> AsyncIterator[Epoll]:
    """One that the running loop watches."""
    poller = Epoll(asyncio.get_running_loop())
    yield poller
    poller.close()


async def turns(count: int = 5) -> None:
    """Lets the loop look at its sockets a few times."""
    for _ in range(count):
        await asyncio.sleep(0.002)


async def test_whoever_asks_is_told_again_and_again(epoll: Epoll, made: Wires) -> None:
    far, near = made.pair()
    calls: list[str] = []
    epoll.add_reader(near.fileno(), lambda: calls.append("read"))
    await turns()
    assert calls == []
    far.send(b"rose")
    await turns()
    assert len(calls) > 1
    epoll.remove_reader(near.fileno())
    calls.clear()
    await turns()
    assert calls == []


async def test_both_questions_about_one_socket(epoll: Epoll, made: Wires) -> None:
    far, near = made.pair()
    calls: set[str] = set()
    epoll.add_reader(near.fileno(), lambda: calls.add("read"))
    epoll.add_writer(near.fileno(), lambda: calls.add("write"))
    await turns()
    assert calls == {"write"}
    far.send(b"rose")
    await turns()
    assert calls == {"read", "write"}
    epoll.remove_writer(near.fileno())
    calls.clear()
    await turns()
    assert calls == {"read"}


async def test_what_was_never_asked_can_be_taken_back(epoll: Epoll, made: Wires) -> None:
    _, near = made.pair()
    epoll.remove_reader(near.fileno())
    epoll.remove_writer(near.fileno())
    epoll.remove_reader(-1)


async def test_a_connection_that_broke_is_told_to_both(epoll: Epoll, made: Wires) -> None:
    far, near = made.pair()
    calls: set[str] = set()
    epoll.add_reader(near.fileno(), lambda: calls.add("read"))
    epoll.add_writer(near.fileno(), lambda: calls.add("write"))
    break_off(far)
    await turns()
    assert calls == {"read", "write"}


async def test_a_connection_that_broke_is_told_to_nobody_who_does_not_ask(
    epoll: Epoll, made: Wires
) -> None:
    far, near = made.pair()
    calls: list[str] = []
    epoll.add_reader(near.fileno(), lambda: calls.append("read"))
    epoll.remove_reader(near.fileno())
    break_off(far)
    await turns()
    assert calls == []


async def test_who_is_removed_within_a_turn_is_not_called_in_it(epoll: Epoll, made: Wires) -> None:
    pairs = [made.pair() for _ in range(2)]
    calls: list[int] = []

    def first_come(number: int) -> None:
        """Removes, and closes, both."""
        calls.append(number)
        for _, near in pairs:
            epoll.remove_reader(near.fileno())
            near.close()

    for number, (far, near) in enumerate(pairs):
        epoll.add_reader(near.fileno(), functools.partial(first_come, number))
        far.send(b"rose")
    await turns()
    assert len(calls) == 1


async def test_a_number_that_is_used_again_is_somebody_elses(epoll: Epoll, made: Wires) -> None:
    far, near = made.pair()
    number, calls = near.fileno(), list[str]()
    epoll.add_reader(number, lambda: calls.append("the old one"))
    epoll.remove_reader(number)
    near.close()
    other_far, other = made.pair()
    again = other if other.fileno() == number else socket.socket(fileno=os.dup(other.fileno()))
    epoll.add_reader(again.fileno(), lambda: calls.append("the new one"))
    other_far.send(b"rose")
    far.close()
    await turns()
    assert set(calls) == {"the new one"}
    epoll.remove_reader(again.fileno())
    if again is not other:
        again.close()


async def test_a_call_that_raises_is_not_made_again(
    epoll: Epoll, made: Wires, caplog: pytest.LogCaptureFixture
) -> None:
    """Or nobody else would ever have a turn: the socket is still ready."""
    (far, near), (other_far, other) = made.pair(), made.pair()
    calls: list[str] = []

    def raises() -> None:
        calls.append("raised")
        raise MemoryError("there is no more")

    epoll.add_reader(near.fileno(), raises)
    epoll.add_reader(other.fileno(), lambda: calls.append("read"))
    for sock in (far, other_far):
        sock.send(b"rose")
    await turns()
    assert calls.count("raised") == 1
    assert calls.count("read") > 1
    assert "there is no more" in caplog.text


async def test_only_one_thread_polls_at_a_time() -> None:
    """All flows share a buffer."""
    raised: list[str] = []

    def elsewhere() -> None:
        loop = asyncio.new_event_loop()
        try:
            with polling(loop):
                raised.append("")
        except RuntimeError as error:
            raised.append(str(error))
        finally:
            loop.close()

    def in_a_thread() -> None:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()

    loop = asyncio.get_running_loop()
    with polling(loop), polling(loop):
        in_a_thread()
    in_a_thread()
    assert raised == ["connections are balanced in another thread of this process already", ""]

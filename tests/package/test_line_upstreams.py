"""Upstreams of a LineProxy that break, hang up, stop, talk nonsense, or are not there."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from reverseproxy import ActiveHealth, LineProxy, Target, TcpProbe
from tests.chapter_15.coming_in import Watching
from tests.chapter_19.line_upstream import RESET, LineUpstream, upstreams
from tests.package.line_served import QUICK, Watch, connected, near, poller, served, settled
from tests.package.tcp_served import until

pytestmark = pytest.mark.usefixtures(poller.__name__, near.__name__)

LINES = [b"%04d" % number for number in range(1000)]
STREAM = b"".join(line + b"\n" for line in LINES)

PATIENT: dict[str, Any] = {**QUICK, "first_pause": 0.1, "longest_pause": 10.0}
"""Pauses that can be told from none."""


class Rude:
    """An upstream that does one thing with each connection."""

    def __init__(self, act: Callable[[socket.socket], object]) -> None:
        self._act = act
        self.count = 0
        self.kept: list[socket.socket] = []
        self._sock = socket.create_server(("127.0.0.1", 0))
        self._sock.setblocking(False)
        self.url = f"tcp://127.0.0.1:{self._sock.getsockname()[1]}"
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)

    def _accept(self) -> None:
        sock, _ = self._sock.accept()
        self.count += 1
        self.kept.append(sock)
        sock.setblocking(False)
        self._act(sock)

    def close(self) -> None:
        """Is gone."""
        loop = asyncio.get_running_loop()
        for sock in (self._sock, *self.kept):
            if sock.fileno() >= 0:
                loop.remove_reader(sock.fileno())
            sock.close()


def on_data(act: Callable[[socket.socket], object]) -> Callable[[socket.socket], object]:
    """That, when something has come."""

    def wait(sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(sock.fileno(), lambda: (loop.remove_reader(sock.fileno()), act(sock)))

    return wait


def end(sock: socket.socket) -> None:
    """Hangs up. With something unread, that is a reset."""
    sock.close()


def break_off(sock: socket.socket) -> None:
    """Resets it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def end_unread(sock: socket.socket) -> None:
    """Says that it ends, and closes with something unread, as socketserver does."""
    sock.shutdown(socket.SHUT_WR)
    sock.close()


swallowing = pytest.mark.parametrize(
    "act",
    [end, break_off, on_data(end), on_data(break_off), on_data(end_unread)],
    ids=["ends", "resets", "has lines and ends", "has lines and resets", "ends, then resets"],
)


@contextlib.asynccontextmanager
async def rude(act: Callable[[socket.socket], object]) -> AsyncIterator[Rude]:
    """Such an upstream."""
    it = Rude(act)
    try:
        yield it
    finally:
        it.close()


@swallowing
async def test_who_only_swallows_lines_is_not_dialed_in_a_circle(
    act: Callable[[socket.socket], object],
) -> None:
    async with rude(act) as it_hangs_up:
        watching = Watching()
        target = Target(it_hangs_up.url, health=[watching])
        proxy = LineProxy(target, connections=2, **PATIENT)
        async with served(proxy, target, grace=0) as it:
            with it.source() as source:
                sending = asyncio.ensure_future(source.send(STREAM * 1000))
                await until(lambda: it_hangs_up.count >= 4)
                watch = Watch()
                await asyncio.sleep(0.1)
                assert it_hangs_up.count <= 6
                assert watch.worked < 0.5 * watch.took + 0.05
                sending.cancel()
        assert ("failure", it_hangs_up.url) in watching.heard
    assert proxy.lines.delivered == 0


@swallowing
async def test_who_only_swallows_lines_leaves_them_to_others(
    act: Callable[[socket.socket], object],
) -> None:
    async with rude(act) as swallows:
        with upstreams(1) as (one,):
            target = Target([swallows.url, one.url])
            proxy = LineProxy(target, connections=2, failback=60, first_pause=60, longest_pause=60)
            async with served(proxy, target) as it:
                await it.takes(STREAM)
                await settled(proxy, 1000)
                assert connected(target) in ([0, 4], [1, 3], [2, 2])
            lost = Counter(LINES) - Counter(one.lines)
    assert lost.total() <= proxy.lines.unconfirmed
    assert proxy.lines.delivered == 1000 - proxy.lines.unconfirmed


async def test_an_end_with_something_unread_behind_it_is_doubted() -> None:
    async with rude(on_data(end_unread)) as it_ends:
        target = Target(it_ends.url)
        proxy = LineProxy(target, connections=1, **PATIENT)
        async with served(proxy, target, grace=0) as it:
            with it.source() as source:
                await source.send(b"lost\n")
                await until(lambda: proxy.lines.unconfirmed)
    assert proxy.lines == (1, 0, 0, 1, {})


async def test_an_end_with_nothing_unread_is_believed() -> None:
    def take(sock: socket.socket) -> None:
        assert sock.recv(100) in (b"read\n", b"")  # then nothing, when the proxy ends
        end_unread(sock)

    async with rude(on_data(take)) as it_ends:
        target = Target(it_ends.url)
        proxy = LineProxy(target, connections=1, **PATIENT)
        async with served(proxy, target, grace=0) as it:
            await it.takes(b"read\n")
            await settled(proxy, 1)
    assert proxy.lines == (1, 1, 0, 0, {})


@pytest.mark.parametrize("delivery", ["sent", "acknowledged"])
async def test_who_stops_reading_loses_its_lines_to_others(delivery: str) -> None:
    is_acknowledged = delivery == "acknowledged"
    with upstreams(2, acknowledges=is_acknowledged) as (stops, goes):
        stops.read(reads=False)
        target = Target([stops.url, goes.url])
        proxy = LineProxy(target, connections=1, delivery=delivery, write=0.2, **PATIENT)
        async with served(proxy, target) as it:
            await until(lambda: connected(target) == [1, 1])
            await it.takes(STREAM * 1000)
            await settled(proxy, 1_000_000)
            # What is delivered is with its kernel: its program may still be reading.
            await until(lambda: len(goes.lines) >= 1_000_000 - proxy.lines.unconfirmed)
            lost = Counter(dict.fromkeys(LINES, 1000)) - Counter(goes.lines)
            assert lost.total() == proxy.lines.unconfirmed
            if is_acknowledged:
                assert not lost
            assert connected(target)[0] <= 1
            break_all(stops)


def break_all(upstream: LineUpstream) -> None:
    """Resets what it has."""
    for each in upstream.open:
        each.close(reset=True)


async def test_who_takes_a_little_all_the_time_is_not_broken_off() -> None:
    async with rude(lambda _: None) as slow:
        target = Target(slow.url)
        proxy = LineProxy(target, connections=1, write=0.3, **PATIENT)
        async with served(proxy, target, grace=0) as it:
            with it.source() as source:
                sending = asyncio.ensure_future(source.send(STREAM * 1000))
                await until(lambda: slow.kept)
                for _ in range(25):
                    with contextlib.suppress(BlockingIOError):
                        slow.kept[0].recv(20_000)
                    await asyncio.sleep(0.02)
                assert slow.count == 1
                sending.cancel()
    assert proxy.lines.delivered > 0


@pytest.mark.parametrize("delivery", ["sent", "acknowledged"])
async def test_who_talks_back_endlessly_is_heard_or_broken_off(delivery: str) -> None:
    talking: dict[str, bool] = {}

    def talk(sock: socket.socket) -> None:
        def go_on() -> None:
            try:
                while sock.send(b"blah " * 10_000):
                    pass
            except BlockingIOError:
                pass
            except OSError:
                talking["is cut off"] = True
                asyncio.get_running_loop().remove_writer(sock.fileno())

        asyncio.get_running_loop().add_writer(sock.fileno(), go_on)

    async with rude(talk) as talks:
        target = Target(talks.url)
        proxy = LineProxy(target, connections=1, delivery=delivery, **PATIENT)
        async with served(proxy, target, grace=0) as it:
            await it.takes(STREAM)
            if delivery == "sent":
                await settled(proxy, 1000)
                assert proxy.lines.delivered == 1000
            else:
                await until(lambda: talking)
                assert proxy.lines.pending == 1000
        for sock in talks.kept:
            asyncio.get_running_loop().remove_writer(sock.fileno())


@pytest.mark.parametrize(
    "words", [b"OK\n", b"ACK 1001\n", b"ACK -1\n", b"ACK 1\nACK 0\n", b"ACK" * 50, b"ACK 1 \n"]
)
async def test_an_acknowledgement_that_makes_no_sense(words: bytes) -> None:
    with upstreams(2, acknowledges=True) as (wrong, right):
        wrong.acknowledges = False
        target = Target([wrong.url, right.url])
        proxy = LineProxy(target, connections=1, delivery="acknowledged", **PATIENT)
        async with served(proxy, target) as it:
            await until(lambda: connected(target) == [1, 1])
            await it.takes(STREAM)
            await until(lambda: wrong.lines or len(right.lines) == 1000)
            for each in wrong.open:
                each.say(words)
            if not wrong.lines:
                await until(lambda: connected(target) == [0, 2] or wrong.connections[1:])
            await settled(proxy, 1000)
            assert set(right.lines) | set(wrong.lines) == set(LINES)
    assert proxy.lines.delivered == 1000
    assert proxy.lines.unconfirmed == 0


async def test_connections_that_all_break_at_once() -> None:
    """Each that breaks gives its lines back, to one that breaks as well when it sends them."""
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=240, **QUICK)
        async with served(proxy, target) as it:
            await one.until(lambda: len(one.open) == 240)
            with it.source() as source:
                await source.send(b"line\n")
                one.kill()
                await until(lambda: connected(target) == [0])
                one.start()
                await one.until(lambda: bool(one.lines))
                await settled(proxy, 1)
    assert proxy.lines.delivered == 1


async def test_nobody_is_there_at_first() -> None:
    with upstreams(2) as them:
        for each in them:
            each.kill()
        target = Target([each.url for each in them])
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target) as it:
            await it.takes(STREAM)
            assert proxy.lines.pending == 1000
            them[1].start()
            await them[1].until(lambda: len(them[1].lines) == 1000)
            await settled(proxy, 1000)
            them[0].start()
            await until(lambda: connected(target) == [1, 1])


@pytest.mark.parametrize("state", ["drain", "maint"])
async def test_who_is_to_leave_has_nothing_new(state: str) -> None:
    with upstreams(2) as (leaves, stays):
        target = Target([leaves.url, stays.url])
        proxy = LineProxy(target, connections=2, **QUICK)
        async with served(proxy, target) as it:
            with it.source() as source:
                await until(lambda: connected(target) == [2, 2])
                await source.send(STREAM)
                target.set_state(leaves.url, state)
                await until(lambda: connected(target) == [0, 4])
                await settled(proxy, 1000)
                count = len(leaves.lines)
                await source.send(STREAM)
                await settled(proxy, 2000)
                assert len(leaves.lines) == count
                assert not leaves.open
                target.set_state(leaves.url, "ready")
                await until(lambda: connected(target) == [2, 2])
            received = Counter(leaves.lines) + Counter(stays.lines)
    assert received == Counter(LINES * 2)
    assert proxy.lines.unconfirmed == 0


async def test_when_all_are_to_leave_lines_wait() -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=2, **QUICK)
        async with served(proxy, target) as it:
            await until(lambda: connected(target) == [2])
            target.set_state(one.url, "maint")
            await until(lambda: connected(target) == [0])
            await it.takes(STREAM)
            assert proxy.lines.pending == 1000
            target.set_state(one.url, "ready")
            await settled(proxy, 1000)
    assert one.lines == LINES


async def test_who_probes_have_taken_out_is_not_dialed() -> None:
    with upstreams(2) as (down, up):
        health = ActiveHealth(TcpProbe(), interval=0.05, timeout=0.05, fall=1, rise=1)
        target = Target([down.url, up.url], health=[health])
        down.kill()
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target) as it:
            await until(lambda: target.upstreams[0].facts.is_up is False)
            await until(lambda: connected(target) == [0, 2])
            await it.takes(STREAM)
            await settled(proxy, 1000)
            down.start()
            await until(lambda: connected(target) == [1, 1])


@pytest.mark.parametrize("is_read", [True, False])
async def test_who_leaves_waits_until_all_is_read(*, is_read: bool) -> None:
    """Who drains is restarted next: what its kernel has would be lost, and nobody would know."""
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target) as it:
            await it.takes(STREAM)
            await settled(proxy, 1000)
            target.set_state(one.url, "drain")
            await asyncio.sleep(0.12)
            assert connected(target) == [1]
            if is_read:
                one.read(reads=True)
            else:
                one.kill(reset=False)
            await until(lambda: connected(target) == [0])
    assert one.lines == (LINES if is_read else [])
    assert proxy.lines.unconfirmed == (0 if is_read else 1000)


async def test_who_leaves_does_not_wait_for_ever() -> None:
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, write=0.1, **QUICK)
        async with served(proxy, target) as it:
            await it.takes(STREAM)
            await settled(proxy, 1000)
            target.set_state(one.url, "drain")
            await until(lambda: connected(target) == [0])
    assert proxy.lines.unconfirmed == 1000

"""Eight ways in which balancers of lines lose some, or send them twice: each fault, injected.

They are those of a well-known program of this kind, in the order of where its code has them.
"""

import asyncio
import contextlib
import socket
import sys
import threading
import tracemalloc
from collections import Counter

import pytest

from reverseproxy import LineProxy, Target
from reverseproxy.lines.arrival import unconfirmed
from tests.chapter_19.line_upstream import LineUpstream, upstreams
from tests.package.line_served import (
    QUICK,
    Source,
    Watch,
    connected,
    near,
    poller,
    served,
    settled,
)
from tests.package.tcp_served import until
from tests.slow.tcp_program import running

pytestmark = pytest.mark.usefixtures(poller.__name__, near.__name__)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what has arrived")


def numbered(count: int, size: int, name: bytes = b"") -> list[bytes]:
    """Lines that tell who they are, without their ends."""
    return [(b"%b%07d" % (name, number)).ljust(size, b".") for number in range(count)]


def stream(lines: list[bytes]) -> bytes:
    """The lines, as they are sent."""
    return b"".join(line + b"\n" for line in lines)


@on_linux
async def test_1_an_upstream_that_has_closed_swallows_nothing() -> None:
    """Window 1: nobody reads from upstreams, and the first send after a close succeeds."""
    with upstreams(2) as (closes, stays):
        target = Target([closes.url, stays.url])
        proxy = LineProxy(target, connections=1, order="connection", **QUICK)
        async with served(proxy, target) as it, contextlib.AsyncExitStack() as stack:
            first, second = (stack.enter_context(it.source()) for _ in range(2))
            await first.send(b"one\n")
            await second.send(b"two\n")
            await settled(proxy, 2)
            assert (closes.lines, stays.lines) == ([b"one"], [b"two"])
            lines = numbered(100, 50)
            # The proxy hears of the lines first, and sends them to where nobody is any more.
            await first.send(stream(lines))
            closes.kill(reset=False)
            await stays.until(lambda: len(stays.lines) > 100)
            assert stays.lines == [b"two", *lines]
            await settled(proxy, 102)
    assert proxy.lines.delivered == 102
    assert proxy.lines.unconfirmed == 0


@on_linux
async def test_2_what_a_broken_connection_had_not_taken_is_sent_once_and_uncut() -> None:
    """Window 2: a failed write has the whole batch sent again, also what had arrived."""
    with upstreams(2) as (breaks, takes):
        breaks.read(reads=False)
        # Its segments are small, and do not care where lines end.
        breaks._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        target = Target([breaks.url, takes.url])
        proxy = LineProxy(target, connections=1, **QUICK)
        lines = numbered(4000, 776)
        async with served(proxy, target) as it:
            await until(lambda: connected(target) == [1, 1])
            await it.takes(stream(lines))
            (broken,) = breaks.open
            *there, fragment = broken.sock.recv(2**26, socket.MSG_PEEK).split(b"\n")
            breaks.kill()
            await takes.until(lambda: len(takes.lines) == 4000 - len(there))
            await settled(proxy, 4000)
    assert there
    assert 0 < len(fragment) < 776
    assert Counter(there) + Counter(takes.lines) == Counter(lines)
    assert proxy.lines.unconfirmed == len(there)
    assert proxy.lines.delivered == len(takes.lines)


async def test_3_a_last_line_without_an_end_is_not_fused() -> None:
    """Window 3: a last line without a newline and somebody else's first become one."""
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1)
        async with served(proxy, target) as it:
            with it.source() as other, it.source() as resets:
                await it.takes(b"one\ntwo")
                await resets.send(b"three\nhalf a li")
                await one.until(lambda: len(one.lines) == 3)
                resets.close(reset=True)
                await until(lambda: proxy.lines.dropped)
                await other.send(b"four\n")
                await other.end()
            await one.until(lambda: len(one.lines) == 4)
            await settled(proxy, 5)
    assert one.lines == [b"one", b"two", b"three", b"four"]
    assert proxy.lines.dropped == {"unfinished": 1}
    assert proxy.lines.accepted == 5


class Blast(threading.Thread):
    """A client that sends lines as fast as it can, and never looks up."""

    SIZE = 500

    def __init__(self, address: object) -> None:
        super().__init__()
        assert isinstance(address, tuple)
        self.sock = socket.create_connection(address)
        self.lines = numbered(40_000, self.SIZE - 1)
        self.error: OSError | None = None
        self._count = 0

    def run(self) -> None:
        """Sends until it is told not to."""
        rest = memoryview(stream(self.lines))
        try:
            while rest:
                count = self.sock.send(rest[: 7919 + self._count % 20_011])
                self._count += count
                rest = rest[count:]
        except OSError as error:
            self.error = error

    @property
    def confirmed(self) -> int:
        """Bytes of which its kernel knows that they have arrived."""
        return self._count - unconfirmed(self.sock)


@on_linux
@pytest.mark.parametrize("is_stuck", [False, True])
async def test_4_a_stop_delivers_exactly_what_the_kernel_had_confirmed(*, is_stuck: bool) -> None:
    """Window 4: at the stop, what the kernel had confirmed and nobody had read is dropped."""
    with upstreams(1, reads=not is_stuck) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target)
        async with served(proxy, target) as it:
            blast = Blast(it.address)
            blast.start()
            await until(lambda: proxy.lines.accepted > 500)
            if is_stuck:
                await until(lambda: unconfirmed(blast.sock))
            it.task.cancel()
            one.read(reads=True)
            await asyncio.wait([it.task])
        blast.join()
        await one.until(lambda: not one.open)
    assert isinstance(blast.error, ConnectionError)
    whole, rest = divmod(blast.confirmed, Blast.SIZE)
    assert Counter(one.lines) == Counter(blast.lines[:whole])
    assert proxy.lines.delivered == whole
    assert proxy.lines.dropped == ({"unfinished": 1} if rest else {})
    blast.sock.close()


PROGRAM = """
import sys
from reverseproxy import LineProxy, Target, run
proxy = LineProxy(Target(sys.argv[1]), connections=1, delivery="acknowledged", acknowledge=True)
run(proxy, listen="127.0.0.1:0")
"""


async def test_5_what_a_crash_loses_the_client_still_holds(poller: str) -> None:
    """Window 5: a crash loses the queue, and what is on its way."""
    if poller != "epoll":
        pytest.skip("the other process has its own")
    lines = numbered(100_000, 99)
    with upstreams(1, acknowledges=True) as (one,):
        async with running(one.url, program=PROGRAM) as proxy:
            source = Source((proxy.host, proxy.port))
            sending = asyncio.ensure_future(source.send(stream(lines)))
            said = await asyncio.get_running_loop().sock_recv(source.sock, 1)
            one.read(reads=False)
            proxy.process.kill()
            safe = int((said + await everything(source)).split()[-1])
            with contextlib.suppress(ConnectionError):
                await sending
        assert 0 < safe < len(lines)
        assert set(lines[:safe]) <= set(one.lines)
        source.close()
        one.read(reads=True)
        async with running(one.url, program=PROGRAM) as proxy:
            source = Source((proxy.host, proxy.port))
            await source.send(stream(lines[safe:]))
            said = await source.end()
            source.close()
    assert int(said.split()[-1]) == len(lines) - safe
    assert set(one.lines) == set(lines)


async def everything(source: Source) -> bytes:
    """What it is told before the connection breaks, but for a number that is cut."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while piece := await asyncio.get_running_loop().sock_recv(source.sock, 65_536):
            said += piece
    return said[: said.rfind(b"\n") + 1]


async def test_6_a_stop_ends_when_nobody_is_there() -> None:
    """Window 6: with all upstreams down, a stop waits for ever."""
    with upstreams(2) as them:
        target = Target([each.url for each in them])
        for each in them:
            each.kill()
        proxy = LineProxy(target, **QUICK)
        async with served(proxy, target, grace=0.1) as it:
            with it.source() as source:
                await source.send(stream(numbered(1000, 60)))
                await until(lambda: proxy.lines.accepted == 1000)
                watch = Watch()
                assert (await it.end()).args == (1000,)
                assert 0.1 <= watch.took < 1
    assert proxy.lines.dropped == {"stopped": 1000}


async def test_7_a_line_without_an_end_takes_no_room() -> None:
    """Window 7: a line that never ends is kept, and grows."""
    most = 65_536
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, max_line=most)
        async with served(proxy, target) as it:
            with it.source() as source:
                piece = b"x" * 32_768
                await source.send(b"before\n", piece)
                tracemalloc.start()
                for _ in range(256):
                    await source.send(piece)
                _, peak = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                await source.send(b"\nbehind\n")
                await source.end()
            await one.until(lambda: len(one.lines) == 2)
            await settled(proxy, 3)
    assert one.lines == [b"before", b"behind"]
    assert proxy.lines.dropped == {"too long": 1}
    assert peak < 8 * most


def dead_end(upstream: LineUpstream, stack: contextlib.ExitStack) -> None:
    """Has connections to where an upstream was neither stand nor fail."""
    sock = stack.enter_context(socket.socket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", upstream.port))
    sock.listen(0)
    for _ in range(3):
        filler = stack.enter_context(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(sock.getsockname())


async def test_8_who_looks_whether_home_is_back_holds_no_lines() -> None:
    """Window 8: a batch waits while the dead home is dialed."""
    with upstreams(2) as (home, other), contextlib.ExitStack() as stack:
        target = Target([home.url, other.url])
        proxy = LineProxy(target, connections=1, order="connection", connect=60, **QUICK)
        async with served(proxy, target) as it:
            source = stack.enter_context(it.source())
            await source.send(b"at home\n")
            await home.until(lambda: home.lines == [b"at home"])
            home.kill()
            await other.until(lambda: len(other.open) == 2)
            dead_end(home, stack)
            await until(lambda: connected(target) == [1, 2])  # home is being dialed
            watch = Watch()
            lines = numbered(100, 50)
            for line in lines:
                await source.send(stream([line]))
            await other.until(lambda: other.lines == lines)
            assert watch.took < 1
            assert connected(target) == [1, 2]

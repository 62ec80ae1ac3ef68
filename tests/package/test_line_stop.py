"""The stop of a LineProxy, in each of its phases."""

import asyncio
import socket
from collections import Counter

import pytest

from reverseproxy import LineProxy, Target
from tests.chapter_19.line_upstream import upstreams
from tests.package.line_served import QUICK, Watch, near, served, settled
from tests.package.tcp_served import until

pytestmark = pytest.mark.usefixtures(near.__name__)

LINES = [b"%05d" % number for number in range(10_000)]
STREAM = b"".join(line + b"\n" for line in LINES)


async def test_what_waits_is_delivered_before_the_end() -> None:
    with upstreams(1) as (one,):
        one.kill()
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target) as it:
            await it.takes(STREAM[:6000])
            ending = asyncio.ensure_future(it.end())
            await asyncio.sleep(0.05)
            assert not ending.done()
            with pytest.raises(ConnectionRefusedError):
                it.source().__enter__()
            one.start()
            assert (await ending).args == ()
        await one.until(lambda: len(one.lines) == 1000)
    assert proxy.lines == (1000, 1000, 0, 0, {})


@pytest.mark.parametrize("cancels", [1, 2, 3])
@pytest.mark.parametrize("grace", [0.0, 0.1, 60.0])
async def test_what_cannot_be_delivered_is_counted(grace: float, cancels: int) -> None:
    if grace > 1 and cancels == 1:
        pytest.skip("that is what the grace period is for")
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=2, **QUICK)
        async with served(proxy, target, grace=grace) as it:
            with it.source() as source:
                await source.fill(b"x" * 99 + b"\n")
                watch = Watch()
                (left,) = (await it.end(cancels)).args
                assert watch.took < 1
        lines = proxy.lines
        assert lines.unconfirmed > 0
        assert left == lines.unconfirmed + lines.dropped["stopped"]
        assert lines.missing == lines.pending == 0


@pytest.mark.parametrize("turns", range(6))
async def test_another_cancel_at_any_moment(turns: int) -> None:
    """Lines wait, are on their way, and come: the sum holds, and no lease is left."""
    with upstreams(2) as (one, two):
        two.read(reads=False)
        target = Target([one.url, two.url])
        proxy = LineProxy(target, connections=2, **QUICK)
        async with served(proxy, target, grace=0.05) as it:
            with it.source() as source:
                sending = asyncio.ensure_future(source.send(STREAM * 10))
                await until(lambda: proxy.lines.accepted > 1000)
                for _ in range(3):
                    it.task.cancel()
                    for _ in range(turns):
                        await asyncio.sleep(0)
                await asyncio.wait([it.task])
                assert proxy.lines.missing == proxy.lines.pending == 0
                sending.cancel()


@pytest.mark.parametrize("grace", [0.0, 5.0])
async def test_who_waits_outside_is_let_in_and_counted(grace: float) -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, max_connections=1)
        async with served(proxy, target, grace=grace) as it:
            with it.source() as inside, it.source() as outside:
                await inside.send(b"inside\n")
                await one.until(lambda: one.lines == [b"inside"])
                await outside.send(b"outside\nhalf")
                await it.end()
    assert proxy.lines.accepted == 3
    assert proxy.lines.dropped["unfinished"] == 1
    assert proxy.lines.delivered == 2
    assert one.lines == [b"inside", b"outside"]


async def test_stopped_before_anybody_came() -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        async with served(LineProxy(target), target) as it:
            assert (await it.end()).args == ()


async def test_stopped_while_it_dials() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as sock:
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
        target = Target(f"tcp://127.0.0.1:{sock.getsockname()[1]}")
        proxy = LineProxy(target, connections=2)
        async with served(proxy, target, grace=0.1) as it:
            await until(lambda: target.upstreams[0].in_flight == 2)
            await it.takes(b"line\n")
            assert (await it.end()).args == (1,)
        for filler in fillers:
            filler.close()


async def test_a_stop_between_two_connections_of_a_worker() -> None:
    """It is away from home, and home is back: the stop finds both connections."""
    with upstreams(2) as (home, other):
        home.kill()
        target = Target([home.url, other.url])
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target, grace=0) as it:
            await other.until(lambda: len(other.open) == 2)
            other.read(reads=False)
            with it.source() as source:
                await source.fill(b"x" * 99 + b"\n")
                home.start()
                await home.until(lambda: len(home.open) == 1)
                (left,) = (await it.end()).args
    assert left == proxy.lines.unconfirmed + proxy.lines.dropped["stopped"]


@pytest.mark.parametrize("grace", [0.0, 5.0])
async def test_a_client_that_is_told_hears_all_of_it_before_the_end(grace: float) -> None:
    with upstreams(1, acknowledges=grace > 0) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, delivery="acknowledged", acknowledge=True, **QUICK)
        async with served(proxy, target, grace=grace) as it:
            with it.source() as source:
                await source.send(STREAM, b"half")
                await one.until(lambda: Counter(one.lines) == Counter(LINES))
                ending = asyncio.ensure_future(it.end())
                try:
                    said = await source.hears()
                except ConnectionResetError:
                    said = b""
                await ending
    if grace:
        assert said.splitlines()[-1] == b"ACK 10000"
        assert proxy.lines == (10_001, 10_000, 0, 0, {"unfinished": 1})
    else:
        assert said == b""
        assert proxy.lines == (10_001, 0, 0, 10_000, {"unfinished": 1})


async def test_who_is_told_waits_at_its_end() -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, delivery="acknowledged", acknowledge=True, max_line=10, **QUICK)
        async with served(proxy, target) as it:
            with it.source() as source:
                await source.send(b"one\ntwo\n" + b"x" * 20 + b"\nlast")
                ends = asyncio.ensure_future(source.end())
                await one.until(lambda: len(one.lines) == 3)
                assert not ends.done()
                for each in one.open:
                    each.say(b"ACK %d\n" % len(each.lines))
                assert (await ends).splitlines()[-1] == b"ACK 4"
            await settled(proxy, 4)
    assert proxy.lines == (4, 3, 0, 0, {"too long": 1})

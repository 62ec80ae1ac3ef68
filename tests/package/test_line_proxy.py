"""What a LineProxy does with lines, and what it can be told."""

import asyncio
import resource
import socket
from typing import Any

import pytest

from reverseproxy import ConfigurationError, LineProxy, Target
from reverseproxy.tcp import door
from tests.chapter_19.line_upstream import upstreams
from tests.package.line_served import QUICK, connected, near, poller, served, settled
from tests.package.tcp_served import until
from tests.support.loopback import closed_port

pytestmark = pytest.mark.usefixtures(poller.__name__, near.__name__)

NOWHERE = "tcp://127.0.0.1:1"

ODD = [b"", b"\0\0", b"crlf\r", b"\r", b"caf\xc3\xa9", b"\xff\xfe", b" ", b"x" * 40_000, b"end"]
"""Lines of which none is like another."""


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_lines_come_in_any_pieces_and_go_as_they_are(size: int) -> None:
    odd = [line for line in ODD if size > 1 or len(line) < 100]
    data = b"\n".join(odd)
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1)
        async with served(proxy, target) as it:
            with it.source() as source:
                source.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for start in range(0, len(data), size):
                    await source.send(data[start : start + size])
                    if len(data) < 1000:
                        await asyncio.sleep(0)
                assert await source.end() == b""
            await one.until(lambda: len(one.lines) == len(odd))
            await settled(proxy, len(odd))
    assert one.lines == odd


@pytest.mark.parametrize("most", [1, 2, 10, 20_000])
async def test_lines_that_are_too_long_harm_no_others(most: int) -> None:
    whole = b"x" * (most - 1)
    lines = [b"", whole, whole + b"x", whole, b"x" * 50_000, b"", whole + b"xx", whole]
    good = [line for line in lines if len(line) < most]
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, max_line=most)
        async with served(proxy, target) as it:
            await it.takes(b"".join(line + b"\n" for line in lines), b"x" * most)
            await one.until(lambda: len(one.lines) == len(good))
            await settled(proxy, len(lines) + 1)
    assert one.lines == good
    assert proxy.lines.dropped == {"too long": 4}


@pytest.mark.parametrize("connections", [1, 3])
async def test_connections_to_each_upstream_by_its_weight(connections: int) -> None:
    with upstreams(3) as them:
        weights = dict(zip((each.url for each in them), (1, 2, 0), strict=True))
        target = Target(weights)
        proxy = LineProxy(target, connections=connections)
        async with served(proxy, target):
            await until(lambda: connected(target) == [connections, 2 * connections, 0])


async def test_every_line_is_delivered_once_whoever_sent_it() -> None:
    with upstreams(3) as them:
        target = Target([each.url for each in them])
        proxy = LineProxy(target, connections=2)
        names = [b"%d" % number for number in range(20)]
        sent = [[b"%b-%d" % (name, number) for number in range(500)] for name in names]
        async with served(proxy, target) as it, asyncio.TaskGroup() as group:
            for lines in sent:
                group.create_task(it.takes(b"\n".join(lines)))
        received = [line for each in them for line in each.lines]
        assert sorted(received) == sorted(line for lines in sent for line in lines)
        assert all(each.lines for each in them)
    assert proxy.lines == (10_000, 10_000, 0, 0, {})


async def test_lines_of_a_client_stay_in_order_from_home_to_another_and_back() -> None:
    with upstreams(2) as (home, other):
        target = Target([home.url, other.url])
        proxy = LineProxy(target, connections=1, order="connection", **QUICK)
        lines = [b"%05d" % number for number in range(3000)]
        async with served(proxy, target) as it:
            with it.source() as source:
                await source.send(b"".join(line + b"\n" for line in lines[:1000]))
                await home.until(lambda: len(home.lines) == 1000)
                home.kill(reset=False)
                await source.send(b"".join(line + b"\n" for line in lines[1000:2000]))
                await other.until(lambda: len(other.lines) == 1000)
                home.start()
                await until(lambda: connected(target) == [1, 1])
                await source.send(b"".join(line + b"\n" for line in lines[2000:]))
                await home.until(lambda: len(home.lines) == 2000)
            await settled(proxy, 3000)
        assert home.lines == lines[:1000] + lines[2000:]
        assert other.lines == lines[1000:2000]
    assert proxy.lines.unconfirmed == 0


async def test_a_client_that_floods_leaves_room_for_others() -> None:
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1)
        async with served(proxy, target) as it:
            with it.source() as floods, it.source() as other:
                flood = asyncio.ensure_future(floods.send(b"flood\n" * 3_000_000))
                await until(lambda: proxy.lines.pending > 5000)
                await other.send(b"other\n")
                one.read(reads=True)
                await one.until(lambda: b"other" in one.lines)
                assert not flood.done()
                flood.cancel()
                floods.close(reset=True)


async def test_nobody_is_forgotten_when_there_is_room_again() -> None:
    """Half a line is nothing to put into the queue: then it is somebody else's turn at once."""
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, max_line=100_000)
        async with served(proxy, target) as it:
            sources = [it.source() for _ in range(500)]
            clients = [source.__enter__() for source in sources]
            await clients[0].fill(b"x" * 999 + b"\n")
            for number, client in enumerate(clients[1:]):
                await client.send(b"%d" % number)
            await asyncio.sleep(0.05)
            one.read(reads=True)
            await until(lambda: proxy.lines.pending == 0)
            await clients[-1].send(b"\n")
            await one.until(lambda: b"498" in one.lines)
            clients[0].close(reset=True)
            for source in sources:
                source.__exit__(None, None, None)


async def test_what_waits_is_bounded() -> None:
    with upstreams(1, reads=False) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1)
        async with served(proxy, target, grace=0) as it:
            with it.source() as source:
                await source.fill(b"x" * 999 + b"\n")
                waiting = proxy.lines.pending * 1000
                assert waiting < 1_000_000  # two batches, and what our kernel holds
                source.close(reset=True)


async def test_clients_wait_outside_while_there_is_no_room() -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target, connections=1, max_connections=2)
        async with served(proxy, target) as it:
            with it.source() as first, it.source() as second, it.source() as third:
                for number, source in enumerate((first, second, third)):
                    await source.send(b"%d\n" % number)
                await one.until(lambda: len(one.lines) == 2)
                await asyncio.sleep(0.02)
                assert one.lines == [b"0", b"1"]
                first.close()
                await one.until(lambda: one.lines == [b"0", b"1", b"2"])
                second.close()
                third.close()


async def test_no_descriptor_is_left_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "PAUSE", 0.01)
    with upstreams(2) as (one, two):
        two.kill()
        target = Target([one.url, two.url])
        proxy = LineProxy(target, connections=1, **QUICK)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        async with served(proxy, target) as it:
            await one.until(lambda: len(one.open) == 2)
            source = it.source()
            with socket.socket() as last, source as client:
                resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
                try:
                    await client.send(b"wait\n")
                    await asyncio.sleep(0.05)
                    assert not one.lines
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                await one.until(lambda: one.lines == [b"wait"])


async def test_a_second_proxy_in_this_loop_has_lines_of_its_own() -> None:
    with upstreams(2) as (one, two):
        first, second = Target(one.url), Target(two.url)
        proxies = LineProxy(first), LineProxy(second)
        async with served(proxies[0], first) as left, served(proxies[1], second) as right:
            await left.takes(b"left\n")
            await right.takes(b"right\n")
        assert (one.lines, two.lines) == ([b"left"], [b"right"])


async def test_served_again_after_a_stop_it_counts_on() -> None:
    with upstreams(1) as (one,):
        target = Target(one.url)
        proxy = LineProxy(target)
        for count in (1, 2):
            async with served(proxy, target) as it:
                await it.takes(b"line\n")
            assert len(one.lines) == proxy.lines.delivered == count


def bad(key: str, value: object, allowed: str, **more: Any) -> Any:
    """An option that cannot be, and what it can be."""
    return pytest.param({key: value, **more}, key, value, allowed, id=f"{key}={value}")


@pytest.mark.parametrize(
    ("options", "key", "value", "allowed"),
    [
        bad("connections", 0, "from 1 to 1024"),
        bad("connections", 1.5, "whole number"),
        bad("connections", True, "whole number"),
        bad("connect", 0, "from 0.001 to 86400"),
        bad("write", "30", "from 0.1 to 86400"),
        bad("first_pause", 0, "from 0.001 to 86400"),
        bad("longest_pause", 1, "from 2 to 86400"),
        bad("failback", -1, "from 0.01"),
        bad("max_line", 0, "from 1 to 1073741824"),
        bad("max_line", None, "whole number"),
        bad("order", "client", "none, connection"),
        bad("delivery", "exactly-once", "sent, acknowledged"),
        bad("receive_buffer", -1, "from 0"),
        bad("window", 0, "from 1 to 1073741824", delivery="acknowledged"),
        bad("acknowledge", True, 'needs delivery="acknowledged" or a store'),
        bad("max_connections", 0, "from 1"),
        bad("max_connections", 10**7, "is at most"),
        bad("max_probe_rate", 0, "from 0.1"),
    ],
)
def test_an_option_that_cannot_be(
    options: dict[str, Any], key: str, value: object, allowed: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        LineProxy(Target(NOWHERE), **options)
    assert (caught.value.key, caught.value.value) == (key, value)
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (Target("http://127.0.0.1:1"), "upstream"),
        (Target("tcp://127.0.0.1:1/path"), "upstream"),
        (Target(NOWHERE, policy="ring"), "key"),
    ],
)
def test_a_target_that_cannot_be(target: Target, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        LineProxy(target)
    assert caught.value.key == key


async def test_a_place_that_cannot_be() -> None:
    proxy = LineProxy(Target(NOWHERE))
    with pytest.raises(ConfigurationError, match="listen"):
        await proxy.serve(listen=f"192.0.2.1:{closed_port()}")
    with pytest.raises(ConfigurationError, match="grace"):
        await proxy.serve(grace=-1)

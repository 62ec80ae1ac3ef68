"""Clients that send datagrams, and the upstreams that they get."""

import asyncio
import contextlib
import os
import resource
from random import Random
from typing import Any

import pytest

from reverseproxy import ConfigurationError, DatagramCounts, ReverseProxy, TcpProxy, UdpProxy
from reverseproxy.keys import Key
from reverseproxy.target import Target
from reverseproxy.udp import serving
from reverseproxy.udp.counts import Drop
from reverseproxy.udp.listener import Listener
from reverseproxy.udp.talk import key_of
from tests.chapter_15.coming_in import Watching
from tests.package.udp_served import (
    Client,
    Served,
    answering,
    bound,
    in_flight,
    proxied,
    served,
    udp_poller,
    until,
)

pytestmark = pytest.mark.usefixtures(udp_poller.__name__)

POLICIES = ["round-robin", "random", "first", "least-conn", "p2c", "ring", "maglev", "bounded"]


@pytest.mark.parametrize("policy", POLICIES)
async def test_every_policy_balances_sessions(policy: str) -> None:
    async with answering() as one, answering() as two, proxied([one, two], policy) as proxy:
        for _ in range(10):
            await proxy.client().asks(b"rose")
        assert one.sessions + two.sessions == len(one.heard) + len(two.heard) == 10
        assert in_flight(proxy) == 10
        if policy in ("round-robin", "least-conn"):
            assert one.sessions == 5
        if policy in ("first", "ring", "maglev"):
            assert 10 in (one.sessions, two.sessions)
    assert in_flight(proxy) == 0


async def test_a_session_stays_with_its_upstream_and_is_its_own() -> None:
    async with answering(b"1 ") as one, answering(b"2 ") as two, proxied([one, two]) as proxy:
        clients = [proxy.client() for _ in range(4)]
        first = [await client.asks(b"rose") for client in clients]
        assert sorted(first) == [b"1 rose", b"1 rose", b"2 rose", b"2 rose"]
        for _ in range(3):
            assert [await client.asks(b"rose") for client in clients] == first
        assert one.sessions == two.sessions == 2
        assert proxy.proxy.counts == DatagramCounts(sent=16, answered=16, sessions=4)


@pytest.mark.parametrize("policy", ["ring", "maglev"])
@pytest.mark.parametrize("key", ["address", "address-port"])
async def test_two_proxies_send_the_same_client_to_the_same_upstream(policy: str, key: str) -> None:
    settings: dict[str, Any] = {"policy": policy, "target": {"key": key}}
    async with contextlib.AsyncExitStack() as stack:
        them = [await stack.enter_async_context(answering(b"%d " % n)) for n in range(5)]
        proxies = [await stack.enter_async_context(proxied(them, **settings)) for _ in range(2)]
        found = set()
        for number in range(1, 9):
            client = proxies[0].client(source=f"127.0.0.{number}")
            mine = await client.asks(b"rose")
            client.sock.connect(proxies[1].address)  # the same address and port
            assert await client.asks(b"rose") == mine
            found.add(mine)
        assert len(found) > 1


@pytest.mark.parametrize(("key", "count"), [("address", 1), ("address-port", 5)])
async def test_what_a_client_is_known_by(key: str, count: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        them = [await stack.enter_async_context(answering()) for _ in range(5)]
        proxy = await stack.enter_async_context(proxied(them, "maglev", target={"key": key}))
        for _ in range(60):
            await proxy.client().asks(b"rose")
        assert sum(bool(each.heard) for each in them) == count


@pytest.mark.parametrize("size", [0, 1, 1472, 9000, 65_507])
async def test_a_datagram_stays_what_it_is(size: int) -> None:
    async with answering(b"") as one, proxied([one]) as proxy:
        data = os.urandom(size)
        assert await proxy.client().asks(data) == data
        assert [heard for heard, _ in one.heard] == [data]


async def test_many_datagrams_at_once_are_neither_joined_nor_reordered() -> None:
    async with answering(b"") as one, proxied([one]) as proxy:
        client = proxy.client()
        sent = [b"%d" % number * (number % 7) for number in range(100)]
        for data in sent:
            client.sock.send(data)
        assert [await client.hears() for _ in sent] == sent
        assert one.sessions == 1


async def test_upstreams_may_say_more_than_they_were_asked() -> None:
    async with answering(times=50) as one, proxied([one]) as proxy:
        client = proxy.client()
        for _ in range(3):
            client.sock.send(b"rose")
        assert {await client.hears() for _ in range(150)} == {b"one rose"}
        assert one.sessions == 1


async def test_what_is_too_large_for_the_way_is_dropped_and_counted() -> None:
    async with answering() as one, proxied([one], sock=bound("::1")) as proxy:
        client = proxy.client()
        client.sock.send(b"x" * 65_520)  # IPv6 has 20 bytes more than IPv4
        assert await client.asks(b"rose") == b"one rose"
        assert proxy.proxy.counts.dropped == {Drop.TOO_LARGE: 1}
        assert proxy.proxy.counts.sessions == 1
    async with (
        answering(b"x" * 20, address=("::1", 0)) as six,
        proxied([six]) as proxy,
    ):
        client = proxy.client()
        client.sock.send(b"x" * 65_500)
        assert await client.asks(b"") == b"x" * 20
        assert proxy.proxy.counts.dropped == {Drop.TOO_LARGE: 1}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (BlockingIOError(11, "again"), Drop.NO_ROOM),
        (OSError(22, "invalid"), Drop.UNDELIVERABLE),
        (OSError(90, "message too long"), Drop.TOO_LARGE),
    ],
)
async def test_an_answer_that_does_not_get_out_is_counted_and_harms_nobody(
    error: OSError, why: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    async with answering() as one, proxied([one]) as proxy:
        client = proxy.client()
        with monkeypatch.context() as patch:
            patch.setattr(Listener, "send", fails)
            client.sock.send(b"rose")
            await until(lambda: proxy.proxy.counts.dropped)
        assert proxy.proxy.counts.dropped == {why: 1}
        assert await client.asks(b"rose") == b"one rose"
        assert one.sessions == 1


async def test_a_session_that_is_idle_ends_and_one_that_is_not_does_not() -> None:
    async with answering() as one, proxied([one], idle=0.1) as proxy:
        quiet, busy = proxy.client(), proxy.client()
        await quiet.asks(b"rose")
        await busy.asks(b"rose")
        while in_flight(proxy) > 1:
            await busy.asks(b"rose")
        assert proxy.proxy.counts.sessions == 2
        await quiet.asks(b"rose")
        assert proxy.proxy.counts.sessions == 3


async def test_one_answer_ends_a_session_if_that_is_all_there_is() -> None:
    async with answering() as one, proxied([one], responses=1) as proxy:
        client = proxy.client()
        for _ in range(3):
            await client.asks(b"rose")
            assert in_flight(proxy) == 0
        assert proxy.proxy.counts.sessions == 3


async def test_three_questions_at_once_have_three_answers() -> None:
    async with answering() as one, proxied([one], responses=1) as proxy:
        client = proxy.client()
        for number in range(3):
            client.sock.send(b"%d" % number)
        assert [await client.hears() for _ in range(3)] == [b"one 0", b"one 1", b"one 2"]
        await until(lambda: not in_flight(proxy))
        assert one.sessions == 1


async def test_a_flood_does_not_push_out_who_has_had_an_answer() -> None:
    async with answering() as one, proxied([one], max_sessions=8) as proxy:
        real = [proxy.client() for _ in range(4)]
        for client in real:
            await client.asks(b"rose")
        before = [source for _, source in one.heard]
        one.times = 0
        for _ in range(60):
            proxy.client(source="127.0.0.2").sock.send(b"flood")
        await until(lambda: len(one.heard) == 64)
        one.times = 1
        one.heard.clear()
        for client in real:
            await client.asks(b"rose")
        assert [source for _, source in one.heard] == before, "they have the sockets they had"
        assert in_flight(proxy) == 8
        assert proxy.proxy.counts.evicted == 56


async def test_health_hears_of_the_first_answer_and_not_of_silence() -> None:
    watching = Watching()
    async with answering() as one:
        settings: dict[str, Any] = {"target": {"health": [watching]}}
        async with proxied([one], **settings) as proxy:
            client = proxy.client()
            await client.asks(b"rose")
            assert watching.heard == [("success", one.url)], "at once, for it may go on for hours"
            await client.asks(b"rose")
            assert len(watching.heard) == 1
            one.times = 0
            proxy.client().sock.send(b"rose")
            await until(lambda: in_flight(proxy) == 2)
    assert [how for how, _ in watching.heard] == ["success", "abandoned", "abandoned"]


@pytest.mark.parametrize(("responses", "heard"), [(1, ["success"]), (2, ["success", "abandoned"])])
async def test_a_session_that_ends_with_its_first_answer_is_one_success(
    responses: int, heard: list[str]
) -> None:
    watching = Watching()
    async with (
        answering(times=responses) as one,
        proxied([one], responses=responses, target={"health": [watching]}) as proxy,
    ):
        await proxy.client().asks(b"rose")
        await until(lambda: not in_flight(proxy))
    assert [how for how, _ in watching.heard] == heard


async def test_an_upstream_that_drains_keeps_its_sessions_and_gets_no_others() -> None:
    async with answering(b"1 ") as one, answering(b"2 ") as two, proxied([one, two]) as proxy:
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        proxy.proxy._target.set_state(one.url, "drain")
        assert await client.asks(b"rose") == b"1 rose"
        for _ in range(3):
            assert await proxy.client().asks(b"rose") == b"2 rose"


async def test_an_upstream_in_maintenance_is_left() -> None:
    async with answering(b"1 ") as one, answering(b"2 ") as two, proxied([one, two]) as proxy:
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        proxy.proxy._target.set_state(one.url, "maint")
        assert await client.asks(b"rose") == b"2 rose"
        assert proxy.proxy._target.upstreams[0].in_flight == 0
        proxy.proxy._target.set_state(one.url, "ready")
        assert await client.asks(b"rose") == b"2 rose", "it has another one now"


async def test_without_an_upstream_there_is_no_session(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TICK", 0.01)
    async with answering() as one, proxied([one]) as proxy:
        proxy.proxy._target.set_state(one.url, "maint")
        client = proxy.client()
        client.sock.send(b"rose")
        await until(lambda: proxy.proxy.counts.dropped)
        assert proxy.proxy.counts.dropped == {Drop.NO_UPSTREAM: 1}
        assert proxy.proxy.counts.sessions == 0
        await until(lambda: "dropped so far: 1 (no upstream was available)" in caplog.text)
        proxy.proxy._target.set_state(one.url, "ready")
        assert await client.asks(b"rose") == b"one rose"


async def test_a_policy_that_raises_costs_one_datagram() -> None:
    class Broken:
        """A policy that fails the first time."""

        def __init__(self) -> None:
            self.fails = True

        def select(self, upstreams: Any, accepts: object) -> Any:
            """Fails."""
            if self.fails:
                self.fails = False
                raise ZeroDivisionError("a policy of somebody's own")
            return upstreams[0]

    async with answering() as one, answering() as two:
        proxy = UdpProxy(Target([one.url, two.url], policy=Broken()))
        async with served(proxy, raises=True) as it:
            client = it.client()
            client.sock.send(b"lost")
            assert await client.asks(b"rose") == b"one rose"
            assert proxy.counts.dropped == {Drop.BROKEN: 1}


async def test_no_descriptor_is_left_for_a_while() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with answering() as one, proxied([one]) as proxy:
        first, second = proxy.client(), proxy.client()
        await first.asks(b"rose")
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            second.sock.send(b"rose")
            await until(lambda: proxy.proxy.counts.dropped)
            assert await first.asks(b"rose") == b"one rose"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert proxy.proxy.counts.dropped == {Drop.NOTHING_LEFT: 1}
        assert await second.asks(b"rose") == b"one rose"
        assert in_flight(proxy) == 2


async def test_a_crowd_of_clients_that_come_and_go() -> None:
    chance = Random(21)

    async def visit(proxy: Served) -> None:
        client: Client = proxy.client()
        for number in range(chance.randrange(1, 6)):
            assert (await client.asks(b"%d" % number)).endswith(b"%d" % number)

    async with (
        answering(b"1") as one,
        answering(b"2") as two,
        proxied([one, two], "p2c", idle=5.0) as proxy,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(100):
            group.create_task(visit(proxy))


@pytest.mark.parametrize(
    ("upstream", "settings", "why"),
    [
        ("http://127.0.0.1:1", {}, "udp://"),
        ("tcp://127.0.0.1:1", {}, "udp://"),
        ("udp://127.0.0.1:1/path", {}, "udp://"),
        ("udp://127.0.0.1", {}, "port"),
        ("udp://127.0.0.1:1", {"idle": 0}, "idle"),
        ("udp://127.0.0.1:1", {"responses": 0}, "responses"),
        ("udp://127.0.0.1:1", {"responses": 1.5}, "responses"),
        ("udp://127.0.0.1:1", {"max_sessions": 0}, "max_sessions"),
        ("udp://127.0.0.1:1", {"max_sessions": 65_536}, "here, for"),
        ("udp://127.0.0.1:1", {"max_probe_rate": 0}, "max_probe_rate"),
    ],
)
def test_what_cannot_be_is_said_at_once(upstream: str, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        UdpProxy(Target([upstream]), **settings)


def test_a_key_is_an_address_and_perhaps_a_port() -> None:
    with pytest.raises(ConfigurationError, match="address-port"):
        UdpProxy(Target(["udp://127.0.0.1:1"], policy="ring", key="path"))
    with pytest.raises(ConfigurationError, match="connections"):
        TcpProxy(Target(["tcp://127.0.0.1:1"], policy="ring", key="address-port"))
    with pytest.raises(ConfigurationError, match="datagrams"):
        ReverseProxy().add_target("http://127.0.0.1:1", policy="ring", key="address-port")


def test_a_key_is_the_same_text_for_ever() -> None:
    both = Key("address-port")
    assert key_of(("192.0.2.7", 5353), None) == b""
    assert key_of(("192.0.2.7", 5353), Key("address")) == b"192.0.2.7"
    assert key_of(("::ffff:192.0.2.7", 5353, 0, 0), Key("address")) == b"192.0.2.7"
    assert key_of(("192.0.2.7", 5353), both) == b"192.0.2.7:5353"
    assert key_of(("fe80::7%lo", 5353, 0, 1), both) == b"fe80::7:5353"
    assert key_of(("127.0.0.1", 12345), both) != key_of(("127.0.0.11", 2345), both)


def test_datagrams_are_for_nobody_else() -> None:
    with pytest.raises(ConfigurationError, match="tcp://"):
        TcpProxy(Target(["udp://127.0.0.1:1"]))
    with pytest.raises(ConfigurationError, match="http://"):
        ReverseProxy().add_target("udp://127.0.0.1:1")

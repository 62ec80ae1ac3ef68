"""Upstreams that are not there, and names that lead to several places."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from math import inf
from time import monotonic
from typing import Any

import pytest

from reverseproxy import PassiveHealth
from reverseproxy.errors import ConnectFailed, NothingLeft
from reverseproxy.tcp import names
from reverseproxy.udp import addresses
from reverseproxy.udp.addresses import Addresses
from reverseproxy.udp.counts import Drop
from reverseproxy.udp.talk import connected, meaning
from reverseproxy.upstream import Upstream
from tests.chapter_15.coming_in import Watching
from tests.package.udp_served import (
    Answering,
    Served,
    answering,
    closed_udp_port,
    in_flight,
    lost,
    proxied,
    refusing,
    udp_poller,
    until,
)

pytestmark = pytest.mark.usefixtures(udp_poller.__name__)


def nobody() -> str:
    """Where nobody listens."""
    return f"udp://127.0.0.1:{closed_udp_port()}"


async def test_a_session_leaves_at_once_who_is_not_there() -> None:
    watching = Watching()
    dead = nobody()
    async with answering() as one:
        settings: dict[str, Any] = {"policy": "first", "target": {"health": [watching]}}
        async with proxied([dead, one], **settings) as proxy:
            client = proxy.client()
            client.sock.send(b"lost")
            await until(lambda: watching.heard)
            assert watching.heard == [("failure", dead)]
            assert in_flight(proxy) == 0
            assert await client.asks(b"rose") == b"one rose"
            assert proxy.proxy.counts.dropped == {Drop.REFUSED: 1}
            assert proxy.proxy.counts.sessions == 1, "it is the same session"


async def test_each_that_refuses_is_passed_until_one_answers() -> None:
    async with answering() as one:
        settings: dict[str, Any] = {"policy": "first", "target": {"health": []}}
        async with proxied([nobody(), nobody(), nobody(), one], **settings) as proxy:
            client = proxy.client()
            for count in range(1, 4):
                client.sock.send(b"lost")
                await lost(proxy, count)
            assert await client.asks(b"rose") == b"one rose"


async def test_who_has_refused_is_asked_again_when_there_is_nobody_else() -> None:
    watching = Watching()
    them = [nobody(), nobody()]
    async with proxied(them, "first", target={"health": [watching]}) as proxy:
        client = proxy.client()
        for count in range(1, 6):
            client.sock.send(b"lost")
            await lost(proxy, count)
        assert in_flight(proxy) == 0
    assert [where for _, where in watching.heard] == [*them, *them, them[0]], "in turns"


async def test_an_answer_lets_bygones_be_bygones() -> None:
    """Who refused before the last answer may be selected again, should that one refuse as well."""
    held = refusing()
    port = held.getsockname()[1]
    async with answering(b"2 ") as two, answering(b"3 ") as three:
        settings: dict[str, Any] = {"policy": "first", "target": {"health": []}}
        async with proxied([f"udp://127.0.0.1:{port}", two, three], **settings) as proxy:
            client = proxy.client()
            client.sock.send(b"lost")
            await lost(proxy, 1)
            assert await client.asks(b"rose") == b"2 rose"
            held.close()
            async with answering(b"1 ", address=("127.0.0.1", port)):
                two.leave()
                client.sock.send(b"lost")
                await lost(proxy, 2)
                assert await client.asks(b"rose") == b"1 rose"


async def test_a_session_does_not_go_back() -> None:
    held = refusing()
    port = held.getsockname()[1]
    async with answering(b"2 ") as two:
        settings: dict[str, Any] = {"policy": "first", "target": {"health": []}}
        async with proxied([f"udp://127.0.0.1:{port}", two], **settings) as proxy:
            client = proxy.client()
            client.sock.send(b"lost")
            await until(lambda: proxy.proxy.counts.dropped)
            assert await client.asks(b"rose") == b"2 rose"
            held.close()
            async with answering(b"1 ", address=("127.0.0.1", port)):
                assert await proxy.client().asks(b"rose") == b"1 rose"
                assert await client.asks(b"rose") == b"2 rose"


async def test_a_restart_between_two_datagrams_costs_no_datagram() -> None:
    """The refusal is told at the next send, which then goes to another upstream."""
    async with (
        answering(b"1 ") as one,
        answering(b"2 ") as two,
        proxied([one, two], "first", responses=1) as proxy,
    ):
        client = proxy.client()
        await client.asks(b"rose")
        one.leave()
        client.sock.send(b"lost")
        client.sock.send(b"rose")
        assert await client.hears("the second goes elsewhere") == b"2 rose"
        await until(lambda: not in_flight(proxy))


async def test_refusals_take_an_upstream_out() -> None:
    dead = nobody()
    health = PassiveHealth(consecutive=3)
    async with (
        answering() as one,
        proxied([dead, one], "first", target={"health": [health]}) as proxy,
    ):
        for count in range(1, 4):
            proxy.client().sock.send(b"lost")
            await lost(proxy, count)
        assert await proxy.client().asks(b"rose") == b"one rose"
        assert proxy.proxy._target.upstreams[0].facts.ejected_until


async def test_the_other_sessions_of_who_was_ejected_lose_nothing() -> None:
    health = PassiveHealth(consecutive=2)
    async with (
        answering(b"1 ") as one,
        answering(b"2 ") as two,
        proxied([one, two], "first", target={"health": [health]}) as proxy,
    ):
        quiet, *them = (proxy.client() for _ in range(3))
        for client in (quiet, *them):
            assert await client.asks(b"rose") == b"1 rose"
        one.leave()
        for count, client in enumerate(them, start=1):
            client.sock.send(b"lost")
            await lost(proxy, count)
        assert await quiet.asks(b"rose", "others were refused often enough") == b"2 rose"


@contextlib.asynccontextmanager
async def due_for_trial(times: int) -> AsyncIterator[tuple[Served, Answering]]:
    """A proxy before two; the first has refused, is back, and gets the next client for a trial."""
    health = PassiveHealth(consecutive=1, ejection=0.1, longest=0.1)
    held = refusing()
    port = held.getsockname()[1]
    async with (
        answering(b"2 ") as two,
        proxied([f"udp://127.0.0.1:{port}", two], "first", target={"health": [health]}) as proxy,
    ):
        proxy.client().sock.send(b"lost")
        await lost(proxy, 1)
        held.close()
        async with answering(b"1 ", times, ("127.0.0.1", port)) as one:
            await until(lambda: is_due(proxy))
            yield proxy, one


def is_due(proxy: Served) -> bool:
    """Whether the time out of the first upstream is over."""
    return (proxy.proxy._target.upstreams[0].facts.ejected_until or 0.0) < monotonic()


async def test_a_session_on_trial_stays_where_it_is() -> None:
    async with due_for_trial(times=0) as (proxy, one):
        client = proxy.client()
        client.sock.send(b"silence")
        await until(lambda: len(one.heard) == 1)
        client.sock.send(b"silence")
        await until(lambda: len(one.heard) == 2)
        one.times = 1
        assert await client.asks(b"rose") == b"1 rose"
        assert one.sessions == 1
        assert proxy.proxy._target.upstreams[0].facts.ejected_until is None


async def test_a_session_that_was_on_trial_leaves_like_any_other() -> None:
    async with due_for_trial(times=1) as (proxy, one):
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        proxy.proxy._target.set_state(one.url, "maint")
        assert await client.asks(b"rose") == b"2 rose"


async def test_a_session_on_trial_leaves_when_another_one_is() -> None:
    async with due_for_trial(times=0) as (proxy, one):
        first, second = proxy.client(), proxy.client()
        first.sock.send(b"silence")
        await until(lambda: len(one.heard) == 1)
        await until(lambda: is_due(proxy))
        second.sock.send(b"silence")
        await until(lambda: len(one.heard) == 2)
        assert await first.asks(b"rose", "its time is over") == b"2 rose"


async def test_who_has_nobody_better_leaves_when_somebody_is() -> None:
    """Both were ejected, and then one of them comes back: not the one that it has been with."""
    async with answering(b"1 ") as one, answering(b"2 ") as two, proxied([one, two]) as proxy:
        first, second = (each.facts for each in proxy.proxy._target.upstreams)
        first.ejected_until = second.ejected_until = inf
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        assert await client.asks(b"rose") == b"1 rose"
        second.ejected_until = None
        assert await client.asks(b"rose", "somebody better is there") == b"2 rose"
        assert one.sessions == 1


async def test_who_has_nobody_better_leaves_for_maintenance_nevertheless() -> None:
    async with answering(b"1 ") as one, answering(b"2 ") as two, proxied([one, two]) as proxy:
        for each in proxy.proxy._target.upstreams:
            each.facts.ejected_until = inf
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        assert await client.asks(b"rose") == b"1 rose"
        proxy.proxy._target.set_state(one.url, "maint")
        assert await client.asks(b"rose") == b"2 rose"


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (ConnectionRefusedError(111, "refused"), Drop.REFUSED),
        (OSError(101, "network is unreachable"), Drop.REFUSED),
        (OSError(113, "no route"), Drop.REFUSED),
        (BlockingIOError(11, "again"), Drop.NO_ROOM),
        (OSError(105, "no buffer space"), Drop.NO_ROOM),
        (OSError(12, "no memory"), Drop.NO_ROOM),
        (OSError(90, "message too long"), Drop.TOO_LARGE),
        (PermissionError(1, "not permitted"), Drop.FORBIDDEN),
    ],
)
def test_what_an_error_means(error: OSError, means: Drop) -> None:
    assert meaning(error) is means


async def test_what_was_too_large_before_costs_no_other_datagram(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A router's word about an earlier datagram is told at the next send, as a refusal is."""
    told = [OSError(90, "message too long")]
    send = socket.socket.send

    def sends(sock: socket.socket, data: bytes | memoryview, *flags: int) -> int:
        if isinstance(data, memoryview) and told:
            raise told.pop()
        return send(sock, data, *flags)

    monkeypatch.setattr(socket.socket, "send", sends)
    async with answering() as one, proxied([one]) as proxy:
        assert await proxy.client().asks(b"rose") == b"one rose"
        assert not told
        assert not proxy.proxy.counts.dropped


def name(monkeypatch: pytest.MonkeyPatch, *places: tuple[str, int]) -> list[object]:
    """Makes any name lead there; returns the questions that were asked."""
    asked: list[object] = []

    async def getaddrinfo(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        if not places:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        families = [socket.AF_INET6 if ":" in place[0] else socket.AF_INET for place in places]
        kind = socket.SOCK_STREAM
        return [(each, kind, 0, "", place) for each, place in zip(families, places, strict=True)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def test_a_name_is_asked_for_before_the_first_datagram(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with answering() as one:
        port = int(one.url.rpartition(":")[2])
        asked = name(monkeypatch, ("127.0.0.1", port))
        async with proxied([f"udp://rose.test:{port}"]) as proxy:
            for _ in range(3):
                assert await proxy.client().asks(b"rose") == b"one rose"
    assert asked == ["rose.test"]


async def test_where_a_name_leads_to_nobody_its_next_address_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with answering() as one:
        port = int(one.url.rpartition(":")[2])
        name(monkeypatch, ("::1", port), ("127.0.0.1", port))
        async with proxied([f"udp://rose.test:{port}"]) as proxy:
            client = proxy.client()
            client.sock.send(b"lost")
            await until(lambda: proxy.proxy.counts.dropped)
            assert await client.asks(b"rose") == b"one rose"
            assert await proxy.client().asks(b"rose") == b"one rose"


async def test_a_name_that_nobody_knows_is_a_failure_and_another_has_a_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name(monkeypatch)
    watching = Watching()
    async with answering() as one:
        settings: dict[str, Any] = {"policy": "first", "target": {"health": [watching]}}
        async with proxied(["udp://rose.test:1", one], **settings) as proxy:
            assert await proxy.client().asks(b"rose") == b"one rose"
    assert watching.heard[0] == ("failure", "udp://rose.test:1")


async def test_a_name_that_leads_elsewhere_does_so_for_new_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (addresses, names):
        monkeypatch.setattr(module, "KEPT", 0.01)
    async with answering(b"1 ") as one, answering(b"2 ") as two:
        name(monkeypatch, one.sock.getsockname())
        async with proxied(["udp://rose.test:53"]) as proxy:
            old = proxy.client()
            assert await old.asks(b"rose") == b"1 rose"
            asked = name(monkeypatch, two.sock.getsockname())
            await until(lambda: len(asked) > 1)
            assert await proxy.client().asks(b"rose") == b"2 rose"
            assert await old.asks(b"rose") == b"1 rose"


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (BlockingIOError(11, "no port is left"), NothingLeft),
        (OSError(105, "no buffer space"), NothingLeft),
        (OSError(101, "network is unreachable"), ConnectFailed),
    ],
)
def test_whose_fault_it_is_that_there_is_no_socket(
    error: OSError, raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(socket.socket):
        """It connects with nobody."""

        def connect(self, _: object) -> None:
            raise error

    monkeypatch.setattr(socket, "socket", Failing)
    with pytest.raises(raised):
        connected((socket.AF_INET, ("127.0.0.1", 1)))


async def test_an_old_address_does_when_there_is_no_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream = Upstream.parse("udp://rose.test:53")
    known = Addresses([upstream])
    with pytest.raises(ConnectFailed):
        known.of(upstream)
    name(monkeypatch, ("192.0.2.1", 53), ("192.0.2.2", 53))
    await known.ask()
    first = known.of(upstream)
    known.refused(upstream, first)
    known.refused(upstream, first)  # by another session: it is the last already
    assert known.of(upstream)[1] == ("192.0.2.2", 53)
    monkeypatch.setattr(addresses, "KEPT", 0.0)
    known._names._known.clear()
    await known.ask()
    assert known.of(upstream)[1] == ("192.0.2.2", 53), "the same addresses: the order stays"
    name(monkeypatch)
    known._names._known.clear()
    await known.ask()
    assert known.of(upstream)[1] == ("192.0.2.2", 53)

"""Active health of upstreams that take datagrams."""

import errno
import os
import socket
from typing import Any

import pytest

from reverseproxy import (
    ActiveHealth,
    ConfigurationError,
    HttpProbe,
    Panic,
    TcpProbe,
    UdpProbe,
    UdpProxy,
)
from reverseproxy.errors import NothingLeft
from reverseproxy.health.active import ProbeFailed
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from tests.package.udp_served import answering, closed_udp_port, proxied, until


async def test_an_answer_passes() -> None:
    async with answering() as one:
        await UdpProbe(b"rose").probe(Upstream.parse(one.url))
        await UdpProbe(b"rose", expect=b"one").probe(Upstream.parse(one.url))
        assert [data for data, _ in one.heard] == [b"rose", b"rose"]


async def test_another_answer_fails() -> None:
    async with answering() as one:
        with pytest.raises(ProbeFailed, match="b'two' is not in the answer"):
            await UdpProbe(b"rose", expect=b"two").probe(Upstream.parse(one.url))


async def test_nobody_fails() -> None:
    upstream = Upstream.parse(f"udp://127.0.0.1:{closed_udp_port()}")
    with pytest.raises(ProbeFailed, match="refused"):
        await UdpProbe(b"rose").probe(upstream)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.EAGAIN])
async def test_our_own_limits_are_no_failure(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """EAGAIN is what Linux says when no port is left."""

    def without_room(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "connect", without_room)
    with pytest.raises(NothingLeft):
        await UdpProbe(b"rose").probe(Upstream.parse("udp://127.0.0.1:9"))


async def test_who_is_silent_or_away_is_down_and_its_sessions_leave() -> None:
    health = ActiveHealth(UdpProbe(b"?"), interval=0.02, timeout=0.02, fall=2, rise=1)
    async with (
        answering(b"1 ") as one,
        answering(b"2 ") as two,
        proxied([one, two], "first", target={"health": [health]}) as proxy,
    ):
        ups = proxy.proxy._target.upstreams
        await until(lambda: [each.facts.is_up for each in ups] == [True, True])
        client = proxy.client()
        assert await client.asks(b"rose") == b"1 rose"
        one.times = 0
        await until(lambda: ups[0].facts.is_up is False)
        assert await client.asks(b"rose") == b"2 rose"
        two.leave()
        await until(lambda: ups[1].facts.is_up is False)


async def test_in_a_panic_a_session_stays_with_who_is_down_and_does_not_change_each_time() -> None:
    health = ActiveHealth(UdpProbe(b"?", expect=b"!"), interval=0.02, timeout=0.02, fall=1)
    settings = {"health": [health, Panic(0.9)]}
    async with (
        answering(b"1 ") as one,
        answering(b"2 ") as two,
        proxied([one, two], target=settings) as proxy,
    ):
        ups = proxy.proxy._target.upstreams
        await until(lambda: [each.facts.is_up for each in ups] == [False, False])
        client = proxy.client()
        assert len({await client.asks(b"rose", "any upstream will do") for _ in range(6)}) == 1
        assert len({source for it in (one, two) for data, source in it.heard if data != b"?"}) == 1


@pytest.mark.parametrize(
    ("send", "expect", "said"),
    [
        ("ping", None, "probe send.*'ping'.*bytes"),
        (None, None, "probe send.*None.*bytes"),
        (b"ping", "pong", "probe expect.*'pong'.*bytes"),
        (b"ping", "", "probe expect.*''.*bytes"),
        (b"ping", False, "probe expect.*False.*bytes"),
    ],
)
def test_only_bytes_are_sent_and_expected(send: Any, expect: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        UdpProbe(send, expect)
    UdpProbe(b"", b"")


def test_only_probes_that_make_sense() -> None:
    url = ["udp://127.0.0.1:1"]
    UdpProxy(Target(url, health=[ActiveHealth(TcpProbe())]))  # resolvers listen there as well
    with pytest.raises(ConfigurationError, match="UdpProbe"):
        UdpProxy(Target(url, health=[ActiveHealth(HttpProbe())]))
    with pytest.raises(ConfigurationError, match="UdpProbe"):
        UdpProxy(Target(url, health=[ActiveHealth(TcpProbe(), heavy=HttpProbe())]))

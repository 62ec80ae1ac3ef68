"""The stop of a UdpProxy: sessions end by being quiet, for nothing else says that they do."""

import asyncio

import pytest

from reverseproxy import UdpProxy
from reverseproxy.target import Target
from reverseproxy.udp import serving
from reverseproxy.udp.counts import Drop
from tests.package.udp_served import answering, in_flight, proxied, served, udp_poller, until

pytestmark = pytest.mark.usefixtures(udp_poller.__name__)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is quiet is so after a short time."""
    monkeypatch.setattr(serving, "QUIET", 0.08)


async def test_who_is_there_goes_on_and_nobody_new_does() -> None:
    async with answering() as one, proxied([one], grace=5.0) as proxy:
        client = proxy.client()
        await client.asks(b"rose")
        ending = asyncio.ensure_future(proxy.end())
        await asyncio.sleep(0)
        proxy.client().sock.send(b"too late")
        await until(lambda: proxy.proxy.counts.dropped)
        for _ in range(5):
            assert await client.asks(b"rose", "it is stopping, and still there") == b"one rose"
        assert not ending.done()
        assert (await ending).args == ()
        assert proxy.proxy.counts.dropped == {Drop.STOPPING: 1}
        assert in_flight(proxy) == 0


async def test_who_is_quiet_already_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "QUIET", 0.0)
    async with answering() as one, proxied([one]) as proxy:
        await proxy.client().asks(b"rose")
        assert (await proxy.end()).args == ()


@pytest.mark.parametrize("grace", [0.0, 0.02])
async def test_who_is_not_quiet_is_cut_off_and_counted(
    grace: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "QUIET", 5.0)
    async with answering() as one, proxied([one], grace=grace) as proxy:
        for _ in range(3):
            await proxy.client().asks(b"rose")
        assert (await proxy.end()).args == (3,)
        assert in_flight(proxy) == 0


async def test_what_was_dropped_is_said_at_the_latest_in_the_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "QUIET", 0.0)
    monkeypatch.setattr(serving, "PAUSE", 1e9)
    async with answering() as one, proxied([one], idle=0.04) as proxy:
        proxy.proxy._target.set_state(one.url, "maint")
        proxy.client().sock.send(b"rose")
        await until(lambda: "dropped" in caplog.text)
        for _ in range(2):
            proxy.client().sock.send(b"rose")
        await until(lambda: proxy.proxy.counts.dropped.total() == 3)
        await proxy.end()
    said = [each.args for each in caplog.records if each.msg.startswith("datagrams dropped")]
    assert said == [(f"{count} ({Drop.NO_UPSTREAM.value})",) for count in (1, 3)]


async def test_what_was_said_is_not_said_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "QUIET", 0.0)
    async with answering() as one, proxied([one], idle=0.04) as proxy:
        proxy.proxy._target.set_state(one.url, "maint")
        proxy.client().sock.send(b"rose")
        await until(lambda: "dropped" in caplog.text)
        await proxy.end()
    assert caplog.text.count("dropped so far") == 1


async def test_a_second_cancel_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "QUIET", 5.0)
    async with answering() as one, proxied([one], grace=60) as proxy:
        await proxy.client().asks(b"rose")
        async with asyncio.timeout(1):
            assert (await proxy.end(2)).args == (1,)


async def test_stopped_before_anybody_came() -> None:
    async with answering() as one, proxied([one]) as proxy:
        await asyncio.sleep(0.01)
        assert (await proxy.end()).args == ()


async def test_stopped_while_it_starts() -> None:
    async with answering() as one, proxied([one]) as proxy:
        await asyncio.sleep(0)
        assert (await proxy.end()).args == ()


async def test_served_again_after_a_stop() -> None:
    async with answering() as one:
        proxy = UdpProxy(Target([one.url]))
        for _ in range(2):
            async with served(proxy) as it:
                assert await it.client().asks(b"rose") == b"one rose"
        assert proxy.counts.sessions == 2

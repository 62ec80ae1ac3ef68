"""What a TcpProxy passes on over TLS, and whom it refuses."""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from random import Random
from typing import Any

import pytest
import uvloop

from reverseproxy import (
    Certificates,
    PassiveHealth,
    SplicedFlow,
    Target,
    TcpProxy,
    TlsListener,
    UpstreamTls,
)
from reverseproxy.tcp import splice
from reverseproxy.tcp.relay import Relay
from reverseproxy.tcp.secure_flow import SecureFlow
from tests.chapter_15.coming_in import Watching
from tests.chapter_15.wires import Turns, break_off, wires
from tests.chapter_17.lines import Lines, lines
from tests.chapter_17.papers import Papers, client
from tests.package.tcp_served import Served, in_flight, poller, served, until
from tests.package.tls_wire import Wire, digest, repeat, upstream, visit

on_both = pytest.mark.usefixtures(poller.__name__)

LONG = Random(17).randbytes(3_000_000)

HELD = 400_000
"""More than a proxy and a kernel with small buffers hold, less than their large ones do."""

SMALL = 8192

SIDES = ["client", "upstream", "both"]

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Place:
    """A proxy and the certificates of all."""

    def __init__(self, papers: Papers, side: str, version: ssl.TLSVersion | None = None) -> None:
        """side: where TLS is spoken."""
        self.papers = papers
        self.before = self.behind = None
        if side != "upstream":
            self.before = client()
        if side != "client":
            self.behind = papers.server()
        for context in (self.before, self.behind):
            if context and version:
                context.minimum_version = context.maximum_version = version

    def target(self, *urls: str, **settings: Any) -> Target:
        """Those upstreams."""
        tls = UpstreamTls(ca_file=self.papers.ca_file, name="rose.test") if self.behind else None
        return Target(urls, tls=tls, **settings)

    @contextlib.asynccontextmanager
    async def serves(
        self, target: Target, grace: float = 0.0, **settings: Any
    ) -> AsyncIterator[Served]:
        """A proxy for them."""
        sock = socket.create_server(("127.0.0.1", 0))
        listener = TlsListener(sock, Certificates(self.papers.rose)) if self.before else sock
        async with served(TcpProxy(target, **settings), sock, grace, listen=listener) as it:
            yield it

    @contextlib.asynccontextmanager
    async def visits(
        self, talk: Callable[[Wire], Coroutine[Any, Any, None]], room: int = 0, **settings: Any
    ) -> AsyncIterator[tuple[Wire, Target]]:
        """A client after its handshake, connected with an upstream that does that."""
        async with upstream(talk, self.behind) as url:
            target = self.target(url)
            async with (
                self.serves(target, **settings) as proxy,
                visit(proxy.address, self.before, room=room) as wire,
            ):
                yield await wire.begin(), target


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates for rose.test, which the proxy and its upstreams are."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(params=SIDES)
def place(papers: Papers, request: pytest.FixtureRequest) -> Place:
    """A proxy with TLS before it, behind it, and on both sides."""
    return Place(papers, request.param)


@on_both
async def test_much_both_ways_at_once(place: Place) -> None:
    async with place.visits(repeat) as (wire, target):
        saying = asyncio.ensure_future(wire.send(LONG))
        saying.add_done_callback(lambda _: ending.append(asyncio.ensure_future(wire.end())))
        ending: list[asyncio.Future[None]] = []
        assert await wire.rest() == (digest(LONG), "an end")
        await asyncio.gather(saying, *ending)
        await until(lambda: not in_flight(target))


def test_in_another_event_loop(papers: Papers) -> None:
    async def main() -> None:
        async with asyncio.timeout(10), Place(papers, "both").visits(repeat) as (wire, target):
            await wire.send(LONG[:100_000])
            await wire.end()
            assert await wire.rest() == (digest(LONG[:100_000]), "an end")
            await until(lambda: not in_flight(target))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@on_both
async def test_an_end_waits_for_room_behind_all_that_was_said(place: Place) -> None:
    reads, heard = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def reads_late(wire: Wire) -> None:
        await reads.wait()
        heard.set_result(await wire.rest())
        await wire.send(b"thank you")
        await wire.end()

    async with place.visits(reads_late) as (wire, target):

        async def say() -> None:
            await wire.send(LONG, LONG, LONG)
            await wire.end()

        saying = asyncio.ensure_future(say())
        await asyncio.sleep(0.1)
        reads.set()
        await saying
        assert await heard == (digest(LONG * 3), "an end")
        assert await wire.reads(9) == b"thank you"
        assert await wire.rest() == (digest(b""), "an end")
        await until(lambda: not in_flight(target))


@on_both
@pytest.mark.parametrize("side", SIDES[1:])
async def test_an_upstream_that_closes_without_a_word_breaks_off_after_all_it_said(
    papers: Papers, side: str
) -> None:
    async def closes(wire: Wire) -> None:
        await wire.send(LONG)
        wire.sock.close()

    async with Place(papers, side).visits(closes, room=SMALL) as (wire, target):
        await asyncio.sleep(0.1)
        assert await wire.rest() == (digest(LONG), "a reset")
        await until(lambda: not in_flight(target))


@on_both
@pytest.mark.parametrize("side", ["client", "both"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_client_that_closes_without_a_word_breaks_off_after_all_it_said(
    papers: Papers, side: str, version: ssl.TLSVersion
) -> None:
    """Over TLS 1.3, it has not read its tickets, and that makes a reset of it."""
    said, heard = LONG[:60_000], asyncio.get_running_loop().create_future()

    async def listens(wire: Wire) -> None:
        await asyncio.sleep(0.05)
        heard.set_result(await wire.rest())

    there = Place(papers, side, version)
    async with upstream(listens, there.behind, room=SMALL) as url:
        target = there.target(url)
        async with there.serves(target) as proxy, visit(proxy.address, there.before) as wire:
            await wire.begin()
            await wire.send(said)
            await asyncio.sleep(0.01)
            wire.sock.close()
            assert await heard == (digest(said), "a reset")
            await until(lambda: not in_flight(target))


@on_both
async def test_one_who_takes_nothing_of_what_was_cut_off_is_idle(papers: Papers) -> None:
    async def closes(wire: Wire) -> None:
        await wire.send(LONG)
        wire.sock.close()

    async with Place(papers, "upstream").visits(closes, room=SMALL, idle=0.1) as (_, target):
        await until(lambda: not in_flight(target))


@on_both
async def test_a_reset_is_a_reset_on_the_other_side(place: Place) -> None:
    heard = asyncio.get_running_loop().create_future()

    async def greets(wire: Wire) -> None:
        await wire.send(b"rose")
        heard.set_result(await wire.rest())

    async with place.visits(greets) as (wire, target):
        assert await wire.reads(4) == b"rose"
        break_off(wire.sock)
        assert (await heard)[1] == "a reset"
        await until(lambda: not in_flight(target))

    async def resets(wire: Wire) -> None:
        await wire.send(b"half an ans")
        await asyncio.sleep(0.01)
        break_off(wire.sock)

    async with place.visits(resets) as (wire, target):
        assert await wire.rest() == (digest(b"half an ans"), "a reset")
        await until(lambda: not in_flight(target))


@pytest.fixture
def made(papers: Papers) -> Any:
    """Connections."""
    with lines(papers) as them:
        yield them


@pytest.mark.parametrize("data", [b"", b"rose"])
def test_first_words_for_an_upstream_that_has_broken_off_break_both(
    made: Lines, data: bytes
) -> None:
    it = made.line(ssl.TLSVersion.TLSv1_3)
    with wires() as other:
        far, upstream = other.pair()
        break_off(far)
        for _ in range(100):
            it.listens(1)
            if it.speaker.is_ready:
                break
            it.turn()
            with contextlib.suppress(ssl.SSLWantReadError):
                it.near.do_handshake()
        it.says(*([data] if data else []), ends=True)
        it.waits()
        it.near.do_handshake()
        over: list[Relay] = []
        turns = Turns()
        relay = Relay(it.near, upstream, turns, over.append, SecureFlow)
        relay.start()
        turns.until(lambda: over, "the upstream has broken off, and there is still a relay")
        turns.settle()
        assert it.near.fileno() == upstream.fileno() == -1
        assert (turns.readers, turns.writers) == ({}, {})
        it.turn(100)
        assert not it.speaker.has_end, "the kernel tells of a reset once; what follows is no end"


def test_a_reset_that_is_noticed_while_sending_is_not_read_as_an_end(made: Lines) -> None:
    it = made.line().shakes_hands()
    with wires() as other:
        far, upstream = other.pair()
        over: list[Relay] = []
        turns = Turns()
        Relay(it.near, upstream, turns, over.append, SecureFlow).start()
        break_off(far)
        it.says(b"rose")
        it.waits()
        turns.readers[it.near.fileno()]()
        turns.until(lambda: over, "the upstream has broken off, and there is still a relay")
    it.turn(100)
    assert not it.speaker.has_end


@on_both
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_handshake_byte_by_byte(papers: Papers, version: ssl.TLSVersion) -> None:
    there = Place(papers, "client", version)
    async with upstream(repeat) as url:
        target = there.target(url)
        async with there.serves(target) as proxy, visit(proxy.address, there.before) as wire:
            put = wire.put

            async def slowly(data: bytes) -> None:
                for byte in data:
                    await put(bytes((byte,)))

            wire.put = slowly  # type: ignore[method-assign]  # that is the point
            await wire.begin()
            await wire.send(b"rose")
            assert await wire.reads(4) == b"rose"


RUBBISH = {
    "nothing": b"",
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "zeros": bytes(70_000),
    "a record without end": b"\x16\x03\x01\xff\xff" + bytes(70_000),
    "alerts": bytes.fromhex("15030300020100") * 1000,
    "empty records": bytes.fromhex("1603010000") * 1000,
}


@on_both
async def test_who_does_not_speak_tls_costs_nobody_anything(
    papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[Wire] = []

    async def counts(wire: Wire) -> None:
        called.append(wire)

    there = Place(papers, "client")
    async with upstream(counts) as url:
        target = there.target(url)
        async with there.serves(target, connect=0.05) as proxy:
            for what in RUBBISH.values():
                async with visit(proxy.address) as wire:
                    with contextlib.suppress(ConnectionError):
                        await wire.put(what)
                        await wire.rest()
            for stop in (1, 5, 100, -1):
                async with visit(proxy.address, client()) as wire:
                    await wire.put(wire.hello()[:stop])
                    if stop < 50:  # the others leave
                        assert (await Wire(wire.sock).rest())[1] == "a reset"
            assert not in_flight(target)
    assert not called
    assert [each.levelname for each in caplog.records if each.levelno > logging.INFO] == []


@on_both
async def test_many_handshakes_that_nobody_goes_on_with_keep_nobody_out(papers: Papers) -> None:
    there = Place(papers, "client")
    async with upstream(repeat) as url:
        before = open_files()
        target = there.target(url)
        async with there.serves(target, connect=5.0) as proxy:
            with contextlib.ExitStack() as held:
                for number in range(200):
                    sock = held.enter_context(proxy.connect())
                    sock.send(Wire(sock, client(), "rose.test").hello()[: number % 300])
                    await asyncio.sleep(0)  # the queue holds fewer
                async with visit(proxy.address, client()) as wire:
                    await wire.begin()
                    await wire.send(b"rose")
                    assert await wire.reads(4) == b"rose"
        await until(lambda: open_files() == before)


def open_files() -> int:
    """How many there are; 0 where one cannot know."""
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0


@on_both
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_client_reads_why_it_is_refused(
    papers: Papers, version: ssl.TLSVersion, caplog: pytest.LogCaptureFixture
) -> None:
    context = client()
    context.minimum_version = context.maximum_version = version
    certificates = Certificates(papers.rose, client_ca=papers.ca_file)
    sock = socket.create_server(("127.0.0.1", 0))
    caplog.set_level(logging.INFO)
    async with (
        upstream(repeat) as url,
        served(TcpProxy(Target([url])), sock, listen=TlsListener(sock, certificates)) as proxy,
        visit(proxy.address, context) as wire,
    ):
        with pytest.raises(ssl.SSLError, match=r"ALERT|alert"):
            await (await wire.begin()).rest()
        assert wire.sock.recv(1) == b"", "the alert was there, and then an end"
    assert "no connection for *: peer did not return a certificate" in caplog.text


@on_both
async def test_an_upstream_that_breaks_tls_has_a_line_in_the_log(
    papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    """Over TLS 1.3, a client's certificate is asked for, and missed, after its handshake."""
    caplog.set_level(logging.INFO)
    there = Place(papers, "upstream", ssl.TLSVersion.TLSv1_3)
    there.behind = papers.server(asks=True)
    async with there.visits(repeat) as (wire, _):
        assert (await wire.rest())[1] == "a reset"
    assert "rose.test: tlsv13 alert certificate required" in caplog.text


@on_both
async def test_an_upstream_that_is_another_is_passed_over_and_taken_out(papers: Papers) -> None:
    there, watching = Place(papers, "upstream"), Watching()
    stranger = papers.server(papers.issue("stranger", by_a_stranger=True))
    async with upstream(repeat, stranger) as bad, upstream(repeat, there.behind) as good:
        target = there.target(bad, good, health=[PassiveHealth(), watching])
        async with there.serves(target) as proxy:
            for _ in range(12):
                async with visit(proxy.address) as wire:
                    await wire.send(b"rose")
                    assert await wire.reads(4) == b"rose"
        assert target.upstreams[0].facts.ejected_until
        assert [how for how, who in watching.heard if who == bad] == ["failure"] * 5


@on_both
async def test_an_upstream_whose_handshake_stalls_is_passed_over(papers: Papers) -> None:
    there = Place(papers, "upstream")

    async def stalls(wire: Wire) -> None:
        await wire.rest()

    async with upstream(stalls) as slow, upstream(repeat, there.behind) as good:
        target = there.target(slow.replace("tcp", "tls"), good)
        async with there.serves(target, connect=0.1) as proxy, visit(proxy.address) as wire:
            await wire.send(b"rose")
            assert await wire.reads(4) == b"rose"


@on_both
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_who_calls_is_said_before_tls_on_both_sides(place: Place, version: str) -> None:
    said = b"PROXY TCP4 192.0.2.7 203.0.113.9 56324 443\r\n"
    heard = asyncio.get_running_loop().create_future()

    async def meet(wire: Wire) -> None:
        size = 28 if version == "v2" else len(said)
        heard.set_result(await wire.reads(size))
        await repeat(await Wire(wire.sock, place.behind).begin())

    async with upstream(meet) as url:
        target = place.target(url.replace("tcp", "tls") if place.behind else url)
        async with (
            place.serves(target, trusted_proxies=["127.0.0.1"], send_proxy=version) as proxy,
            visit(proxy.address, place.before) as wire,
        ):
            await wire.put(said + wire.hello())
            await wire.begin()
            await wire.send(b"rose")
            assert await wire.reads(4) == b"rose"
    assert (await heard) == said if version == "v1" else (await heard).endswith(b"\xdc\x04\x01\xbb")


@on_both
@pytest.mark.skipif(not hasattr(os, "splice"), reason="only Linux has splice(2)")
async def test_what_is_encrypted_is_never_spliced(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: int) -> int:
        raise AssertionError("encrypted bytes are spliced, or plain ones go out")

    monkeypatch.setattr(splice, "splice", never)
    async with place.visits(repeat, flow=SplicedFlow) as (wire, _):
        saying = asyncio.ensure_future(wire.send(LONG))
        assert digest(await wire.reads(len(LONG))) == digest(LONG)
        await saying


@on_both
async def test_a_handshake_that_is_under_way_at_the_stop_is_served(papers: Papers) -> None:
    there = Place(papers, "both")
    async with upstream(repeat, there.behind) as url:
        target = there.target(url)
        async with (
            there.serves(target, grace=5.0) as proxy,
            visit(proxy.address, there.before) as wire,
            visit(proxy.address, there.before) as late,
        ):
            await wire.put(wire.hello())
            await asyncio.sleep(0.01)
            ending = asyncio.ensure_future(proxy.end())
            await asyncio.sleep(0.05)
            for each in (wire, late):
                await each.begin()
                await each.send(b"rose")
                await each.end()
                assert await each.rest() == (digest(b"rose"), "an end")
            assert (await ending).args == ()


@on_both
async def test_handshakes_that_take_too_long_at_the_stop_are_cut_off(place: Place) -> None:
    async with upstream(repeat, place.behind) as url:
        target = place.target(url)
        async with place.serves(target) as proxy, contextlib.AsyncExitStack() as held:
            ready = await held.enter_async_context(visit(proxy.address, place.before))
            await ready.begin()
            await ready.send(b"rose")
            assert await ready.reads(4) == b"rose"
            for cut in (0, 5, 200):
                late = await held.enter_async_context(visit(proxy.address, place.before))
                await late.put(late.hello()[:cut])
            await asyncio.sleep(0.02)
            assert (await proxy.end()).args == (4,)
            assert (await ready.rest())[1] == "a reset"
            assert not in_flight(target)

"""A LineProxy with TLS on either side."""

import asyncio
import contextlib
import socket
import ssl
from collections import Counter
from typing import Any

import pytest

from reverseproxy import Certificates, LineProxy, Target, TlsListener, UpstreamTls
from tests.chapter_17.papers import Papers, client
from tests.package.line_served import QUICK, connected, near, served, settled
from tests.package.tcp_served import until
from tests.package.tls_wire import Wire, upstream, visit

pytestmark = pytest.mark.usefixtures(near.__name__)

LINES = [b"%05d" % number + b"x" * (number % 300) for number in range(5000)]
STREAM = b"".join(line + b"\n" for line in LINES)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


def listener(papers: Papers, **more: Any) -> TlsListener:
    """A place where clients speak TLS."""
    return TlsListener(socket.create_server(("127.0.0.1", 0)), Certificates(papers.rose, **more))


class Reader:
    """What an upstream reads on all of its connections: whole lines."""

    def __init__(self, *, acknowledges: bool = False) -> None:
        self.lines: list[bytes] = []
        self.wires: list[Wire] = []
        self._acknowledges = acknowledges

    async def __call__(self, wire: Wire) -> None:
        """One connection."""
        self.wires.append(wire)
        rest, count = b"", 0
        while piece := await wire.read():
            *lines, rest = (rest + piece).split(b"\n")
            self.lines += lines
            count += len(lines)
            if self._acknowledges and lines:
                await wire.send(b"ACK %d\n" % count)
        await wire.end()


@pytest.mark.parametrize("delivery", ["sent", "acknowledged"])
@pytest.mark.parametrize("side", ["client", "upstream", "both"])
async def test_lines_come_and_go_over_tls(papers: Papers, side: str, delivery: str) -> None:
    reader = Reader(acknowledges=delivery == "acknowledged")
    context = papers.server() if side != "client" else None
    place = listener(papers) if side != "upstream" else None
    async with upstream(reader, context) as url:
        tls = UpstreamTls(ca_file=papers.ca_file, name="rose.test") if context else None
        target = Target(url, tls=tls)
        proxy = LineProxy(target, delivery=delivery, acknowledge=delivery != "sent", **QUICK)
        async with served(proxy, target, listen=place) as it:
            async with visit(it.address, client() if place else None) as wire:
                await wire.begin()
                await wire.send(STREAM[:-1])  # the last line has no end
                await wire.end()
                said = b""
                while piece := await wire.read():
                    said += piece
            await settled(proxy, len(LINES))
            await until(lambda: Counter(reader.lines) == Counter(LINES))
    assert proxy.lines.delivered == len(LINES)
    assert said.endswith(b"ACK 5000\n") == (delivery == "acknowledged")


@pytest.mark.parametrize("is_skipped", [False, True])
async def test_who_is_no_upstream_of_ours_gets_nothing(papers: Papers, *, is_skipped: bool) -> None:
    """A stranger's certificate: no line goes there, unless nobody looks."""
    reader = Reader()
    stranger = papers.issue("stranger", by_a_stranger=True)
    tls = UpstreamTls(insecure_skip_verify=True) if is_skipped else UpstreamTls(name="rose.test")
    async with upstream(reader, papers.server(stranger)) as url:
        target = Target(url, tls=tls)
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target, grace=0.05) as it:
            await it.takes(b"secret\n")
            if is_skipped:
                await until(lambda: reader.lines)
            await it.end()
    assert reader.lines == ([b"secret"] if is_skipped else [])
    assert proxy.lines.dropped == ({} if is_skipped else {"stopped": 1})


async def test_an_end_that_tls_knows_nothing_of_ends_no_line(papers: Papers) -> None:
    reader = Reader()
    async with upstream(reader) as url:
        target = Target(url)
        proxy = LineProxy(target, connections=1)
        async with served(proxy, target, listen=listener(papers)) as it:
            async with visit(it.address, client()) as wire:
                await wire.begin()
                await wire.send(b"whole\nhalf of")
                wire.sock.shutdown(socket.SHUT_WR)
                await until(lambda: proxy.lines.dropped)
            await until(lambda: reader.lines == [b"whole"])
            await settled(proxy, 2)
    assert proxy.lines.dropped == {"unfinished": 1}


@pytest.mark.parametrize("first", [b"no TLS at all\n", b""])
async def test_a_handshake_that_fails_leaves_its_room_to_others(
    papers: Papers, first: bytes
) -> None:
    reader = Reader()
    async with upstream(reader) as url:
        target = Target(url)
        proxy = LineProxy(target, connections=1, max_connections=1, connect=0.05)
        async with served(proxy, target, listen=listener(papers)) as it:
            with contextlib.suppress(ConnectionError), it.source() as bad:
                await bad.send(first)
                async with visit(it.address, client()) as wire:
                    begin = asyncio.ensure_future(wire.begin())
                    await bad.hears()
                    await begin
                    await wire.send(b"good\n")
                    await until(lambda: reader.lines == [b"good"])
            await settled(proxy, 1)


async def test_what_a_broken_upstream_had_not_taken_goes_elsewhere(papers: Papers) -> None:
    """Encrypted bytes are others than ours, and their acknowledgement means as much."""
    good = Reader()
    wires: list[Wire] = []

    async def break_off(wire: Wire) -> None:
        wires.append(wire)
        await asyncio.Event().wait()

    async with (
        upstream(break_off, papers.server(), room=65_536) as breaks,
        upstream(good, papers.server()) as takes,
    ):
        tls = UpstreamTls(ca_file=papers.ca_file, name="rose.test")
        target = Target([breaks, takes], tls=tls)
        proxy = LineProxy(target, connections=1, **QUICK)
        async with served(proxy, target) as it:
            await until(lambda: connected(target) == [1, 1] and wires)
            await it.takes(STREAM * 10)
            await until(lambda: proxy.lines.accepted == 50_000)
            (wire,) = wires
            assert isinstance(wire.tls, ssl.SSLObject)
            there = b""
            with contextlib.suppress(BlockingIOError):
                wire._came.write(wire.sock.recv(2**26, socket.MSG_PEEK))
            with contextlib.suppress(ssl.SSLWantReadError):
                while piece := wire.tls.read(65_536):
                    there += piece
            target.set_state(breaks, "maint")  # it is not to come back
            wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            wire.sock.close()
            await settled(proxy, 50_000)
            await until(lambda: len(good.lines) >= proxy.lines.delivered)
    sent = Counter(LINES * 10)
    kept = Counter(there.split(b"\n")[:-1])
    assert kept
    assert sent <= kept + Counter(good.lines)
    assert (sent - Counter(good.lines)).total() <= proxy.lines.unconfirmed
    assert set(good.lines) <= set(LINES)


async def test_an_end_of_tls_with_something_unread_is_doubted(papers: Papers) -> None:
    async def end_unread(wire: Wire) -> None:
        assert await wire.read() == b"read\n"
        has_read.set()
        await asyncio.get_running_loop().sock_recv(wire.sock, 1)  # not the rest of it
        await wire.end()
        wire.sock.close()

    has_read = asyncio.Event()
    async with upstream(end_unread, papers.server()) as url:
        tls = UpstreamTls(ca_file=papers.ca_file, name="rose.test")
        target = Target(url, tls=tls)
        proxy = LineProxy(target, connections=1, first_pause=60, longest_pause=60)
        async with served(proxy, target, grace=0) as it:
            with it.source() as source:
                await source.send(b"read\n")
                await has_read.wait()
                await source.send(b"lost\n")
                await until(lambda: proxy.lines.unconfirmed)
    assert proxy.lines == (2, 0, 0, 2, {})

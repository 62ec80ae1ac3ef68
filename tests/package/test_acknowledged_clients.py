"""Clients that are told what is safe: how they behave, and how they end."""

import asyncio
import socket
from pathlib import Path

import pytest

from reverseproxy import Certificates, LineProxy, Target, TlsListener
from reverseproxy.errors import ConfigurationError
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.tcp.sockets import reset
from tests.chapter_17.papers import Papers, client
from tests.chapter_19.line_upstream import upstreams
from tests.chapter_20.owing import SOON, Served, hears, lines, received, served, turns, until, visit
from tests.package.tls_wire import visit as over_tls


class Counting(socket.socket):
    """Counts how often it is read."""

    reads = 0

    def recv_into(self, *how) -> int:
        """As any socket."""
        self.reads += 1
        return super().recv_into(*how)


async def with_upstreams(it: Served, count: int) -> None:
    """Waits until so many lines are with the upstreams."""
    await until(
        lambda: sum(len(each.lines) for each in it.upstreams) >= count, f"of {count} not all came"
    )


def acknowledge(it: Served) -> None:
    """Each upstream says that it has kept all that it has read."""
    for upstream in it.upstreams:
        upstream.acknowledges = True
        for each in upstream.open:
            each.say(b"ACK %d\n" % len(each.lines))


async def test_a_client_that_has_ended_is_not_read_again_at_the_stop() -> None:
    with visit() as it:
        settled = it.says(b"one\n")
        it.ends()
        counting = Counting(fileno=it.near.detach())
        counting.setblocking(False)
        it.client._sock = counting
        it.client.finish()
        assert counting.reads == 1
        settled()
        await it.hears(b"ACK 1\n(an end)", "its line is safe")


async def test_a_client_that_waits_for_room_is_not_read_after_the_stop() -> None:
    with visit() as it:
        it.queue._size = 0
        it.far.sendall(b"one\n")
        it.read()
        it.client.finish()
        assert it.ledger.accepted == 1
        it.queue._size = 100
        it.queue.wake_giver()
        assert not it.poller.readers
        settled = it.queue.take(lambda: None)
        assert settled
        settled.settled()
        await it.hears(b"ACK 1\n(an end)", "its line is safe")


async def test_half_a_line_at_the_stop_is_not_told_of() -> None:
    with visit() as it:
        settled = it.says(b"one\ntw")
        it.client.finish()
        settled()
        await it.hears(b"ACK 1\n(an end)", "its whole line is safe")
        assert it.ledger.dropped == {"unfinished": 1}
        assert it.ledger.accepted == 2


async def test_a_client_that_is_gone_at_the_stop_is_no_trouble() -> None:
    with visit() as it:
        it.client._poller = asyncio.get_running_loop()
        settled = it.says(b"one\n")
        it.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        it.far.close()
        it.client.finish()
        assert it.is_gone
        settled()
        await turns()


@pytest.mark.parametrize("how", ["an end", "a reset"])
async def test_a_client_that_leaves_while_owed_loses_nothing(how: str) -> None:
    async with served(acknowledge=True, max_connections=1) as it:
        with it.client() as client:
            client.send(lines(1, 3))
            await with_upstreams(it, 3)
            client.close() if how == "an end" else reset(client)
            await turns()
            acknowledge(it)
            await it.delivers(3, "a client left, and its lines")
        with it.client() as client:
            client.send(lines(1, 1))
            await hears(client, b"ACK 1\n", "somebody else has the place of a client that has left")


@pytest.mark.parametrize("room", [0, 1, 5])
async def test_a_client_that_does_not_listen_hears_the_first_number_and_the_last(room: int) -> None:
    with visit() as it:
        it.near.room = room
        for _ in range(200):
            it.says(b"line\n")()
            await turns(2)
        words = b"ACK 1\nACK 200\n"
        await it.hears(words[:room], "there is room for so much")
        it.listens()
        await it.hears(words[room:], "it listens again")
        assert not it.poller.writers


async def test_too_long_lines_keep_their_numbers_however_they_come() -> None:
    data = b"one\n" + b"x" * 30 + b"\ntwo\n" + b"y" * 25 + b"\n" + b"z" * 50
    for size in (1, 3, 20, 33, 1000):
        with visit() as it:
            calls = [it.says(data[at : at + size]) for at in range(0, len(data), size)]
            it.ends()
            for call in calls:
                call()
            await turns()
            heard = received(it.far)
            assert heard.endswith(b"ACK 5\n"), (size, heard)
            assert received(it.far) == b"(an end)"
            assert it.ledger.accepted == 5
            assert it.ledger.dropped == {"too long": 3}


async def test_two_proxies_in_a_row_keep_the_promise() -> None:
    async with served(acknowledge=True, connections=1) as last:
        target = Target(f"tcp://127.0.0.1:{last.address[1]}")
        first = LineProxy(target, delivery="acknowledged", acknowledge=True, connections=1)
        with socket.create_server(("127.0.0.1", 0)) as sock, socket.socket() as client:
            task = asyncio.ensure_future(first.serve(listen=sock, grace=0))
            client.connect(sock.getsockname())
            client.setblocking(False)
            client.send(lines(1, 3))
            client.shutdown(socket.SHUT_WR)
            await with_upstreams(last, 3)
            await hears(client, b"", "nobody has said that its lines are safe")
            acknowledge(last)
            await hears(client, b"ACK 3\n(an end)", "all its lines are safe")
            task.cancel()
            await asyncio.wait([task])
        assert first.lines == (3, 3, 0, 0, {})


async def test_a_stop_waits_until_clients_have_been_told() -> None:
    async with served(acknowledge=True, grace=5.0) as it:
        with it.client() as client:
            client.send(lines(1, 3) + b"half a li")
            await with_upstreams(it, 3)
            it.task.cancel()
            await hears(client, b"", "the stop has begun, and nothing is safe")
            acknowledge(it)
            await hears(client, b"ACK 3\n(an end)", "its whole lines are safe")
            await asyncio.wait([it.task])
            assert it.proxy.lines == (4, 3, 0, 0, {"unfinished": 1})


async def test_a_stop_that_is_too_short_tells_nobody_that_lines_are_safe() -> None:
    wrong = []

    async def watch(proxy: LineProxy) -> None:
        while True:
            if proxy.lines.missing:
                wrong.append(proxy.lines)
            await asyncio.sleep(0)

    async with served(2, acknowledge=True, connections=1, window=1) as it:
        watching = asyncio.ensure_future(watch(it.proxy))
        with it.client() as client:
            for number in range(1, 5):
                client.send(lines(1, number))
                await it.accepts(sum(range(number + 1)))
            await with_upstreams(it, 3)
            it.task.cancel()
            await asyncio.wait([it.task])
            await hears(client, b"(a reset)", "the stop has ended, and nothing is safe")
        with pytest.raises(asyncio.CancelledError) as caught:
            it.task.result()
        assert caught.value.args == (10,)
        assert it.proxy.lines == (10, 0, 0, 3, {"stopped": 7})
        await turns()
        watching.cancel()
        await asyncio.wait([watching])
    assert not wrong


class Slow(Queue):
    """A store that takes its time to open, or cannot be."""

    def __init__(self, error: OSError | None = None) -> None:
        super().__init__(10)
        self._error = error
        self.has_begun = asyncio.Event()

    async def open(self, queue: Queue, ledger: Ledger) -> None:
        """Takes for ever."""
        self.has_begun.set()
        if self._error:
            raise self._error
        await asyncio.Event().wait()

    async def run(self) -> None:
        """Nothing to do."""

    async def flush(self) -> None:
        """Nothing came."""

    def take_back(self, lines: int) -> None:
        """There are none."""
        assert not lines

    async def close(self) -> int:  # type: ignore[override]  # as a store does it
        """No more."""
        return 0


async def test_a_stop_while_the_store_opens_ends_at_once() -> None:
    store = Slow()
    async with served(store=store, grace=30.0) as it:
        await store.has_begun.wait()
        it.task.cancel()
        await asyncio.wait([it.task], timeout=5)
        assert it.task.cancelled()


async def test_a_store_that_cannot_be_opened_ends_it_all() -> None:
    store = Slow(OSError("no disk"))
    async with served(store=store, grace=30.0) as it:
        await asyncio.wait([it.task], timeout=5)
        with pytest.raises(OSError, match="no disk"):
            it.task.result()


async def test_a_client_over_tls_is_told_as_well(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    sock = socket.create_server(("127.0.0.1", 0))
    address = sock.getsockname()
    with upstreams(1) as (upstream,):
        proxy = LineProxy(
            Target(upstream.url), delivery="acknowledged", acknowledge=True, connections=1
        )
        listen = TlsListener(sock, Certificates(papers.rose))
        task = asyncio.ensure_future(proxy.serve(listen=listen, grace=0))
        async with asyncio.timeout(SOON * 5), over_tls(address, client()) as wire:
            await wire.begin()
            await wire.send(lines(1, 2) + b"line 3")
            await wire.end()
            await until(lambda: len(upstream.lines) == 3, "3 lines do not come")
            upstream.open[0].say(b"ACK 2\n")
            assert await wire.reads(6) == b"ACK 2\n"
            for each in upstream.open:
                each.say(b"ACK %d\n" % len(each.lines))
            assert await wire.reads(6) == b"ACK 3\n"
            assert await wire.read() == b""
        task.cancel()
        await asyncio.wait([task])
    assert proxy.lines == (3, 3, 0, 0, {})


def test_a_promise_that_cannot_be_kept_is_refused() -> None:
    target = Target("tcp://127.0.0.1:7")
    for how in ({"acknowledge": True}, {"delivery": "maybe"}, {"window": 0}):
        with pytest.raises(ConfigurationError):
            LineProxy(target, **how)
    LineProxy(target, acknowledge=True, store=Slow())

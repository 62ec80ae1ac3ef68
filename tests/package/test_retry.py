"""Retries, beyond the checkpoint: the budget, the body, the whole time, and what is left behind."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy import ConfigurationError, ReverseProxy, Timeouts
from reverseproxy.errors import ConnectFailed, ResponseBroken
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.http.replay import Replay
from reverseproxy.retry import Budget, Retry
from reverseproxy.target import Target
from reverseproxy.tries import Tries
from tests.support.loopback import (
    PATIENCE,
    Answer,
    Handler,
    Heard,
    ask,
    closed_port,
    connection,
    hear,
    listening,
    serving,
    upstream,
)

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
BROKEN = ResponseBroken("Connection reset by peer")
URLS = [f"http://127.0.0.1:{port}" for port in (8001, 8002, 8003)]


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def until(holds: Callable[[], bool]) -> None:
    """Returns when it holds; fails when it does not within PATIENCE."""
    for _ in range(int(PATIENCE / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to hold")


# --- The budget -----------------------------------------------------------------------------------


class Naive:
    """A budget that remembers every request and every retry, by the second that it was in."""

    def __init__(self, ratio: float, per_second: float) -> None:
        self.ratio, self.reserve = ratio, per_second * 10
        self.requests: list[int] = []
        self.retries: list[int] = []

    def spend(self, second: int) -> bool:
        requests, retries = (
            sum(second - 10 < each for each in all_) for all_ in (self.requests, self.retries)
        )
        if retries + 1 > self.ratio * requests + self.reserve:
            return False
        self.retries.append(second)
        return True


@given(
    ratio=st.sampled_from([0.0, 0.125, 0.5, 1.0]),
    per_second=st.sampled_from([0.0, 0.25, 1.0]),
    steps=st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0, 4.5, 30.0]), st.booleans())),
)
def test_a_budget_gives_what_a_naive_replay_gives(
    ratio: float, per_second: float, steps: list[tuple[float, bool]]
) -> None:
    clock, naive = Clock(), Naive(ratio, per_second)
    budget = Budget(Retry(ratio=ratio, per_second=per_second), clock)
    for passed, is_request in steps:
        clock.now += passed
        if is_request:
            budget.earn()
            naive.requests.append(int(clock.now))
        else:
            assert budget.spend() == naive.spend(int(clock.now))


@settings(max_examples=30, deadline=None)
@given(
    rates=st.lists(st.sampled_from([0, 1, 7, 50, 300]), min_size=1, max_size=40),
    start=st.floats(0, 10_000, allow_nan=False),
)
@example(rates=[300] * 60, start=0.0)
@example(rates=[0] * 20 + [300] * 20 + [1] * 20, start=0.5)
def test_a_storm_adds_a_fifth_and_ten_a_second(rates: list[int], start: float) -> None:
    """Every upstream resets everything, and so every request wants all of its tries."""
    clock = Clock(start)
    target = Target(URLS, health=[], clock=clock)
    requests = retries = 0
    for rate in rates:
        for number in range(rate):
            clock.now += 1 / rate if number else 0
            requests += 1
            tries = Tries(target, "GET")
            tries.lease()
            while tries.has_another(BROKEN, is_whole=True):
                tries.lease()
                retries += 1
        clock.now = start + (clock.now - start) // 1 + 1
    # What a window may hold is spent at once, so the ten seconds before the first request count.
    assert retries <= 0.2 * requests + 10 * (len(rates) + 10)


def test_67_requests_that_die_together_all_get_another_try() -> None:
    """A third of 200 in flight: a cap of 20 % on those that are retried at a time gives 40."""
    target = Target(URLS, health=[], clock=Clock())
    flying = [Tries(target, "GET") for _ in range(200)]
    for tries in flying:
        tries.lease()
    assert all(tries.has_another(BROKEN, is_whole=True) for tries in flying[:67])


@given(failures=st.lists(st.booleans(), max_size=60))
def test_what_was_not_sent_leaves_the_budget_alone(failures: list[bool]) -> None:
    target = Target(URLS, health=[], retry=Retry(ratio=0, per_second=1), clock=Clock())
    paid = 0
    for is_unsent in failures:
        tries = Tries(target, "GET")
        tries.lease()
        failure = ConnectFailed("refused") if is_unsent else BROKEN
        got = tries.has_another(failure, is_whole=True)
        assert got == (is_unsent or paid < 10)
        paid += got and not is_unsent


@pytest.mark.parametrize(
    "settings",
    [
        {"limit": -1},
        {"limit": True},
        {"ratio": "a fifth"},
        {"per_second": -1},
        {"body": 1.5},
        {"statuses": [100]},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"retry {next(iter(settings))}"):
        Retry(**settings)


# --- The body -------------------------------------------------------------------------------------


@given(
    pieces=st.lists(st.binary(max_size=20), max_size=12),
    limit=st.integers(0, 150),
    deaths=st.lists(st.integers(0, 14), max_size=4),
)
@example(pieces=[b"rose", b"", b"s"], limit=5, deaths=[2, 1, 3])
def test_whatever_was_sent_each_try_sends_all_or_none(
    pieces: list[bytes], limit: int, deaths: list[int]
) -> None:
    """`deaths`: after how many pieces each try ends. The one behind them is given what is kept."""

    async def client() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def run() -> None:
        replay, sent, whole = Replay(client(), limit), 0, b"".join(pieces)
        for death in deaths:
            got = b""
            body = replay.again()
            assert body is not None
            while death and (piece := await anext(body, None)) is not None:
                got += piece
                death -= 1
            assert whole.startswith(got)
            sent = max(sent, len(got))
            assert replay.is_whole == (sent <= limit)
            if not replay.is_whole:
                return
        last = replay.again()
        assert last is not None
        assert b"".join([piece async for piece in last]) == whole

    asyncio.run(run())


def test_without_a_body_there_is_nothing_to_keep() -> None:
    replay = Replay(None, 0)
    assert replay.again() is None
    assert replay.is_whole


def proxy_to(
    urls: Sequence[str], timeouts: Timeouts | None = None, **settings: Any
) -> ReverseProxy:
    """A proxy with one target of several upstreams."""
    proxy = ReverseProxy(timeouts=timeouts)
    proxy.add_target(urls, **settings)
    return proxy


class Deaths:
    """How many upstreams have died, and whether one has."""

    def __init__(self) -> None:
        self.count = 0
        self.began = asyncio.Event()


def dying_after(size: int, deaths: Deaths) -> Handler:
    """An upstream that dies in the middle of a body, when it has heard so much of it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(size)
        deaths.count += 1
        deaths.began.set()
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    return handle


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("died_after", [0, 1, 40, 99])
async def test_an_upstream_that_dies_in_the_middle_of_a_body(
    method: str, framing: str, died_after: int
) -> None:
    """The client sends a third of the body, the first upstream dies, the client sends the rest."""
    deaths = Deaths()
    thirds = [b"r" * 100, b"o" * 100, b"s" * 100]
    head = b"%b / HTTP/1.1\r\nHost: h\r\n" % method.encode()
    is_chunked = framing == "chunks"
    head += b"Transfer-Encoding: chunked\r\n\r\n" if is_chunked else b"Content-Length: 300\r\n\r\n"
    sent = [b"%x\r\n%b\r\n" % (len(third), third) if is_chunked else third for third in thirds]
    if is_chunked:
        sent[-1] += b"0\r\n\r\n"
    async with (
        listening(dying_after(died_after, deaths)) as url,
        upstream() as script,
        serving(proxy_to([url, script.url])) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(head + sent[0])
        await deaths.began.wait()
        writer.write(sent[1])
        await asyncio.sleep(0)
        writer.write(sent[2])
        status = await reader.readuntil(b"\r\n")

    if method == "PUT":
        assert status == b"HTTP/1.1 200 OK\r\n"
        assert [heard.body for heard in script.heard] == [b"".join(thirds)]
    else:
        assert status == b"HTTP/1.1 502 Bad Gateway\r\n"
        assert script.heard == []
    assert deaths.count == 1


async def test_a_client_that_leaves_in_the_middle_of_a_body_ends_it() -> None:
    """Not with a body that is too short: with a connection that is closed."""
    began, done = asyncio.Event(), asyncio.Event()
    heard = b""

    async def second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await reader.readuntil(b"\r\n\r\n")
        heard = await reader.readuntil(b"road")
        began.set()
        heard += await reader.read()
        done.set()

    deaths = Deaths()
    async with (
        listening(dying_after(4, deaths)) as first,
        listening(second) as url,
        serving(proxy_to([first, url])) as address,
    ):
        async with connection(address) as (_, writer):
            writer.write(b"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"4\r\nrose\r\n")
            await deaths.began.wait()
            for _ in range(1000):  # a death is noticed when something is written
                writer.write(b"4\r\nroad\r\n")
                await asyncio.sleep(0.01)
                if began.is_set():
                    break
        await done.wait()
    assert b"rose" in heard
    assert not heard.endswith(b"0\r\n\r\n"), "half a body was sent as if it were whole"


# --- A storm, end to end --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset", "503"])
async def test_in_a_storm_the_upstreams_hear_little_more(kind: str) -> None:
    """150 GETs at three upstreams that all fail: 450 tries without a budget."""
    heard = 0

    async def failing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await hear(reader)
        heard += 1
        if kind == "503":
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        else:
            writer.transport.abort()

    retry = Retry(statuses=[503], per_second=1)
    async with contextlib.AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(listening(failing)) for _ in range(3)]
        proxy = proxy_to(urls, retry=retry, health=[])
        address = await stack.enter_async_context(serving(proxy))
        answers: list[Answer] = []
        for _ in range(15):
            answers += await asyncio.gather(*(ask(address, GET) for _ in range(10)))

    assert {answer.status for answer in answers} == {503 if kind == "503" else 502}
    retries = heard - 150
    # Ten at once, and so many of the first requests are not earned yet; it took less than a window.
    assert 30 <= retries <= 0.2 * 150 + 10 * 1


async def test_a_refused_connection_is_tried_elsewhere_with_an_empty_budget() -> None:
    dead = [f"http://127.0.0.1:{closed_port()}" for _ in range(2)]
    async with upstream() as script:
        proxy = proxy_to([*dead, script.url], retry=Retry(ratio=0, per_second=0), health=[])
        async with serving(proxy) as address:
            answers = [await ask(address, GET) for _ in range(9)]
    assert [answer.status for answer in answers] == [200] * 9


async def test_an_ejected_upstream_is_asked_before_a_client_hears_of_it() -> None:
    """One is ejected, and is there again; the other has just gone."""
    async with upstream() as script:
        dead = f"http://127.0.0.1:{closed_port()}"
        target = Target([dead, script.url])
        target.upstreams[1].facts.ejected_until = float("inf")
        tries = Tries(target, "POST")
        assert str(tries.lease().upstream) == dead
        assert tries.has_another(ConnectFailed("refused"), is_whole=True)
        assert str(tries.lease().upstream) == script.url


# --- The whole time -------------------------------------------------------------------------------


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An upstream that says nothing."""
    await reader.read()


def ejecting() -> list[PassiveHealth]:
    """Health for which one failure is too many."""
    return [PassiveHealth(consecutive=1, max_ejected=1)]


def ejected(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log's lines about upstreams that were ejected."""
    return [r.getMessage() for r in caplog.records if "ejected for" in r.getMessage()]


async def test_the_whole_time_is_for_all_tries_together(caplog: pytest.LogCaptureFixture) -> None:
    """Each may be silent for 0.4 s, and all together 0.6 s: 504, and the third is never asked.

    The second was asked late, and had a third of the time: that says nothing about it.
    """
    asked: list[int] = []

    def counted(number: int) -> Handler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(number)
            await silent(reader, writer)

        return handle

    async with contextlib.AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(listening(counted(n))) for n in range(3)]
        proxy = proxy_to(urls, Timeouts(read=0.4, total=0.6), health=ejecting())
        address = await stack.enter_async_context(serving(proxy))
        answer = await ask(address, GET)

    assert (answer.status, answer.body) == (504, b"504 Gateway Timeout\n")
    assert asked == [0, 1], "a try was begun when the time was over"
    assert "it took longer than a request may in all" in caplog.text
    [line] = ejected(caplog)
    assert urls[0] in line


async def test_an_upstream_that_is_silent_to_the_end_is_too_slow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        listening(silent) as url,
        upstream() as other,
        serving(proxy_to([url, other.url], Timeouts(total=0.2), health=ejecting())) as address,
    ):
        assert (await ask(address, GET)).status == 504
    assert other.heard == []
    [line] = ejected(caplog)
    assert url in line


async def test_an_upstream_that_keeps_sending_is_not_too_slow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A long answer is cut off when the time is over, and its pieces came without a pause."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 4096)
            await writer.drain()
            await asyncio.sleep(0.005)

    async with (
        listening(endless) as url,
        upstream() as other,
        serving(proxy_to([url, other.url], Timeouts(total=1.0), health=ejecting())) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(GET)
        while await reader.read(65_536):
            pass
    assert "it took longer than a request may in all" in caplog.text
    assert ejected(caplog) == []


async def test_the_whole_time_ends_an_answer_that_has_begun(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ")
        await reader.read()

    async with (
        listening(half) as url,
        upstream() as other,
        serving(proxy_to([url, other.url], Timeouts(total=0.2), health=ejecting())) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(GET)
        got = await reader.read()

    assert got.startswith(b"HTTP/1.1 200 ")
    assert got.endswith(b"\r\n\r\nhalf ")
    assert other.heard == []
    assert len(ejected(caplog)) == 1, "an upstream that stops in the middle is too slow"


async def test_a_slow_reader_is_nobodys_fault(caplog: pytest.LogCaptureFixture) -> None:
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        finally:
            closed.set()

    async with (
        listening(endless) as url,
        upstream() as other,
        serving(proxy_to([url, other.url], Timeouts(total=1.0), health=ejecting())) as address,
        connection(address) as (_, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
        writer.write(GET)
        await closed.wait()
        await until(lambda: "broken off" in caplog.text)

    assert "it took longer than a request may in all" in caplog.text
    assert ejected(caplog) == []


async def test_a_slow_sender_is_nobodys_fault(caplog: pytest.LogCaptureFixture) -> None:
    put = b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf"
    async with (
        listening(silent) as url,
        upstream() as other,
        serving(proxy_to([url, other.url], Timeouts(total=0.2), health=ejecting())) as address,
    ):
        answer = await ask(address, put)
    assert (answer.status, answer.values("connection")) == (504, ["close"])
    assert other.heard == []
    assert ejected(caplog) == []


async def test_a_connection_that_never_stands_costs_its_time_and_no_budget(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A listener whose queue is full: the kernel lets nobody in, and says nothing."""
    with contextlib.ExitStack() as full:
        sock = full.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        for _ in range(3):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(sock.getsockname())
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with upstream() as script:
            retry = Retry(ratio=0, per_second=0)
            proxy = proxy_to([url, script.url], Timeouts(connect=0.2), retry=retry)
            proxy.add_target(url, path="/alone")
            async with serving(proxy) as address:
                post = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nrose"
                assert (await ask(address, post)).status == 200
                alone = await ask(address, GET.replace(b"/", b"/alone", 1))
    assert [heard.body for heard in script.heard] == [b"rose"]
    assert alone.status == 504
    assert "no connection in time; another one gets a try" in caplog.text


# --- Nothing is left behind -----------------------------------------------------------------------


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
@pytest.mark.parametrize("first", ["dead", "dying", "busy"])
async def test_a_client_that_leaves_ends_all_tries_at_once(first: str) -> None:
    """The second try is under way: its connection is closed, and no third one is made."""
    asked, closed = asyncio.Event(), asyncio.Event()

    async def second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await reader.read()
        closed.set()

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        if first == "busy":
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf")
            await reader.read()

    async with (
        listening(busy) as one,
        listening(second) as two,
        upstream() as three,
    ):
        dead = f"http://127.0.0.1:{closed_port()}"
        urls = [dead if first == "dead" else one, two, three.url]
        proxy = proxy_to(urls, retry=Retry(statuses=[503]))
        async with serving(proxy) as address:
            await ask(address, GET.replace(b"GET", b"OPTIONS").replace(b"/ ", b"* ", 1))
            before = open_files()
            async with connection(address) as (_, writer):
                writer.write(GET)
                await asked.wait()
            await closed.wait()
            await until(lambda: open_files() <= before)
        assert three.heard == []


async def test_a_request_can_be_cancelled_at_any_moment() -> None:
    """The client leaves after so many turns of the loop, and no try goes on without it."""
    running = begun = 0

    async def second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal running, begun
        running, begun = running + 1, begun + 1
        try:
            await reader.read()
        finally:
            running -= 1

    lost: list[Heard] = []

    async def first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lost.append(await hear(reader))
        writer.transport.abort()

    async with (
        listening(first) as one,
        listening(second) as two,
        listening(second) as three,
        serving(proxy_to([one, two, three], health=[])) as address,
    ):
        for turns in range(0, 80, 2):
            async with connection(address) as (_, writer):
                writer.write(GET)
                for _ in range(turns):
                    await asyncio.sleep(0)
        await until(lambda: not running)
    assert lost, "no client stayed until the first try"
    assert begun > 0, "no client stayed until the second try"


async def test_only_a_body_that_may_go_out_again_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A POST is never sent twice; while nothing of it was sent, it needs no buffer to be whole."""
    limits: list[int] = []

    class Watched(Replay):
        def __init__(self, body: AsyncIterator[bytes] | None, limit: int) -> None:
            limits.append(limit)
            super().__init__(body, limit)

    monkeypatch.setattr("reverseproxy.forwarding.Replay", Watched)
    request = b" / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nrose"
    dead = f"http://127.0.0.1:{closed_port()}"
    async with upstream() as script, serving(proxy_to([dead, script.url])) as address:
        for method in (b"POST", b"PUT"):
            assert (await ask(address, method + request)).status == 200
    assert [heard.body for heard in script.heard] == [b"rose", b"rose"]
    assert limits == [0, 65_536]


async def test_a_client_of_http_1_0_never_sees_the_half_that_came_first() -> None:
    """What is held until it is whole can be thrown away: no byte of it was sent on."""

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        await writer.drain()

    async with (
        listening(half) as url,
        upstream() as script,
        serving(proxy_to([url, script.url])) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        got = await reader.read()
    assert got.startswith(b"HTTP/1.1 200 ")
    assert got.endswith(b"\r\n\r\nOK")

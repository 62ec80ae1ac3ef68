"""Step 5: past those who are out."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator

import pytest

from reverseproxy import ReverseProxy
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import OK, Answer, ask, connection, hear, listening, serving, upstream
from tests.support.steps import step

URLS = [f"http://127.0.0.1:{port}" for port in (9001, 9002, 9003)]
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
REFUSED = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: host\r\n\r\n"


class Clock:
    """Time that passes when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def picked(policy: RoundRobin, among: Upstreams, *out: Upstream) -> Upstream | None:
    """Whom the policy picks while these are not accepted."""
    try:
        return policy.select(among, lambda each: each not in out)
    except TypeError as error:
        pytest.fail(f"select does not ask whom it may take yet: {error}")


def ports(target: Target, picks: int) -> list[int]:
    """The ports of those that are selected, one after the other."""
    return [target.select_upstream().origin.port for _ in range(picks)]


@step(5)
def test_the_turn_goes_on_behind_the_one_who_was_taken() -> None:
    """The second of three is out: first, third, first, third. It is back: it has the next turn.

    Why: if the turn went on by one only, whoever stands behind the gap would get two thirds.
    Read: Step 5, "Past those who are out".
    """
    policy, among = RoundRobin(), Upstreams.parse(URLS)
    first, second, third = among
    got = [picked(policy, among, second) for _ in range(6)]
    if got.count(third) > 3:
        pytest.fail("whoever stands behind the gap has more turns than the others")
    assert got == [first, third] * 3
    assert [picked(policy, among) for _ in range(3)] == [first, second, third]


@step(5)
def test_when_nobody_is_accepted_nobody_is_picked() -> None:
    """All are out: None; and the turn is where it was.

    Why: to pick one all the same is a decision, and not the policy's.
    Read: Step 5, "Past those who are out".
    """
    policy, among = RoundRobin(), Upstreams.parse(URLS)
    assert picked(policy, among) is among[0]
    assert picked(policy, among, *among) is None
    assert picked(policy, among) is among[1]


@step(5)
def test_requests_go_past_who_is_out_or_on_trial() -> None:
    """The second is ejected, then due, then on trial: it has requests only while it is due.

    Why: this is what the facts are for.
    Read: Step 5, "Past those who are out".
    """
    clock = Clock()
    target = Target(URLS, clock=clock)
    facts = target.upstreams[1].facts
    facts.ejected_until = 30.0
    got = ports(target, 4)
    assert got == [9001, 9003, 9001, 9003], f"it is out, and requests went to {got}"
    clock.now = 30.0
    assert 9002 in ports(target, 3), "its time is over, and it gets no request"
    facts.ejected_until, facts.is_on_trial = 60.0, True
    assert 9002 not in ports(target, 4), "it is on trial, and got another request"


@step(5)
def test_when_all_are_out_they_take_turns_as_if_none_were() -> None:
    """Two of three are ejected: all requests go to the third. Then it is, too: to each of them.

    And a target with one upstream has it asked, ejected or not.

    Why: whoever was sent away may still work. Whoever is not asked certainly does not.
    Read: Step 5, "Past those who are out".
    """
    target = Target(URLS, clock=Clock())
    first, second, third = (each.facts for each in target.upstreams)
    first.ejected_until = second.ejected_until = 30.0
    assert ports(target, 3) == [9003] * 3
    third.ejected_until = 30.0
    got = ports(target, 3)
    if got == [9001] * 3:
        pytest.fail("all are out, and the first one has to do all the work")
    assert sorted(got) == [9001, 9002, 9003]
    alone = Target("http://127.0.0.1:9001", clock=Clock())
    alone.upstreams[0].facts.ejected_until = 30.0
    assert ports(alone, 2) == [9001, 9001]


async def status(address: str, request: bytes = GET) -> int:
    """The status that a client gets, and 0 when the answer breaks off."""
    try:
        answer: Answer = await ask(address, request)
    except Exception:  # noqa: BLE001 - h11 has a name for it, and so will others
        return 0
    return answer.status


@step(5)
async def test_an_upstream_that_answers_503_gets_five_requests_and_no_more() -> None:
    """One of two answers 503: the first five of its clients get that, and then nobody does.

    Before each request comes one that the proxy refuses. It is nobody's turn.

    Why: this is what the chapter is for. And if what is refused took turns, whoever sends it could
    say who gets all the others.
    Read: Step 5, "Past those who are out".
    """
    got = []
    async with upstream(BUSY) as one, upstream() as two:
        proxy = ReverseProxy()
        proxy.add_target([one.url, two.url])
        async with serving(proxy) as address:
            for _ in range(16):
                assert await status(address, REFUSED) == 400
                got.append(await status(address))
    bad, good = len(one.heard), len(two.heard)
    if bad > 5:
        pytest.fail(f"it had answered 503 five times, and got {bad - 5} more requests")
    assert got[:2] == [503, 200], "a request that was refused has taken somebody's turn"
    assert (bad, good, got.count(503)) == (5, 11, 5)
    assert got[10:] == [200] * 6


@step(5)
async def test_an_upstream_that_refuses_connections_gets_no_more_requests() -> None:
    """One of three does not listen: it is found out. When it listens again, nobody comes yet.

    Why: to connect is a part of asking. Whoever lets the lease begin when there is an answer never
    hears of those that gave none.
    Read: Step 5, "Past those who are out".
    """
    heard = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await hear(reader))
        writer.write(OK)
        await writer.drain()
        writer.close()

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))  # a socket that does not listen keeps the port, and refuses
        dead = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with upstream() as one, upstream() as two:
            proxy = ReverseProxy()
            proxy.add_target([one.url, dead, two.url])
            async with serving(proxy) as address:
                got = [await status(address) for _ in range(18)]
                async with await asyncio.start_server(answer, sock=sock):
                    assert [await status(address) for _ in range(6)] == [200] * 6
    if heard:
        pytest.fail("its connections were refused, and it gets requests as if nothing had been")
    assert got.count(502) <= 5


@step(5)
async def test_a_trial_is_over_when_its_answer_has_a_head(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One of two is busy, is ejected, and then answers with a download: it has its turns again.

    Why: the download may take hours, and the other one would have all the work.
    Read: Step 5, "Past those who are out".
    """
    caplog.set_level(logging.INFO)
    heard = 0

    async def recover(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        while await hear(reader):
            heard += 1
            writer.write(BUSY if heard <= 5 else HALF)  # the other half never comes

    async with listening(recover) as bad, upstream() as good:
        proxy = ReverseProxy()
        proxy.add_target([bad, good.url], health=[PassiveHealth(ejection=0.1)])
        async with serving(proxy) as address, contextlib.AsyncExitStack() as stack:
            while heard < 6:
                await head_of(address, stack)
            for _ in range(4):
                await head_of(address, stack)
    assert "on trial" in caplog.text, "it answered 503 five times, and has had no trial"
    if heard == 6:
        pytest.fail("the head of the trial's answer is there, and it gets no other request")
    assert heard == 8, f"of four requests after the trial, {heard - 6} went there"


async def head_of(address: str, stack: contextlib.AsyncExitStack) -> bytes:
    """The head of an answer that a client begins to read; it is there until the stack is closed."""
    reader, writer = await stack.enter_async_context(connection(address))
    writer.write(GET)
    return await reader.readuntil(b"\r\n\r\n")


@step(5)
async def test_an_upstream_that_breaks_off_gets_five_requests_and_no_more() -> None:
    """One of two ends its answers in the middle: after five, it gets no more.

    Why: its heads say 200, each time. Whoever looks at the status alone never notices.
    Read: Step 5, "Past those who are out".
    """
    async with listening(half) as bad, upstream() as good:
        proxy = ReverseProxy()
        proxy.add_target([bad, good.url])
        async with serving(proxy) as address:
            got = [await status(address) for _ in range(16)]
    if got.count(0) > 5:
        pytest.fail(f"it broke off five answers, and got {got.count(0) - 5} more requests")
    assert (got.count(0), len(good.heard)) == (5, 11)


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers with less than it announced, and closes."""
    await hear(reader)
    writer.write(HALF)
    await writer.drain()


@step(5)
async def test_a_client_that_leaves_is_not_the_upstreams_fault() -> None:
    """Twelve clients leave before there is an answer: that counts for nothing. Five 503 do.

    Why: everybody closes a page that is slow. Those who do would take the page from the others.
    Read: Step 5, "Past those who are out".
    """
    news: asyncio.Queue[str] = asyncio.Queue()
    async with thinking(BUSY, news) as one, thinking(OK, news) as two:
        proxy = ReverseProxy()
        proxy.add_target([one, two])
        async with serving(proxy) as address:
            for _ in range(12):
                async with connection(address) as (_, writer):
                    writer.write(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
                    assert await news.get() == "came"
                assert await news.get() == "went"
            got = [await status(address) for _ in range(16)]
    if got.count(503) < 5:
        pytest.fail("clients left, and the upstream was sent away for it")
    assert got.count(503) == 5, f"after twelve clients that left, {got.count(503)} got a 503"


@contextlib.asynccontextmanager
async def thinking(answer: bytes, news: asyncio.Queue[str]) -> AsyncIterator[str]:
    """An upstream that answers, but for /slow: there it waits until the proxy gives up."""

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await hear(reader)
        if "/slow" not in request.line:
            writer.write(answer)
            return
        news.put_nowait("came")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        news.put_nowait("went")

    async with listening(think) as url:
        yield url

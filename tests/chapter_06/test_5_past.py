"""Step 5: past those who are out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from reverseproxy import ReverseProxy
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
    facts.is_on_trial = True
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


async def statuses(bad: bytes, requests: int) -> tuple[int, int, list[int]]:
    """What comes of a target of which one upstream answers with `bad`.

    How many requests each heard, the bad one first, and what clients got; 0 is a broken answer.
    """
    async with upstream(bad) as one, upstream() as two:
        proxy = ReverseProxy()
        proxy.add_target([one.url, two.url])
        async with serving(proxy) as address:
            got = [await status(address) for _ in range(requests)]
    return len(one.heard), len(two.heard), got


async def status(address: str) -> int:
    """The status that a client gets, and 0 when the answer breaks off."""
    try:
        answer: Answer = await ask(address, GET)
    except Exception:  # noqa: BLE001 - h11 has a name for it, and so will others
        return 0
    return answer.status


@step(5)
async def test_an_upstream_that_answers_503_gets_five_requests_and_no_more() -> None:
    """One of two answers 503: the first five of its clients get that, and then nobody does.

    Why: this is what the chapter is for.
    Read: Step 5, "Past those who are out".
    """
    bad, good, got = await statuses(BUSY, 16)
    if bad > 5:
        pytest.fail(f"it had answered 503 five times, and got {bad - 5} more requests")
    assert (bad, good, got.count(503)) == (5, 11, 5)
    assert got[10:] == [200] * 6


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

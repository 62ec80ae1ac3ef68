"""Step 1: counting what is in flight."""

import asyncio
import contextlib

import pytest

from reverseproxy import ReverseProxy, Timeouts
from reverseproxy.errors import UpstreamError
from reverseproxy.lease import Lease
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import PATIENCE, ask, connection, hear, listening, serving
from tests.support.steps import step

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
PIECE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"


def lease(upstream: Upstream) -> Lease:
    """A use of that upstream of which nobody hears."""
    return Lease(upstream, [], lambda: 0.0)


@step(1)
def test_a_use_counts_from_its_begin_to_its_end() -> None:
    """Within the `with` block it is one more, and behind it one less.

    Why: what a policy compares has to be true at the moment of the choice.
    Read: Step 1, "Counting what is in flight".
    """
    one = Upstream.parse("http://127.0.0.1:7001")
    with lease(one) as entered:
        assert entered is one
        assert one.in_flight == 1, f"one use runs, and in_flight is {one.in_flight}"
        with lease(one):
            assert one.in_flight == 2, f"two uses run, and in_flight is {one.in_flight}"
        assert one.in_flight == 1, f"one of two uses is over, and in_flight is {one.in_flight}"
    assert one.in_flight == 0, f"all uses are over, and in_flight is {one.in_flight}"


@step(1)
def test_uses_end_in_any_order() -> None:
    """Two begin, and the first of them ends first: 1 in flight, and 0 after the second.

    Why: a quick request that came late is over before a slow one that came early.
    Read: Step 1, "Counting what is in flight".
    """
    one = Upstream.parse("http://127.0.0.1:7001")
    early, late = lease(one), lease(one)
    for each in (early, late):
        each.__enter__()
    for each, end, left in ((early, "first", 1), (late, "second", 0)):
        each.__exit__(None, None, None)
        said = f"two uses overlap, and after the {end} end in_flight is {one.in_flight}"
        assert one.in_flight == left, said


@step(1)
@pytest.mark.parametrize(
    "error",
    [
        UpstreamError("reset"),
        OSError("broken pipe"),
        asyncio.CancelledError(),
        GeneratorExit(),
        ZeroDivisionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_end_is_forgotten(error: BaseException) -> None:
    """Whatever a use ends with, nothing of it stays in the count.

    Why: a count that is one too high is so for ever. The upstream looks busy when it is idle, and
    with each client that leaves it gets fewer requests.
    Read: Step 1, "Counting what is in flight".
    """
    one = Upstream.parse("http://127.0.0.1:7001")
    with contextlib.suppress(type(error)), lease(one):
        assert one.in_flight == 1, "a use has begun, and in_flight is 0"
        raise error
    ended_with = f"a use ended with {type(error).__name__}"
    assert one.in_flight == 0, f"{ended_with}, and in_flight stayed at {one.in_flight}"


class Counts:
    """A way to find out that notes the count whenever it is told of something."""

    upstreams: Upstreams

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.over = asyncio.Event()

    def watch(self, upstreams: Upstreams) -> object:
        """Watches itself."""
        self.upstreams = upstreams
        return self

    def started(self, lease: Lease, now: float) -> None:
        """Notes it."""
        self.seen.append(("started", lease.upstream.in_flight))

    def answered(self, lease: Lease, now: float) -> None:
        """Notes it."""
        self.seen.append(("answered", lease.upstream.in_flight))

    def ended(self, lease: Lease, now: float) -> None:
        """Notes it."""
        self.seen.append(("ended", lease.upstream.in_flight))
        self.over.set()


@step(1)
def test_who_is_told_finds_the_new_count() -> None:
    """When observers hear that a use began, it is counted; when they hear of its end, no more.

    Why: a policy that keeps its upstreams in order puts this one into its place when it hears of
    it, and it goes by the count that it finds.
    Read: Step 1, "Counting what is in flight".
    """
    counts = Counts()
    one = Upstream.parse("http://127.0.0.1:7001")
    with Lease(one, [counts], lambda: 0.0) as _:
        pass
    expected = [("started", 1), ("ended", 0)]
    assert counts.seen == expected, f"observers were told, and found the counts {counts.seen}"


@step(1)
def test_a_choice_alone_is_no_use() -> None:
    """A lease that nobody enters counts nothing.

    Why: what nobody enters nobody leaves, and so it would be counted for ever.
    Read: Step 1, "Counting what is in flight".
    """
    target = Target("http://127.0.0.1:7001", health=[])
    (one,) = target.upstreams
    target.select_upstream()
    target.lease()
    assert one.in_flight == 0, f"nothing was begun, and in_flight is {one.in_flight}"
    with target.lease():
        assert one.in_flight == 1, f"one use of a target runs, and in_flight is {one.in_flight}"


def counted(url: str, timeouts: Timeouts | None = None) -> tuple[ReverseProxy, Counts]:
    """A proxy with one target, and the counts of it."""
    counts, proxy = Counts(), ReverseProxy(timeouts=timeouts)
    proxy.add_target(url, health=[counts], retry=None)
    return proxy, counts


@step(1)
async def test_a_client_that_leaves_takes_its_request_along() -> None:
    """A client hangs up before there is an answer, and then another in the middle of one: 0.

    Why: it is the end that a `-= 1` behind an `await` misses.
    Read: Step 1, "Counting what is in flight".
    """
    heard = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await hear(reader)
        writer.write(PIECE if head.line.startswith("GET /half") else b"")
        heard.set()
        await reader.read()

    async with listening(slow) as url:
        proxy, counts = counted(url)
        async with serving(proxy) as address:
            for path in (b"/", b"/half"):
                heard.clear()
                counts.over.clear()
                async with connection(address) as (reader, writer):
                    writer.write(GET.replace(b"/", path, 1))
                    await heard.wait()
                    if path == b"/half":
                        await reader.readuntil(b"he")
                    (one,) = counts.upstreams
                    assert one.in_flight == 1, f"a request runs, and in_flight is {one.in_flight}"
                async with asyncio.timeout(PATIENCE):
                    await counts.over.wait()
                assert one.in_flight == 0, f"a client left, and in_flight stays {one.in_flight}"


@step(1)
async def test_an_upstream_that_fails_is_not_busy() -> None:
    """No head in time, a body that breaks off, and a good answer: 0 after each, and 1 within.

    Why: a use is over when the last byte went to the client, or when it is clear that none will.
    Read: Step 1, "Counting what is in flight".
    """
    answers = [b"", PIECE, PIECE + b"llo"]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        if answer := answers.pop(0):
            writer.write(answer)
        else:
            await reader.read()

    async with listening(script) as url:
        proxy, counts = counted(url, Timeouts(read=0.1))
        async with serving(proxy) as address:
            for what in ("no head came", "a body broke off", "an answer was whole"):
                with contextlib.suppress(Exception):
                    await ask(address, GET)
                (one,) = counts.upstreams
                assert one.in_flight == 0, f"{what}, and in_flight stays at {one.in_flight}"
    assert max(count for _, count in counts.seen) == 1
    assert ("answered", 1) in counts.seen, "the head of an answer was taken for its end"

"""Step 2: owned for the whole answer."""

import asyncio

import pytest

from reverseproxy import Timeouts, UpstreamError
from reverseproxy.http.outgoing import UpstreamClient, UpstreamRequest
from reverseproxy.origin import Origin
from tests.support.loopback import Handler, closed_port, hear, listening
from tests.support.steps import step

ASKED = UpstreamRequest("GET", b"/", [(b"Host", b"h")], None)
CHUNKED = b"HTTP/1.1 200 OK\r\nX-Rose: red\r\nTransfer-Encoding: chunked\r\n\r\n"
NONSENSE = b"HTTP/1.1 777 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Dripping:
    """An upstream that sends a head at once, and each chunk when it is told to."""

    def __init__(self, head: bytes = CHUNKED) -> None:
        self.head = head
        self.chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed = asyncio.Event()

    @property
    def handler(self) -> Handler:
        """What a listening server does with a connection."""

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await hear(reader)
            writer.write(self.head)
            async with asyncio.TaskGroup() as group:
                dripping = group.create_task(self._drip(writer))
                await reader.read()
                self.closed.set()
                dripping.cancel()

        return drip

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        while chunk := await self.chunks.get():
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        writer.close()

    async def is_closed(self) -> bool:
        """Whether the proxy closes its connection within a second."""
        try:
            async with asyncio.timeout(1.0):
                await self.closed.wait()
        except TimeoutError:
            return False
        return True


@step(2)
async def test_the_head_is_there_before_the_body_and_each_piece_before_the_next() -> None:
    """stream opens its block as soon as the head is there; the body's pieces come when they come.

    Why: a page that grows line by line is worth nothing when all its lines arrive at the end.
    Read: Step 2, "Owned for the whole answer".
    """
    upstream, client = Dripping(), UpstreamClient(Timeouts(read=1.0))
    async with listening(upstream.handler) as url:
        async with client.stream(Origin.parse(url), ASKED) as answer:
            assert answer.status == 200
            assert (b"X-Rose", b"red") in answer.fields
            for line in (b"one\n", b"two\n"):
                upstream.chunks.put_nowait(line)
                assert await anext(answer.body) == line
        await client.aclose()


@step(2)
async def test_leaving_the_block_closes_the_connection_when_nothing_was_read() -> None:
    """The block ends, and nobody has asked for the body: the upstream's connection is closed.

    Why: a body that is never asked for its first piece never runs, so its own `finally` never runs
    either. What the block opened, the block must close.
    Read: Step 2, "Owned for the whole answer".
    """
    upstream, client = Dripping(), UpstreamClient(Timeouts())
    async with listening(upstream.handler) as url:
        async with client.stream(Origin.parse(url), ASKED):
            pass
        assert await upstream.is_closed(), "the block was left, and the upstream still sends"
        await client.aclose()


@step(2)
async def test_an_error_in_the_block_closes_the_connection_and_stays_what_it_is() -> None:
    """An OSError that the client's side raises leaves the block as that OSError.

    Why: whose fault an error is decides what is done about it. In chapter 6, an upstream that is
    blamed for its clients' troubles is taken out of service.
    Read: Step 2, "Owned for the whole answer".
    """
    upstream, client = Dripping(), UpstreamClient(Timeouts())

    async def use_it(url: str) -> None:
        async with client.stream(Origin.parse(url), ASKED):
            raise BrokenPipeError("the client's")

    async with listening(upstream.handler) as url:
        try:
            await use_it(url)
        except BrokenPipeError:
            pass
        except UpstreamError:
            pytest.fail("an error of the client's was blamed on the upstream")
        assert await upstream.is_closed(), "an error left the block, and the upstream still sends"
        await client.aclose()


@step(2)
async def test_a_head_that_is_refused_closes_the_connection() -> None:
    """Status 777: an UpstreamError, and the connection is closed all the same.

    Why: the connection was open before the head was looked at. What is refused must be closed too.
    Read: Step 2, "Owned for the whole answer".
    """
    upstream, client = Dripping(NONSENSE), UpstreamClient(Timeouts())
    async with listening(upstream.handler) as url:
        with pytest.raises(UpstreamError):
            await client.stream(Origin.parse(url), ASKED).__aenter__()
        assert await upstream.is_closed(), "the head was refused, and the connection is still open"
        await client.aclose()


@step(2)
async def test_a_block_that_is_cancelled_closes_the_connection() -> None:
    """The task that stands in the block is cancelled: the upstream's connection is closed.

    Why: this is how the leaving of a client will arrive here, in step 4.
    Read: Step 2, "Owned for the whole answer".
    """
    upstream, client, entered = Dripping(), UpstreamClient(Timeouts()), asyncio.Event()

    async def use_it(url: str) -> None:
        async with client.stream(Origin.parse(url), ASKED):
            entered.set()
            await asyncio.Event().wait()

    async with listening(upstream.handler) as url, asyncio.timeout(5.0):
        using = asyncio.ensure_future(use_it(url))
        await asyncio.wait(
            [using, asyncio.ensure_future(entered.wait())], return_when="FIRST_COMPLETED"
        )
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await using
        assert await upstream.is_closed(), "the block was cancelled, and the upstream still sends"
        await client.aclose()


@step(2)
async def test_an_upstream_that_is_not_there_is_still_the_upstreams_fault() -> None:
    """Nobody listens: UpstreamError, as in chapter 1.

    Why: httpx's exceptions are httpx's; the rest of the proxy knows only ours.
    Read: Step 2, "Owned for the whole answer".
    """
    client = UpstreamClient(Timeouts())
    nobody = Origin("http", "127.0.0.1", closed_port())
    with pytest.raises(UpstreamError):
        await client.stream(nobody, ASKED).__aenter__()
    await client.aclose()

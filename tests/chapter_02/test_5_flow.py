"""Step 5: turned on."""

import asyncio

import h11
import pytest

from reverseproxy.errors import AnswerBroken
from tests.support.asgi import Messages, Sent, body_piece
from tests.support.loopback import (
    ask,
    closed_port,
    connection,
    hear,
    listening,
    proxy_to,
    serving,
    upstream,
)
from tests.support.steps import step

GET = b"GET /events HTTP/1.1\r\nHost: example.org\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = 1_048_576
SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"h")],
}


@step(5)
async def test_the_first_event_arrives_before_the_second_is_written() -> None:
    """An upstream sends one line, and waits until the client has it; then the next.

    Why: a proxy that waits for the end turns a live page into a dead one, and a chat into a letter.
    Read: Step 5, "Turned on".
    """
    arrived = asyncio.Event()

    async def events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED + b"4\r\none\n\r\n")
        await arrived.wait()
        writer.write(b"4\r\ntwo\n\r\n0\r\n\r\n")

    async with (
        listening(events) as url,
        serving(proxy_to(url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(GET)
        try:
            async with asyncio.timeout(1.0):
                await reader.readuntil(b"one\n")
        except TimeoutError:
            pytest.fail("the first line was held back until the second came")
        finally:
            arrived.set()
        await reader.readuntil(b"two\n")
        assert await reader.readuntil(b"0\r\n\r\n")


@step(5)
async def test_the_first_piece_of_an_upload_arrives_before_the_second_is_sent() -> None:
    """A client sends half a body, and waits until the upstream has it; then the rest.

    Why: an upload of four gigabytes must not be four gigabytes in the proxy's memory first.
    Read: Step 5, "Turned on".
    """
    arrived = asyncio.Event()

    async def store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"ro")
        arrived.set()
        await reader.readuntil(b"se")
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    async with (
        listening(store) as url,
        serving(proxy_to(url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(b"PUT /film HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nro")
        try:
            async with asyncio.timeout(1.0):
                await arrived.wait()
        except TimeoutError:
            pytest.fail("the first half of the upload was held back until the second came")
        writer.write(b"se")
        assert (await reader.readline()).startswith(b"HTTP/1.1 201 ")


@step(5)
async def test_a_client_that_does_not_read_makes_the_upstream_wait() -> None:
    """The upstream has 48 MiB to say, the client reads nothing: soon the upstream has to wait.

    Why: the alternative is memory. A thousand slow telephones and one large file, and the proxy is
    ended by the operating system, with everybody's requests.
    Read: Step 5, "Turned on".
    """
    waits: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def film(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (48 * MEBIBYTE))
        try:
            for _ in range(48):
                writer.write(b"x" * MEBIBYTE)
                async with asyncio.timeout(0.15):
                    await writer.drain()
        except TimeoutError:
            waits.set_result(True)
        else:
            waits.set_result(False)

    async with (
        listening(film) as url,
        serving(proxy_to(url)) as address,
        connection(address) as (_, writer),
    ):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport
        writer.write(GET)
        if not await waits:
            pytest.fail("the proxy took 48 MiB for a client that read nothing")
        writer.transport.abort()


@step(5)
@pytest.mark.parametrize("begun", [b"", CHUNKED + b"4\r\none\n\r\n"], ids=["before", "after"])
async def test_a_client_that_leaves_ends_the_upstreams_work(begun: bytes) -> None:
    """The client hangs up, before the first byte or after it: the upstream's connection is closed.

    Why: an upstream cannot know that nobody waits for its answer, unless the proxy hangs up too.
    Read: Step 5, "Turned on".
    """
    asked = asyncio.Event()
    in_time: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(begun)
        asked.set()
        try:
            async with asyncio.timeout(1.0):
                in_time.set_result(await reader.read() == b"")
        except TimeoutError:
            in_time.set_result(False)

    async with listening(think) as url, serving(proxy_to(url)) as address:
        async with connection(address) as (reader, writer):
            writer.write(GET)
            await asked.wait()
            if begun:
                try:
                    async with asyncio.timeout(0.5):
                        await reader.readuntil(b"one\n")
                except TimeoutError:
                    pytest.fail("what the upstream had sent was held back")
        if not await in_time:
            pytest.fail("the client left, and the upstream works on for nobody")


@step(5)
async def test_an_upstream_that_breaks_off_looks_broken_off() -> None:
    """The upstream closes in the middle of a chunked body: no last chunk reaches the client.

    Why: the head is out, so there is no 502 any more. Not ending well is all that is left to say.
    Read: Step 5, "Turned on".
    """

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED + b"4\r\nhalf\r\n")

    async with listening(half) as url, serving(proxy_to(url)) as address:
        try:
            answer = await ask(address, GET)
        except h11.RemoteProtocolError:
            return
    pytest.fail(f"half an answer looked whole to the client: {answer}")


@step(5)
async def test_an_answer_that_breaks_off_is_logged_and_raised(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The upstream closes in the middle: one warning, and an exception for the server.

    Why: the line in the log is for you. The exception is for the server: without it, it cannot know
    that this answer was not meant to end here.
    Read: Step 5, "Turned on".
    """

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        writer.write(CHUNKED + b"4\r\nhalf\r\n")

    raised = None
    async with listening(half) as url, proxy_to(url) as proxy:
        try:
            await proxy(SCOPE, Messages(body_piece(b"", more=False)).receive, Sent().send)
        except AnswerBroken as error:
            raised = error

    assert raised, "the answer broke off, and the server did not hear of it"
    lines = [record for record in caplog.records if "broken off" in record.getMessage()]
    assert len(lines) == 1, f"the answer broke off, and {len(lines)} lines in the log say so"


@step(5)
async def test_chunks_are_for_those_who_know_them() -> None:
    """An answer in chunks reaches HTTP/1.1 in chunks, and HTTP/1.0 with a length, and whole.

    Why: a client of HTTP/1.0 does not know what chunks are. It takes their lengths for a part of
    the body.
    Read: Step 5, "Turned on", and "The plumbing".
    """
    async with (
        upstream(CHUNKED + b"4\r\nrose\r\n0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
    ):
        new = await ask(address, GET)
        old = await ask(address, b"GET / HTTP/1.0\r\nHost: h\r\n\r\n")

    assert (new.values("transfer-encoding"), new.body) == (["chunked"], b"rose")
    assert old.values("transfer-encoding") == [], "a client of HTTP/1.0 was sent chunks"
    assert (old.values("content-length"), old.body) == (["4"], b"rose")


@step(5)
async def test_a_request_that_is_not_read_to_its_end_ends_the_connection() -> None:
    """502 to a request with a body says `connection: close`; without a body it does not.

    Why: the client may go on sending its body. Whoever read the next request from this connection
    would read that.
    Read: Step 5, "Turned on".
    """
    nobody = proxy_to(f"http://127.0.0.1:{closed_port()}")
    async with serving(nobody) as address:
        put = b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nrose"
        with_a_body, without = await ask(address, put), await ask(address, GET)

    assert (with_a_body.status, without.status) == (502, 502)
    assert with_a_body.values("connection") == ["close"], "with a body, the connection was kept"
    assert without.values("connection") == [], "without a body, the connection was given up"

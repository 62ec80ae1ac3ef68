"""Step 3: the second message."""

import asyncio
import gzip

import pytest

from tests.support.loopback import (
    Answer,
    ask,
    connection,
    exchange,
    hear,
    listening,
    proxy_to,
    serving,
    upstream,
)
from tests.support.steps import step


async def through_the_proxy(request: bytes, answer: bytes) -> Answer:
    """What a client gets for `request` when the upstream answers with these bytes."""
    async with upstream(answer) as script, serving(proxy_to(script.url)) as address:
        return await ask(address, request)


@step(3)
async def test_the_upstream_hears_what_the_client_said_and_nothing_else() -> None:
    """DELETE /a%2Fb/?x=1&x="b" arrives byte for byte, and the client's fields, and no others.

    Why: %2F and / are different paths to many applications, and some sign what they send. What a
    proxy leaves out or writes anew, it changes. And a library's own User-Agent or Accept-Encoding
    would make the upstream answer a question that nobody asked.
    Read: Step 3, "The second message".
    """
    request = (
        b'DELETE /a%2Fb/?x=1&x="b" HTTP/1.1\r\nHost: example.org\r\n'
        b"Cookie: a=1\r\nCookie: b=2\r\nConnection: close\r\n\r\n"
    )
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        await ask(address, request)

    heard = script.heard[0]
    assert "?" in heard.line, f"the query was lost: the upstream heard {heard.line!r}"
    assert "%22" not in heard.line, f"the target was written anew: it became {heard.line!r}"
    assert heard.line == 'DELETE /a%2Fb/?x=1&x="b" HTTP/1.1'
    assert heard.values("host") == ["example.org"]
    assert heard.values("cookie") == ["a=1", "b=2"]
    for invented in ("user-agent", "accept", "accept-encoding"):
        assert heard.values(invented) == [], f"{invented} was invented on the way"


@step(3)
async def test_the_upstream_gets_the_body() -> None:
    """The body of a POST arrives whole, whichever way the client framed it.

    Why: the length belongs to the message, the chunks to the connection; the second message needs
    a framing of its own.
    Read: Step 3, "The second message".
    """
    post = b"POST /names HTTP/1.1\r\nHost: example.org\r\n"
    with_length = post + b"Content-Length: 9\r\n\r\nname=rose"
    in_chunks = post + b"Transfer-Encoding: chunked\r\n\r\n9\r\nname=rose\r\n0\r\n\r\n"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        await ask(address, with_length)
        await ask(address, in_chunks)

    assert [heard.body for heard in script.heard] == [b"name=rose", b"name=rose"]


@step(3)
async def test_the_client_gets_the_upstreams_answer() -> None:
    """Status, every field and the body come back: 404, two cookies and five bytes.

    Why: a 404 of the upstream is an answer like any other; the proxy has no opinion about it.
    Read: Step 3, "The second message".
    """
    answer = await through_the_proxy(
        b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: rose\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )

    assert (answer.status, answer.body) == (404, b"hello")
    assert answer.values("set-cookie") == ["a=1", "b=2"]
    assert answer.values("server") == ["rose"]


@step(3)
async def test_a_compressed_body_stays_compressed() -> None:
    """Content-Encoding: gzip and its bytes reach the client untouched.

    Why: unpack the body but keep its fields, and the client unpacks plain text, or waits for bytes
    that never come. Unpack and change the fields, and you spend everybody's time and bandwidth.
    Read: Step 3, "The second message".
    """
    packed = gzip.compress(b"petal " * 100, mtime=0)
    answer = await through_the_proxy(
        b"GET / HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(packed), packed),
    )

    if answer.body.startswith(b"petal"):
        pytest.fail("the body was unpacked on the way")
    assert answer.body == packed
    assert answer.values("content-encoding") == ["gzip"]


@step(3)
async def test_a_redirect_is_the_clients_to_follow() -> None:
    """A 302 reaches the client with its Location, and the upstream is asked once.

    Why: only the client can show the new address in its address bar, and send the cookies that
    belong to it.
    Read: Step 3, "The second message".
    """
    heard: list[str] = []

    async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard.append((await hear(reader)).line)
            first = b"302 Found\r\nLocation: /elsewhere" if len(heard) == 1 else b"200 OK"
            writer.write(b"HTTP/1.1 " + first + b"\r\nContent-Length: 0\r\n\r\n")

    async with listening(moved) as url, serving(proxy_to(url)) as address:
        answer = await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    assert len(heard) == 1, "the proxy followed the redirect itself"
    assert (answer.status, answer.values("location")) == (302, ["/elsewhere"])


@step(3)
async def test_an_answer_without_a_body_leaves_the_connection_usable() -> None:
    """After HEAD, 204, 304 and an empty body, the same connection carries the next request.

    Why: these answers have no body whatever their fields say (RFC 9112, section 6.3). A client or
    proxy that waits for one waits for ever.
    Read: Step 3, "The second message".
    """
    answers = {
        b"HEAD /": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"GET /nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
        b"GET /same": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n",
        b"GET /empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            method, path, _ = (await hear(reader)).line.encode().split(b" ")
            writer.write(answers[method + b" " + path])

    async with (
        listening(answer) as url,
        serving(proxy_to(url)) as address,
        connection(address) as (reader, writer),
    ):
        got = [
            await exchange(reader, writer, asked + b" HTTP/1.1\r\nHost: h\r\n\r\n")
            for asked in [*answers, *answers]
        ]

    assert [(a.status, a.body) for a in got[:4]] == [(200, b""), (204, b""), (304, b""), (200, b"")]
    assert got[:4] == got[4:]
    assert got[0].values("content-length") == ["1000"], "HEAD lost the length that GET has"

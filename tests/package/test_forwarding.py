"""Forwarding beyond the checkpoints."""

import asyncio
import contextlib
import errno
import os

import httpx
import pytest

from reverseproxy import ReverseProxy, Timeouts
from reverseproxy.errors import NothingLeft
from reverseproxy.http.outgoing import blame
from reverseproxy.lease import Outcome, outcome_of
from tests.support.loopback import (
    OK,
    ask,
    connection,
    exchange,
    hear,
    listening,
    proxy_to,
    serving,
    upstream,
)

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def test_a_thousand_clients_are_served_at_once() -> None:
    everybody = asyncio.Barrier(1000)

    async def when_all_are_here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        await everybody.wait()
        writer.write(OK)

    # Everybody is in this one process: what takes long here is not the proxy's connecting.
    patient = Timeouts(connect=60)
    async with (
        listening(when_all_are_here) as url,
        serving(proxy_to(url, patient), patience=60) as address,
        asyncio.TaskGroup() as clients,
    ):
        tasks = [clients.create_task(ask(address, GET)) for _ in range(1000)]

    assert {task.result().status for task in tasks} == {200}


async def test_the_upstreams_date_and_server_come_once() -> None:
    dated = b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nServer: rose\r\n"
    async with (
        upstream(dated + b"Content-Length: 0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
    ):
        answer = await ask(address, GET)

    assert answer.values("date") == ["Sat, 21 Nov 2026 00:00:00 GMT"]
    assert answer.values("server") == ["rose"]


@pytest.mark.parametrize(
    ("method", "status"), [(b"GET", b"200 OK"), (b"HEAD", b"200 OK"), (b"GET", b"304 Not Modified")]
)
async def test_what_an_upstream_sends_too_much_is_never_the_next_clients_answer(
    method: bytes, status: bytes
) -> None:
    mine = b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nOK"
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"
    async with upstream(mine + poison) as script, serving(proxy_to(script.url)) as address:
        first = await ask(address, method + b" / HTTP/1.1\r\nHost: h\r\n\r\n")
        second = await ask(address, GET)

    assert b"POISON" not in first.body + second.body


async def test_an_answer_that_names_a_length_and_comes_in_chunks_is_what_came() -> None:
    both = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        upstream(both + b"5\r\nhello\r\n0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
    ):
        answer = await ask(address, GET)

    assert (answer.status, answer.body) == (200, b"hello")


@pytest.mark.parametrize("value", [b"a\x01b", b"a\x7fb"])
async def test_a_control_character_in_an_answer_is_502(value: bytes) -> None:
    broken = b"HTTP/1.1 200 OK\r\nX: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    async with upstream(broken) as script, serving(proxy_to(script.url)) as address:
        assert (await ask(address, GET)).status == 502


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 3\r\n\r\na=b",
        b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
    ],
    ids=["transfer coding", "two transfer codings", "upgrade with length", "upgrade with chunks"],
)
async def test_a_request_that_would_arrive_as_another_one_is_refused(request_: bytes) -> None:
    async with (
        upstream() as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(request_)
        head = await reader.read()

    assert head.startswith(b"HTTP/1.1 400 ")
    assert script.heard == []


async def test_the_body_of_a_request_that_nobody_wants_is_no_request() -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: known.example\r\n\r\n"
    head = (
        b"POST / HTTP/1.1\r\nHost: other.example\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: %d\r\n\r\n" % len(hidden)
    )
    async with upstream() as script:
        proxy = ReverseProxy()
        proxy.add_target(script.url, host="known.example")
        async with serving(proxy) as address, connection(address) as (reader, writer):
            writer.write(head)
            answer = await reader.readuntil(b"404 Not Found\n")
            writer.write(hidden)
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert script.heard == []


async def test_an_upgrade_without_a_body_is_a_request_like_any_other() -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        assert (await ask(address, upgrade)).status == 200
    assert script.heard[0].values("upgrade") == []


async def test_white_space_around_a_value_is_no_part_of_it() -> None:
    spaced = b"POST / HTTP/1.1\r\nHost: h\r\nX:  a\tb \t\r\nContent-Length: 3 \r\n\r\na=b"
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        assert (await ask(address, spaced)).status == 200
    assert script.heard[0].values("x") == ["a\tb"]
    assert script.heard[0].body == b"a=b"


async def test_a_client_that_leaves_in_the_middle_of_its_body_does_no_harm() -> None:
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        async with connection(address) as (_, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
            await writer.drain()
        async with connection(address) as (reader, writer):
            answer = await exchange(reader, writer, GET)

    assert answer.status == 200
    assert [heard.line.split()[0] for heard in script.heard] == ["GET"]


async def test_a_status_that_http_does_not_have_is_502() -> None:
    lucky = b"HTTP/1.1 777 Lucky\r\nContent-Length: 0\r\n\r\n"
    async with upstream(lucky) as script, serving(proxy_to(script.url)) as address:
        answer = await ask(address, GET)

    assert answer.status == 502


async def test_a_client_of_http_1_0_gets_a_length_and_no_chunks() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    async with (
        upstream(chunked) as script,
        serving(proxy_to(script.url)) as address,
        connection(address) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")

    assert body == b"hello"
    assert b"content-length: 5" in head.lower()
    assert b"transfer-encoding" not in head.lower()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_what_the_proxy_has_run_out_of_is_no_upstreams_fault(number: int) -> None:
    error = httpx.ConnectError("no socket")
    error.__cause__ = OSError(number, "out")
    ours = blame(error)

    assert (type(ours), ours.status, str(ours)) == (NothingLeft, 503, os.strerror(number))
    assert outcome_of(ours) is Outcome.ABANDONED


def test_a_reason_that_quotes_an_upstream_is_cut() -> None:
    assert len(str(blame(httpx.RemoteProtocolError("x" * 60_000)))) == 200

"""Forwarding beyond the checkpoints."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.hop import HOP_BY_HOP, end_to_end
from reverseproxy.message import Field
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

NAMES = st.sampled_from([b"Connection", b"TE", b"te", b"Set-Cookie", b"age", b"X-Connection"])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=3)))


@given(FIELDS)
def test_fields_travel_in_order_or_not_at_all(fields: list[Field]) -> None:
    travelled = end_to_end(fields)
    rest = iter(fields)

    assert all(field in rest for field in travelled), "the order changed, or one was invented"
    assert len(fields) - len(travelled) == sum(n.lower() in HOP_BY_HOP for n, _ in fields)


async def test_many_clients_are_served_at_once() -> None:
    everybody = asyncio.Barrier(150)

    async def when_all_are_here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        await everybody.wait()
        writer.write(OK)

    async with (
        listening(when_all_are_here) as url,
        serving(proxy_to(url)) as address,
        asyncio.TaskGroup() as clients,
    ):
        tasks = [
            clients.create_task(ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
            for _ in range(150)
        ]

    assert {task.result().status for task in tasks} == {200}


async def test_the_upstreams_date_and_server_come_once() -> None:
    dated = b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nServer: rose\r\n"
    async with (
        upstream(dated + b"Content-Length: 0\r\n\r\n") as script,
        serving(proxy_to(script.url)) as address,
    ):
        answer = await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.values("date") == ["Sat, 21 Nov 2026 00:00:00 GMT"]
    assert answer.values("server") == ["rose"]


async def test_connections_to_the_upstream_are_used_again() -> None:
    connections = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await hear(reader)
            writer.write(OK)

    async with listening(counted) as url, serving(proxy_to(url)) as address:
        for _ in range(5):
            await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    assert connections == 1


async def test_a_client_that_leaves_in_the_middle_of_its_body_does_no_harm() -> None:
    async with upstream() as script, serving(proxy_to(script.url)) as address:
        async with connection(address) as (_, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
            await writer.drain()
        async with connection(address) as (reader, writer):
            answer = await exchange(reader, writer, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.status == 200
    assert [heard.line.split()[0] for heard in script.heard] == ["GET"]


async def test_a_status_that_http_does_not_have_is_502() -> None:
    lucky = b"HTTP/1.1 777 Lucky\r\nContent-Length: 0\r\n\r\n"
    async with upstream(lucky) as script, serving(proxy_to(script.url)) as address:
        answer = await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

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

"""The stop of a TcpProxy, in each of its phases."""

import asyncio
import contextlib
import socket

import pytest

from reverseproxy import TcpProxy
from reverseproxy.target import Target
from tests.chapter_15.coming_in import Watching, echo
from tests.package.tcp_served import in_flight, poller, served, until

pytestmark = pytest.mark.usefixtures(poller.__name__)


async def test_who_is_connected_may_finish_when_it_stops() -> None:
    async with echo() as one:
        target = Target([one.url])
        async with served(TcpProxy(target), grace=5.0) as proxy, proxy.client() as client:
            await client.reads(3, "it is served")
            ending = asyncio.ensure_future(proxy.end())
            await asyncio.sleep(0.05)
            client.writer.write(b"rose")
            assert await client.reads(4, "it is stopping, and still there") == b"rose"
            with pytest.raises(ConnectionRefusedError):
                proxy.connect()
            assert not ending.done()
            client.writer.write_eof()
            assert await client.ends() == "with an end"
            assert (await ending).args == ()


async def test_who_waits_in_the_queue_when_it_stops_is_served() -> None:
    async with echo() as one:
        proxy = TcpProxy(Target([one.url]), max_connections=1)
        async with served(proxy, grace=5.0) as it, it.client() as first, it.client() as second:
            await first.reads(3, "it was the first")
            ending = asyncio.ensure_future(it.end())
            first.writer.write_eof()
            await second.reads(3, "it had come before the stop, and there is room now")
            second.writer.write_eof()
            assert (await ending).args == ()


async def test_nor_are_there_more_than_may_be_when_it_stops() -> None:
    async with echo() as one:
        target = Target([one.url])
        proxy = TcpProxy(target, max_connections=2)
        async with served(proxy, grace=0.5) as it, contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(it.client()) for _ in range(9)]
            await clients[0].reads(3, "it is served")
            assert (await it.end()).args == (9,)
            assert {await client.ends() for client in clients} == {"with a reset"}
        assert one.count == 2


@pytest.mark.parametrize("cancels", [1, 2, 3])
@pytest.mark.parametrize("grace", [0.0, 0.1])
async def test_who_does_not_leave_is_cut_off_and_counted(grace: float, cancels: int) -> None:
    async with echo() as one:
        target = Target([one.url])
        async with served(TcpProxy(target), grace=grace) as proxy, proxy.client() as client:
            await client.reads(3, "it is served")
            assert (await proxy.end(cancels)).args == (1,)
            assert await client.ends() == "with a reset"
            assert in_flight(target) == 0


async def test_a_second_cancel_does_not_wait() -> None:
    async with (
        echo() as one,
        served(TcpProxy(Target([one.url])), grace=60) as proxy,
        proxy.client() as client,
    ):
        await client.reads(3, "it is served")
        async with asyncio.timeout(1):
            assert (await proxy.end(2)).args == (1,)


@pytest.mark.parametrize("cancels", [1, 2])
async def test_who_is_still_connecting_is_cut_off_and_counted(cancels: int) -> None:
    with contextlib.ExitStack() as held:
        sock = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
        watching = Watching()
        target = Target([f"tcp://127.0.0.1:{sock.getsockname()[1]}"], health=[watching])
        async with served(TcpProxy(target), grace=0.1) as proxy, proxy.client() as client:
            await until(lambda: in_flight(target))
            assert (await proxy.end(cancels)).args == (1,)
            assert await client.ends() == "with a reset"
        assert in_flight(target) == 0
        assert [how for how, _ in watching.heard] == ["abandoned"]


async def test_stopped_before_anybody_came() -> None:
    async with echo() as one, served(TcpProxy(Target([one.url]))) as proxy:
        assert (await proxy.end()).args == ()


async def test_served_again_after_a_stop() -> None:
    async with echo() as one:
        proxy = TcpProxy(Target([one.url]))
        for _ in range(2):
            async with served(proxy) as it, it.client() as client:
                await client.reads(3, "it is served")

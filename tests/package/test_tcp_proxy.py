"""Who is let in by a TcpProxy, and with whom it is connected."""

import asyncio
import contextlib
import errno
import os
import resource
import socket
from pathlib import Path
from random import Random
from typing import Any

import pytest

from reverseproxy import ActiveHealth, ConfigurationError, PassiveHealth, TcpProbe, TcpProxy
from reverseproxy.target import Target
from reverseproxy.tcp import door
from reverseproxy.tcp.door import Door
from tests.chapter_15.coming_in import Echo, Watching, client_of, echo
from tests.package.tcp_served import in_flight, poller, reset, served, until
from tests.support.loopback import PATIENCE, closed_port

pytestmark = pytest.mark.usefixtures(poller.__name__)


@pytest.mark.parametrize("policy", ["round-robin", "random", "first", "least-conn", "p2c", "ring"])
async def test_every_policy_balances_connections(policy: str) -> None:
    async with echo() as one, echo() as two:
        target = Target([one.url, two.url], policy=policy)
        async with served(TcpProxy(target)) as proxy, contextlib.AsyncExitStack() as held:
            for _ in range(10):
                client = await held.enter_async_context(proxy.client())
                await client.reads(3, policy)
            assert one.count + two.count == in_flight(target) == 10
            if policy in ("round-robin", "least-conn"):
                assert one.count == 5
            if policy in ("first", "ring"):
                assert 10 in (one.count, two.count)
        await until(lambda: not in_flight(target))


async def test_one_connection_and_who_waits_for_it() -> None:
    async with echo() as one, served(TcpProxy(Target([one.url]), max_connections=1)) as proxy:
        for _ in range(5):
            async with proxy.client() as first, proxy.client() as second:
                names = await first.reads(3, "the first")
                first.writer.close()
                assert names == await second.reads(3, "the second") == b"one"


async def test_a_dead_first_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async with echo() as one:
        port = int(one.url.rpartition(":")[2])
        dead = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", closed_port(), 0, 0))
        alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))

        async def getaddrinfo(*_: object, **__: object) -> list[object]:
            return [dead, alive]

        watching = Watching()
        target = Target([f"tcp://rose.test:{port}"], health=[watching])
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        async with served(TcpProxy(target)) as proxy, proxy.client() as client:
            assert await client.reads(3, "its second address is alive") == b"one"
        assert watching.heard[0][0] == "success"


async def test_a_name_that_nobody_knows_in_time_has_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        await asyncio.sleep(PATIENCE)
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    watching = Watching()
    async with echo() as one:
        target = Target(["tcp://rose.test:1", one.url], health=[watching])
        async with served(TcpProxy(target, connect=0.05)) as proxy, proxy.client() as client:
            assert await client.reads(3, "the second upstream is alive") == b"one"
    assert watching.heard[0] == ("failure", "tcp://rose.test:1")


async def test_a_name_that_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with served(TcpProxy(Target(["tcp://rose.test:1"]))) as proxy, proxy.client() as client:
        assert await client.ends() == "with a reset"
    assert "Name or service not known" in caplog.text


@pytest.mark.parametrize("policy", ["round-robin", "ring"])
async def test_a_socket_of_the_file_system(tmp_path: Path, policy: str) -> None:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(tmp_path / "rose.sock"))
    sock.listen()
    async with echo() as one:
        target = Target([one.url], policy=policy)
        async with served(TcpProxy(target), sock) as proxy, proxy.client() as client:
            assert await client.reads(3, "through the file system") == b"one"


async def test_ipv6_before_and_behind() -> None:
    is_over = asyncio.Event()

    async def six(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Echo(b"six").talk(reader, writer)
        writer.close()
        is_over.set()

    upstream = await asyncio.start_server(six, "::1", 0)
    port = upstream.sockets[0].getsockname()[1]
    sock = socket.create_server(("::1", 0), family=socket.AF_INET6)
    target = Target([f"tcp://[::1]:{port}"], policy="ring")
    async with served(TcpProxy(target), sock) as proxy:
        async with proxy.client() as client:
            assert await client.reads(3, "all of it is IPv6") == b"six"
        await is_over.wait()
    upstream.close()


async def test_a_socket_that_is_shared_stays_open_for_others() -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    other = sock.dup()
    async with echo() as one:
        async with served(TcpProxy(Target([one.url])), sock) as proxy, proxy.client() as client:
            await client.reads(3, "it is served")
        with socket.create_connection(other.getsockname()):
            other.setblocking(False)
            taken, _ = other.accept()
            taken.close()
    other.close()


async def test_no_descriptor_is_left_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with (
        echo() as one,
        served(TcpProxy(Target([one.url]))) as proxy,
        proxy.client() as first,
    ):
        await first.reads(3, "there are descriptors")
        sock = proxy.connect()
        free = os.dup(0)
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            await until(lambda: "no more clients for now" in caplog.text)
            first.writer.write(b"x")
            await first.reads(1, "who is inside is served")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        async with client_of(sock) as waits:
            await waits.reads(3, "there are descriptors again")


async def test_health_that_is_asked_and_health_that_is_noticed() -> None:
    dead = f"tcp://127.0.0.1:{closed_port()}"
    async with echo() as one:
        target = Target([dead, one.url], health=[PassiveHealth()])
        async with served(TcpProxy(target)) as proxy:
            for _ in range(10):
                async with proxy.client() as client:
                    await client.reads(3, "one of two is alive")
            assert target.upstreams[0].facts.ejected_until
        target = Target(
            [dead, one.url], health=[ActiveHealth(TcpProbe(), interval=0.02, timeout=0.02)]
        )
        async with served(TcpProxy(target)):
            await until(lambda: [each.facts.is_up for each in target.upstreams] == [False, True])


async def test_a_policy_that_raises_costs_one_connection() -> None:
    class Broken:
        """A policy that fails."""

        def select(self, upstreams: object, accepts: object) -> None:
            """Fails."""
            raise ZeroDivisionError("a policy of somebody's own")

    async with echo() as one, echo() as two:
        target = Target([one.url, two.url], policy=Broken())
        async with served(TcpProxy(target), raises=True) as proxy, proxy.client() as client:
            assert await client.ends() == "with a reset"


async def test_a_crowd_of_connections_that_come_and_go() -> None:
    chance = Random(15)
    async with echo() as one, echo() as two:
        target = Target([one.url, f"tcp://127.0.0.1:{closed_port()}", two.url])
        async with served(TcpProxy(target, max_connections=20)) as proxy:

            async def visit() -> None:
                for _ in range(5):
                    async with proxy.client() as client:
                        await client.reads(3, "one of three is dead")
                        if chance.random() < 0.5:
                            reset(client.writer)

            async with asyncio.TaskGroup() as group:
                for _ in range(40):
                    group.create_task(visit())
            await until(lambda: not in_flight(target))
        assert one.count + two.count == 200


@pytest.mark.parametrize(
    ("upstream", "settings"),
    [
        ("http://127.0.0.1:1", {}),
        ("tcp://127.0.0.1:1/path", {}),
        ("tcp://127.0.0.1:1", {"connect": 0}),
        ("tcp://127.0.0.1:1", {"idle": 0}),
        ("tcp://127.0.0.1:1", {"max_connections": 0}),
        ("tcp://127.0.0.1:1", {"max_connections": 10_000_000}),
    ],
)
def test_what_cannot_be_is_said_at_once(upstream: str, settings: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        TcpProxy(Target([upstream]), **settings)  # type: ignore[arg-type]  # that is the point


def test_a_key_is_an_address() -> None:
    with pytest.raises(ConfigurationError, match="address"):
        TcpProxy(Target(["tcp://127.0.0.1:1"], policy="ring", key="path"))


class Full:
    """A listening socket for whose clients there is no descriptor, and a poller of it."""

    def fileno(self) -> int:
        """A number."""
        return 3

    def accept(self) -> None:
        """There is somebody, and nothing to take them by."""
        raise OSError(errno.EMFILE, "Too many open files")

    def add_reader(self, fd: int, call: object) -> None:
        """Nobody is called."""

    def remove_reader(self, fd: int) -> None:
        """Nobody is called."""


async def test_a_door_that_is_stuck_says_so_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    full: Any = Full()
    stuck = Door([full], full, lambda: True, lambda client: None)
    stuck.open()
    for _ in range(5):
        stuck.accept(full)
    assert caplog.messages == ["no more clients for now: Too many open files"]
    monkeypatch.setattr(door, "LONG", -1.0)
    stuck.accept(full)
    assert len(caplog.messages) == 2
    stuck.shut()


async def test_a_socket_that_is_bound_and_no_more_is_listened_on() -> None:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    async with (
        echo() as one,
        served(TcpProxy(Target([one.url])), sock) as proxy,
        proxy.client() as client,
    ):
        await client.reads(3, "it listens")

"""TLS that is passed on by its name: what ServerNames takes, and what becomes of connections."""

import asyncio
import contextlib
import functools
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from reverseproxy import (
    ActiveHealth,
    ServerNames,
    SplicedFlow,
    Target,
    TcpProbe,
    TcpProxy,
    UpstreamTls,
)
from reverseproxy.client_hello import LONGEST
from tests.chapter_15.coming_in import Echo, echo
from tests.chapter_15.wires import break_off
from tests.chapter_18.hellos import (
    Wire,
    alert,
    asking,
    authority,
    long,
    real,
    record,
    records,
    site,
    tell,
    visitor,
)
from tests.package.tcp_served import Served, in_flight, poller, served, until
from tests.support.loopback import closed_port, listening

epolls = pytest.mark.usefixtures(poller.__name__)

ROSE = asking("rose.test")
SOMEWHERE = Target("tcp://127.0.0.1:7")


@contextlib.asynccontextmanager
async def rose_at(
    make: Callable[[ServerNames], TcpProxy] = TcpProxy, grace: float = 0.0
) -> AsyncIterator[tuple[Echo, Served, int]]:
    """An upstream called rose.test, behind a proxy, and the proxy's port."""
    async with (
        echo(b"rose:") as one,
        served(make(ServerNames({"rose.test": Target(one.url)})), grace=grace) as proxy,
    ):
        assert isinstance(proxy.address, tuple)
        yield one, proxy, proxy.address[1]


@epolls
async def test_a_client_in_the_middle_of_its_hello_may_finish() -> None:
    async with rose_at(grace=5.0) as (_, proxy, _), proxy.client() as client:
        client.writer.write(ROSE[:100])
        await asyncio.sleep(0.02)
        ending = asyncio.ensure_future(proxy.end())
        await asyncio.sleep(0.05)
        assert not ending.done()
        client.writer.write(ROSE[100:])
        client.writer.write_eof()
        heard = await client.reads(5 + len(ROSE), "it has said whom it wants")
        assert heard == b"rose:" + ROSE
        assert (await ending).args == ()


@epolls
async def test_a_client_in_the_middle_of_its_hello_is_cut_off_and_counted() -> None:
    async with rose_at(grace=0.05) as (one, proxy, _), proxy.client() as client:
        client.writer.write(ROSE[:100])
        await asyncio.sleep(0.02)
        assert (await proxy.end()).args == (1,)
        assert await client.ends() == "with a reset"
        assert one.count == 0


@epolls
async def test_a_client_in_the_middle_of_its_hello_has_a_place() -> None:
    make = functools.partial(TcpProxy, max_connections=1)
    async with rose_at(make) as (one, proxy, _), proxy.client() as first:
        first.writer.write(ROSE[:100])
        await asyncio.sleep(0.02)
        async with proxy.client() as second:
            second.writer.write(ROSE)
            await asyncio.sleep(0.02)
            assert one.count == 0
            await first.close()
            assert await second.reads(5, "there is room now") == b"rose:"


@epolls
async def test_another_upstream_hears_all_of_it() -> None:
    dead = f"tcp://127.0.0.1:{closed_port()}"
    async with echo(b"two:") as two:
        target = Target([dead, two.url], policy="first")
        async with served(TcpProxy(ServerNames({"rose.test": target}))) as proxy:
            assert isinstance(proxy.address, tuple)
            heard = await tell(proxy.address[1], ROSE[:9], ROSE[9:] + b"later", leaves=True)
            assert heard.data == b"two:" + ROSE + b"later"
        assert in_flight(target) == 0


async def test_a_name_without_an_upstream_left_is_reset(caplog: pytest.LogCaptureFixture) -> None:
    target = Target(f"tcp://127.0.0.1:{closed_port()}")
    async with served(TcpProxy(ServerNames({"rose.test": target}))) as proxy:
        assert isinstance(proxy.address, tuple)
        heard = await tell(proxy.address[1], ROSE)
        assert (heard.data, heard.end) == (b"", "a reset")
    assert "no connection for *: upstream tcp://127.0.0.1" in caplog.text


async def test_the_key_is_the_clients_address() -> None:
    async with echo(b"one:") as one, echo(b"two:") as two:
        target = Target([one.url, two.url], policy="ring")
        names = ServerNames({"thorn.test": SOMEWHERE, "rose.test": target})
        async with served(TcpProxy(names, trusted_proxies=["127.0.0.1"])) as proxy:
            assert isinstance(proxy.address, tuple)
            for n in range(20):
                line = f"PROXY TCP4 192.0.2.{n} 203.0.113.9 7 443\r\n".encode()
                heard = await tell(proxy.address[1], line + ROSE, leaves=True)
                chosen = one if heard.data.startswith(b"one:") else two
                assert chosen.url == str(target.select_upstream(f"192.0.2.{n}".encode()))
        assert one.count
        assert two.count


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_header_comes_before_the_hello(version: str) -> None:
    make = functools.partial(TcpProxy, send_proxy=version)
    async with rose_at(make) as (_, _, port):
        heard = await tell(port, ROSE[:50], ROSE[50:], leaves=True)
        start = b"PROXY TCP4 127.0.0.1 127.0.0.1 " if version == "v1" else b"\r\n\r\n\0\r\nQUIT\n"
        assert heard.data.startswith(b"rose:" + start)
        assert heard.data.endswith(ROSE)
        assert heard.data.count(ROSE) == 1


async def test_no_hello_within_a_header_that_is_none() -> None:
    make = functools.partial(TcpProxy, trusted_proxies=["127.0.0.1"])
    async with rose_at(make) as (one, _, port):
        assert (await tell(port, ROSE)).end == "a reset"
        assert one.count == 0


@epolls
async def test_the_upstreams_of_each_target_are_probed() -> None:
    health = [ActiveHealth(TcpProbe(), interval=0.05, timeout=0.05)]
    async with contextlib.AsyncExitStack() as stack:
        them = [await stack.enter_async_context(echo()) for _ in range(4)]
        rose, thorn, default, other = (Target(each.url, health=health) for each in them)
        names = ServerNames(
            {"rose.test": rose, "*.rose.test": rose, "thorn.test": thorn},
            default=default,
            not_tls=other,
        )
        async with served(TcpProxy(names)):
            await until(lambda: all(each.count for each in them))


@epolls
@pytest.mark.parametrize("flow", [None, SplicedFlow])
async def test_a_lot_of_data_comes_through(flow: type[SplicedFlow] | None) -> None:
    if flow and not hasattr(os, "splice"):
        pytest.skip("only Linux has splice(2)")
    make = functools.partial(TcpProxy, flow=flow) if flow else TcpProxy
    async with rose_at(make) as (_, _, port):
        data = ROSE + b"".join(record(bytes((n % 256,)) * 16_000, 23) for n in range(60))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        writer.write_eof()
        assert await reader.read(-1) == b"rose:" + data
        writer.close()


@epolls
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (long(20_000), alert(50)),
        (records(long(LONGEST)[5:], 1)[: LONGEST + 5], alert(50)),
        (record(bytes(LONGEST - 5)), alert(10)),
        (bytes(9_000), b""),
    ],
    ids=["one record", "a byte a record", "another message", "no TLS"],
)
async def test_who_goes_on_talking_is_told_all_the_same(data: bytes, words: bytes) -> None:
    async with rose_at() as (one, _, port):
        heard = await tell(port, data)
        assert heard.data == words
        assert heard.end in ("an end", "a reset")  # what it said after that nobody has read
        assert one.count == 0


@epolls
async def test_one_of_16_kib_is_passed_on() -> None:
    async with rose_at() as (_, _, port):
        for data in (long(LONGEST), records(long(10_000)[5:], 20)):
            heard = await tell(
                port, *(data[at : at + 999] for at in range(0, len(data), 999)), leaves=True
            )
            assert heard.data == b"rose:" + data


@epolls
async def test_who_leaves_at_once_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reverseproxy")
    async with rose_at() as (_, proxy, port):
        for data in (b"", ROSE[:1], ROSE[:-1], b"\x16\x03\x01"):
            sock = proxy.connect()
            sock.sendall(data)
            break_off(sock)
            assert (await tell(port, data, leaves=True)).data == b""
        assert "no connection" not in caplog.text
        sock = proxy.connect()
        sock.sendall(ROSE)
        break_off(sock)
        await tell(port, ROSE, leaves=True)
        await tell(port, asking("thorn.test"))
    refused = [each for each in caplog.records if "nobody here is thorn.test" in each.message]
    assert [each.levelname for each in refused] == ["INFO"]


async def test_names_have_stars_here_too() -> None:
    async with echo(b"star:") as star, echo(b"one:") as one:
        names = ServerNames({"*.rose.test": Target(star.url), "a.rose.test": Target(one.url)})
        async with served(TcpProxy(names)) as proxy:
            assert isinstance(proxy.address, tuple)
            for name, wanted in (
                ("a.rose.test", b"one:"),
                ("b.rose.test", b"star:"),
                ("b.a.rose.test", b"star:"),
                ("rose.test", alert(112)),
            ):
                data = real(name)
                heard = await tell(proxy.address[1], data, leaves=True)
                assert heard.data == (wanted + data if wanted.endswith(b":") else wanted)


async def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(tmp_path / "door"))
    async with echo(b"rose:") as one:
        proxy = TcpProxy(ServerNames({"rose.test": Target(one.url)}), send_proxy="v1")
        async with served(proxy, door) as it, it.client() as client:
            client.writer.write(ROSE)
            client.writer.write_eof()
            heard = await client.reader.read(-1)
            assert heard == b"rose:PROXY UNKNOWN\r\n" + ROSE


async def test_who_speaks_no_tls_may_have_it_put_around(tmp_path: Path) -> None:
    """Beside TLS that is passed on: the other target's upstream wants TLS, and gets it."""
    file = tmp_path / "authority.pem"
    file.write_bytes(authority().cert_pem.bytes())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer, site("rose.test"))
        await wire.begin()
        wire.write(b"heard " + await wire.read())

    async with echo(b"thorn:") as thorn, listening(answer) as url:
        secure = Target(
            url.replace("http", "tls"), tls=UpstreamTls(ca_file=str(file), name="rose.test")
        )
        names = ServerNames({"thorn.test": Target(thorn.url)}, not_tls=secure)
        async with served(TcpProxy(names)) as proxy:
            assert isinstance(proxy.address, tuple)
            reader, writer = await asyncio.open_connection(*proxy.address)
            writer.write(b"GET /")
            assert await reader.readexactly(11) == b"heard GET /"
            writer.close()


@pytest.mark.parametrize("size", [1, 50, 16_384])
async def test_a_real_handshake_survives_any_records(size: int) -> None:
    """The upstream's OpenSSL reads what the proxy has read, and finds the same name."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("rose.test").configure_cert(context)
    context.sni_callback = lambda _, name, __: names.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Wire(reader, writer, context).begin()

    async with listening(answer) as url:
        target = Target(url.replace("http", "tcp"))
        async with served(TcpProxy(ServerNames({"rose.test": target}))) as proxy:
            assert isinstance(proxy.address, tuple)
            reader, writer = await asyncio.open_connection(*proxy.address)
            cutting: Any = Cutting(writer, size)
            client = Wire(reader, cutting, visitor(ssl.TLSVersion.TLSv1_3), "rose.test")
            await client.begin()
            writer.close()
    assert names == ["rose.test"]


class Cutting:
    """A writer that cuts the first record into smaller ones."""

    def __init__(self, writer: asyncio.StreamWriter, size: int) -> None:
        self._writer, self._size, self._has_cut = writer, size, False

    def write(self, data: bytes) -> None:
        """Says it."""
        if data and not self._has_cut:
            self._has_cut, data = True, records(data[5:], self._size)
        self._writer.write(data)

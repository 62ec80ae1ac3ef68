"""Real DNS and real QUIC through a UdpProxy, and nginx's datagrams beside ours."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import dns.asyncquery
import dns.exception
import dns.message
import dns.rdatatype
import pytest
import trustme
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.quic.configuration import QuicConfiguration

from reverseproxy import ActiveHealth, UdpProbe
from reverseproxy.udp.counts import Drop
from tests.package.udp_served import (
    Answering,
    Served,
    answering,
    bound,
    in_flight,
    proxied,
    until,
)
from tests.real.test_proxy_protocol import stream_module
from tests.real.test_real_peers import process, program
from tests.support.loopback import closed_port

UNBOUND = """
server:
    interface: 127.0.0.1
    port: {port}
    access-control: 127.0.0.0/8 allow
    do-daemonize: no
    do-ip6: no
    use-syslog: no
    logfile: "{folder}/log"
    pidfile: "{folder}/pid"
    directory: "{folder}"
    chroot: ""
    username: ""
    num-threads: 1
    module-config: "iterator"
    local-zone: "test." static
    local-data: 'who.test. 60 IN TXT "{name}"'
remote-control:
    control-enable: no
"""

NGINX = """
load_module {module};
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
stream {{
    {upstreams}
    server {{ listen 127.0.0.1:{port} udp; {settings} }}
    server {{ listen 127.0.0.1:{port}; return "it runs"; }}
}}
"""


def prepared(folder: Path, name: str, text: str) -> Path:
    """A folder with the settings of a program, and nothing else; where they are."""
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@contextlib.asynccontextmanager
async def resolver(folder: Path, name: str) -> AsyncIterator[int]:
    """Debian's unbound, which knows nothing but its name; yields its port."""
    port = closed_port()
    text = UNBOUND.format(folder=folder / name, port=port, name=name)
    settings = prepared(folder / name, "conf", text)
    command = (program("unbound", "unbound"), "-d", "-c", str(settings))
    async with process(*command, port=port):
        yield port


@contextlib.asynccontextmanager
async def nginx(folder: Path, settings: str, upstreams: str = "") -> AsyncIterator[int]:
    """Debian's nginx, for datagrams; yields its port."""
    port = closed_port()
    values = {"folder": folder, "port": port, "settings": settings, "upstreams": upstreams}
    written = prepared(folder, "nginx.conf", NGINX.format(module=stream_module(), **values))
    command = (program("nginx", "nginx"), "-p", str(folder), "-e", "stderr")
    async with process(*command, "-c", str(written), port=port):
        yield port


def urls(*ports: int) -> list[Answering | str]:
    """Upstreams at these ports."""
    return [f"udp://127.0.0.1:{port}" for port in ports]


async def who(port: int, patience: float = 5.0) -> str:
    """The name of the resolver that answers, as a client asks for it: once more after a while."""
    question = dns.message.make_query("who.test.", dns.rdatatype.TXT)
    for _ in range(50):
        with contextlib.suppress(dns.exception.Timeout):
            answer = await dns.asyncquery.udp(question, "127.0.0.1", timeout=patience, port=port)
            return str(answer.answer[0][0]).strip('"')
    pytest.fail("nobody answers")


async def test_resolvers_share_the_questions(tmp_path: Path) -> None:
    async with (
        resolver(tmp_path, "one") as one,
        resolver(tmp_path, "two") as two,
        proxied(urls(one, two), responses=1) as proxy,
    ):
        names = await asyncio.gather(*(who(proxy.address[1]) for _ in range(100)))
        assert Counter(names) == {"one": 50, "two": 50}
        await until(lambda: not in_flight(proxy))
        assert proxy.proxy.counts.answered == 100


@pytest.mark.parametrize("policy", ["round-robin", "maglev"])
async def test_a_resolver_that_dies_is_not_the_end(tmp_path: Path, policy: str) -> None:
    settings: dict[str, Any] = {"responses": 1, "policy": policy}
    if policy == "maglev":
        settings["target"] = {"key": "address-port"}
    async with resolver(tmp_path, "left") as left, contextlib.AsyncExitStack() as dies:
        port = await dies.enter_async_context(resolver(tmp_path, "dies"))
        async with proxied(urls(port, left), **settings) as proxy:
            names = [await who(proxy.address[1]) for _ in range(40)]
            assert set(names) == {"left", "dies"}
            await dies.aclose()
            for _ in range(40):
                assert await who(proxy.address[1], patience=0.05) == "left"
            target = proxy.proxy._target
            assert target.upstreams[0].facts.ejected_until, "refusals are failures"


async def test_a_probe_asks_as_a_client_does(tmp_path: Path) -> None:
    question = dns.message.make_query("who.test.", dns.rdatatype.TXT).to_wire()
    probe = UdpProbe(question, expect=b"\x03one")
    health = ActiveHealth(probe, interval=0.05, timeout=0.05, fall=1)
    async with resolver(tmp_path, "two") as two, resolver(tmp_path, "one") as one:
        settings = {"health": [health]}
        async with proxied(urls(two, one), responses=1, target=settings) as proxy:
            ups = proxy.proxy._target.upstreams
            await until(lambda: [each.facts.is_up for each in ups] == [False, True])
            assert {await who(proxy.address[1]) for _ in range(10)} == {"one"}


async def test_nginx_before_it_and_behind_it(tmp_path: Path) -> None:
    async with (
        resolver(tmp_path, "one") as one,
        nginx(tmp_path / "behind", f"proxy_pass 127.0.0.1:{one}; proxy_responses 1;") as behind,
        proxied(urls(behind), responses=1) as proxy,
        nginx(tmp_path / "before", f"proxy_pass 127.0.0.1:{proxy.address[1]};") as before,
    ):
        assert {await who(before) for _ in range(20)} == {"one"}


@pytest.mark.parametrize(
    ("key", "theirs"), [("address", "$remote_addr"), ("address-port", "$remote_addr:$remote_port")]
)
async def test_the_ring_is_that_of_nginx(tmp_path: Path, key: str, theirs: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        them = [await stack.enter_async_context(answering(b"%d " % n)) for n in range(3)]
        servers = " ".join(f"server {each.url.removeprefix('udp://')};" for each in them)
        upstreams = f"upstream them {{ hash {theirs} consistent; {servers} }}"
        port = await stack.enter_async_context(
            nginx(tmp_path / "nginx", "proxy_pass them;", upstreams)
        )
        settings: dict[str, Any] = {"policy": "ring", "target": {"key": key}}
        proxy = await stack.enter_async_context(proxied(list(them), **settings))
        names = set()
        for number in range(100):
            client = proxy.client(source=f"127.0.1.{number + 1}")
            ours = await client.asks(b"rose")
            client.sock.connect(("127.0.0.1", port))
            assert await client.asks(b"rose") == ours
            names.add(ours)
        assert len(names) == 3


def echo(name: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
    """What answers each stream with its name, and all that came."""
    tasks = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name + await reader.read())
        writer.write_eof()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(talk(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return begin


@contextlib.asynccontextmanager
async def quic(name: bytes, folder: Path, authority: trustme.CA) -> AsyncIterator[int]:
    """A server that speaks QUIC; yields its port."""
    certificate = authority.issue_cert("rose.test")
    chain, key = folder / f"{name.decode()}.pem", folder / f"{name.decode()}.key"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(str(key))
    settings = QuicConfiguration(is_client=False, alpn_protocols=["echo"])
    settings.load_cert_chain(str(chain), str(key))
    with bound() as sock:
        port = int(sock.getsockname()[1])
    server = await serve("127.0.0.1", port, configuration=settings, stream_handler=echo(name))
    try:
        yield port
    finally:
        server.close()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def speaking(proxy: Served, authority: trustme.CA) -> AsyncIterator[QuicConnectionProtocol]:
    """A client whose handshake has gone through the proxy."""
    settings = QuicConfiguration(
        is_client=True, alpn_protocols=["echo"], server_name="rose.test", idle_timeout=5.0
    )
    settings.load_verify_locations(cadata=authority.cert_pem.bytes())
    async with connect("127.0.0.1", proxy.address[1], configuration=settings) as connection:
        yield connection


async def says(connection: QuicConnectionProtocol, data: bytes) -> bytes:
    """What a stream brings back."""
    reader, writer = await connection.create_stream()
    writer.write(data)
    writer.write_eof()
    return await reader.read()


async def test_a_quic_connection_stays_with_its_upstream(tmp_path: Path) -> None:
    authority = trustme.CA()
    petals = b"petals" * 50_000
    async with (
        asyncio.timeout(60),
        quic(b"1", tmp_path, authority) as one,
        quic(b"2", tmp_path, authority) as two,
        proxied(urls(one, two)) as proxy,
    ):
        names: list[bytes] = []
        for _ in range(4):
            async with speaking(proxy, authority) as connection:
                async with asyncio.TaskGroup() as group:
                    them = [group.create_task(says(connection, b"rose")) for _ in range(5)]
                names.extend({each.result() for each in them})
                assert (await says(connection, petals))[1:] == petals
        assert names == [b"1rose", b"2rose"] * 2, "each on one, and in turns"
        assert proxy.proxy.counts.sessions == 4
        assert not proxy.proxy.counts.dropped


async def test_clients_of_a_quic_server_that_dies_connect_with_the_other(tmp_path: Path) -> None:
    authority = trustme.CA()
    async with asyncio.timeout(60), quic(b"2", tmp_path, authority) as two:
        dies = contextlib.AsyncExitStack()
        one = await dies.enter_async_context(quic(b"1", tmp_path, authority))
        async with proxied(urls(one, two), policy="first") as proxy:
            async with speaking(proxy, authority) as connection:
                assert await says(connection, b"rose") == b"1rose"
            await dies.aclose()
            # The first datagram is lost; the client sends it again, and that goes to the other.
            async with speaking(proxy, authority) as connection:
                assert await says(connection, b"rose") == b"2rose"
            assert set(proxy.proxy.counts.dropped) <= {Drop.REFUSED}

"""Step 4: before everything else."""

import asyncio
import socket
import struct

import pytest

from reverseproxy import Target, TcpProxy
from tests.chapter_16.calling import BINARY, LINE, Said, listener, say, serving
from tests.support.loopback import closed_port
from tests.support.steps import step


def introduced(version: str, said: Said, port: int, source: str = "127.0.0.1") -> bytes:
    """The header of a connection to that port of the proxy."""
    if version == "v1":
        return f"PROXY TCP4 {source} 127.0.0.1 {said.port} {port}\r\n".encode()
    there = bytes(map(int, source.split(".")))
    ports = struct.pack(">HH", said.port, port)
    return BINARY[:16] + there + bytes((127, 0, 0, 1)) + ports


@step(4)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_upstream_hears_first_who_calls(version: str) -> None:
    """With `send_proxy`: the header with the client's address and the proxy's, and then the data.

    Why: without it, all clients have the address of the proxy.
    Read: Step 4, "Before everything else".
    """
    async with (
        listener() as one,
        serving(TcpProxy(Target([one.url]), send_proxy=version)) as port,
    ):
        said = await say(port, b"rose", b" petal", source="127.0.0.2")
        header = introduced(version, said, port, "127.0.0.2")
        if one.heard != [header + b"rose petal"]:
            wanted = [header + b"rose petal"]
            pytest.fail(f"the upstream heard {one.heard}, and should have heard {wanted}")
        assert said.answer == b"%d" % len(header + b"rose petal")


@step(4)
async def test_without_send_proxy_there_is_only_data() -> None:
    """Without `send_proxy`, the upstream hears what the client says, header or not, and no more.

    Why: an upstream that expects no header takes it for the beginning of a request.
    Read: Step 4, "Before everything else".
    """
    async with listener() as one, serving(TcpProxy(Target([one.url]))) as port:
        await say(port, LINE + b"rose")
        if one.heard != [LINE + b"rose"]:
            pytest.fail(f"nobody asked for headers, and the upstream heard {one.heard}")
    async with (
        listener() as one,
        serving(TcpProxy(Target([one.url]), trusted_proxies=["127.0.0.1"])) as port,
    ):
        await say(port, LINE + b"rose", b" petal")
        if one.heard != [b"rose petal"]:
            pytest.fail(f"a header and b'rose petal' came in, and the upstream heard {one.heard}")


@step(4)
async def test_where_nobody_wants_to_know_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no trusted proxies, no `send_proxy`: nobody asks the client's socket for its address.

    Why: that is two system calls and two addresses to be parsed, for each connection, and for
    nothing.
    Read: Step 4, "Before everything else".
    """
    asked: list[object] = []
    ask = socket.socket.getpeername

    def asks(sock: socket.socket) -> object:
        asked.append(sock.getsockname()[1])  # a client's socket has the port of the proxy
        return ask(sock)

    monkeypatch.setattr(socket.socket, "getpeername", asks)
    async with listener() as one, serving(TcpProxy(Target([one.url]))) as port:
        await say(port, b"rose")
        if port in asked:
            pytest.fail("nobody wants to know who calls, and the client's socket was asked")
    async with (
        listener() as one,
        serving(TcpProxy(Target([one.url]), send_proxy="v1")) as port,
    ):
        said = await say(port, b"rose")
        if one.heard != [introduced("v1", said, port) + b"rose"]:
            pytest.fail(f"an upstream wants to know who calls, and heard {one.heard}")


@step(4)
async def test_what_a_trusted_proxy_says_is_passed_on() -> None:
    """A header comes in, in either version: the upstream hears it in the version that it wants.

    Why: after two proxies, the address that is wanted is still the client's.
    Read: Step 4, "Before everything else".
    """
    for version, out in (("v1", LINE), ("v2", BINARY)):
        async with (
            listener() as one,
            serving(
                TcpProxy(Target([one.url]), trusted_proxies=["127.0.0.1"], send_proxy=version)
            ) as port,
        ):
            for header in (LINE, BINARY):
                await say(port, header[:7], header[7:] + b"rose")
            if one.heard != [out + b"rose"] * 2:
                pytest.fail(f"a client was introduced, and in {version} that is {one.heard}")


@step(4)
async def test_an_upstream_that_speaks_first_is_introduced_before() -> None:
    """The client waits for a greeting and says nothing: the upstream has the header all the same.

    Why: mail servers speak first, and to some they say nothing but goodbye.
    Read: Step 4, "Before everything else".
    """
    heard: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"220 rose\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with serving(TcpProxy(Target([url]), send_proxy="v1")) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(1):
                greeting = await reader.readline()
        except TimeoutError:
            pytest.fail("an upstream waits for the header, and it has not come after a second")
        writer.close()
    server.close()
    assert greeting == b"220 rose\r\n"
    assert heard[0].startswith(b"PROXY TCP4 127.0.0.1 ")


@step(4)
async def test_who_is_not_let_in_costs_no_upstream() -> None:
    """A trusted proxy says no header: its connection is reset, and no upstream hears of it.

    Why: "must not start processing the connection before it receives a complete and valid" header.
    Read: Step 4, "Before everything else".
    """
    async with (
        listener() as one,
        serving(TcpProxy(Target([one.url]), trusted_proxies=["127.0.0.1"])) as port,
    ):
        for data in (b"GET / HTTP/1.1\r\n\r\n", LINE[:20]):
            said = await say(port, data)
            if said.answer is not None:
                pytest.fail(f"{data!r} is no header, and it was not reset: {said.answer!r}")
        if one.heard:
            pytest.fail(f"no header came, and an upstream was connected: it heard {one.heard}")


@step(4)
async def test_the_second_upstream_is_introduced_as_the_first() -> None:
    """The first upstream refuses the connection: the second hears the header, once.

    Why: until a byte has gone through, another one gets a try, and it must know as much.
    Read: Step 4, "Before everything else".
    """
    async with listener() as one:
        target = Target([f"tcp://127.0.0.1:{closed_port()}", one.url], policy="first")
        proxy = TcpProxy(target, trusted_proxies=["127.0.0.1"], send_proxy="v1")
        async with serving(proxy) as port:
            await say(port, BINARY + b"rose")
            if one.heard != [LINE + b"rose"]:
                pytest.fail(f"its turn came second, and the upstream heard {one.heard}")


@step(4)
async def test_the_key_is_the_address_that_was_introduced() -> None:
    """A keyed policy: a client behind a trusted proxy has the upstream that its own address gives
    it, and so has one who comes without a proxy.

    Why: by the proxy's address they would all be with one upstream, and the others idle.
    Read: Step 4, "Before everything else".
    """
    async with listener() as one, listener() as two:
        target = Target([one.url, two.url], policy="ring")
        async with serving(TcpProxy(target, trusted_proxies=["127.0.0.1"])) as port:
            for n in range(2, 22):
                direct = n % 4 == 0
                client = f"127.0.0.{n}" if direct else f"192.0.2.{n}"
                line = b"" if direct else f"PROXY TCP4 {client} 203.0.113.9 7 443\r\n".encode()
                before = len(one.heard)
                await say(port, line + b"rose", source=client if direct else "127.0.0.1")
                chosen = one.url if len(one.heard) > before else two.url
                if chosen != str(target.select_upstream(client.encode())):
                    pytest.fail(f"{client} has called, and by another key it got {chosen}")
        assert one.heard, "twenty clients, and all of them got the same upstream"
        assert two.heard, "twenty clients, and all of them got the same upstream"

"""Step 4: not a byte decrypted."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator

import pytest

from reverseproxy import ServerNames, Target, TcpProxy
from reverseproxy.client_hello import Hello, HelloReader
from tests.chapter_15.coming_in import Echo, echo, entrance
from tests.chapter_15.wires import TURNS
from tests.chapter_16.calling import LINE
from tests.chapter_18.hellos import (
    SOON,
    Wire,
    alert,
    asking,
    extension,
    made,
    message,
    naming,
    record,
    records,
    served,
    site,
    tell,
    visitor,
)
from tests.support.loopback import listening
from tests.support.steps import step

NAMES = ["rose.test", "thorn.test"]
ROSE = asking("rose.test")
EARLY = record(b"\x01", 20) + record(b"early data", 23)

REFUSED = {
    "another name": (asking("nobody.test"), 112),
    "no name": (made(extension(21, bytes(200))), 109),
    "a broken one": (made(naming(b"")), 50),
    "one of 20,000 bytes": (b"\x16\x03\x01\x4e\x20" + ROSE[5:], 50),
    "another message": (record(message(b"\x03\x03", 2)), 10),
    "half of one, and something else": (records(ROSE[5:], 90)[:95] + EARLY, 10),
}
"""Those for whom there is nobody, and the number of the alert that says so."""


@contextlib.asynccontextmanager
async def two() -> AsyncIterator[tuple[Echo, Echo]]:
    """Two upstreams, which say their names first and then what they hear."""
    async with echo(b"rose:") as rose, echo(b"thorn:") as thorn:
        yield rose, thorn


def names(rose: Echo, thorn: Echo, **others: Target) -> ServerNames:
    """Each of them under its name."""
    return ServerNames({"rose.test": Target(rose.url), "thorn.test": Target(thorn.url)}, **others)


@contextlib.asynccontextmanager
async def sites() -> AsyncIterator[tuple[ServerNames, list[Wire]]]:
    """Two upstreams with certificates, and the wires that came to them."""
    wires: list[Wire] = []
    targets = {}
    async with contextlib.AsyncExitStack() as stack:
        for name in NAMES:

            async def answer(
                reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str = name
            ) -> None:
                wires.append(wire := Wire(reader, writer, site(name)))
                await wire.begin()
                wire.write(f"{name}: ".encode() + await wire.read())

            url = await stack.enter_async_context(listening(answer))
            targets[name] = Target(url.replace("http", "tcp"))
        yield ServerNames(targets), wires


async def visit(data: bytes) -> None:
    """A client says that to a proxy that knows rose.test, and is gone by then."""
    found = ServerNames({"rose.test": Target("tcp://127.0.0.1:7")})
    gone, near = socket.socketpair()
    with gone:
        gone.sendall(data)
    async with entrance(found) as entered:  # type: ignore[arg-type]  # since then, it can be both
        entered.enters(near)
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if near.fileno() < 0:
                break


@step(4)
@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"]
)
async def test_client_and_upstream_speak_tls_with_each_other(version: ssl.TLSVersion) -> None:
    """Two names, one port: each client speaks with whom it wants, and not a byte is changed.

    Why: the certificate, the key and the secrets stay where they are. The proxy has none.
    Read: Step 4, "Not a byte decrypted".
    """
    async with sites() as (found, wires), served(TcpProxy(found)) as port:
        for name in [*NAMES, NAMES[0]]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            client = Wire(reader, writer, visitor(version), name)
            try:
                async with asyncio.timeout(SOON):
                    await client.begin()
                    client.write(b"petal")
                    answer = await client.read()
            except TimeoutError:
                pytest.fail(f"a client of {name} shakes hands, and hears nothing for a second")
            except (ConnectionError, ssl.SSLError) as error:
                pytest.fail(f"a client cannot speak with {name}: {error}")
            finally:
                writer.close()
            if answer != f"{name}: petal".encode():
                pytest.fail(f"a client of {name} was answered {answer!r}")
            assert wires[-1].heard == client.said, "the upstream heard other bytes than were said"
            assert wires[-1].said == client.heard, "the client heard other bytes than were said"


@step(4)
async def test_the_upstream_hears_all_that_was_read() -> None:
    """What was read to find the name goes to the upstream first, and what comes later behind it.

    Why: the upstream has to read the name as well. Nobody can send it again but you.
    Read: Step 4, "Not a byte decrypted".
    """
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        for name in NAMES:
            said = asking(name)
            heard = await tell(port, said, b"later", leaves=True)
            wanted = name[:-5].encode() + b":" + said + b"later"
            if heard.data != wanted:
                pytest.fail(
                    f"to a hello of {len(said)} bytes and 5 later ones, {len(wanted)} bytes are to "
                    f"come back, and it was {heard}"
                )
            if heard.end != "an end":
                pytest.fail(f"the client has ended its half, and heard all, and then {heard.end}")


@step(4)
async def test_it_comes_in_any_pieces() -> None:
    """Byte by byte, cut anywhere, in several records: the upstream hears the same bytes.

    Why: one that prefers new kinds of keys has more bytes than fit in one segment.
    Read: Step 4, "Not a byte decrypted".
    """
    small = records(ROSE[5:], 7)
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        for data, cuts in (
            (ROSE, range(len(ROSE))),
            (ROSE, (0, 3, 4)),
            (ROSE, (0, len(ROSE) - 1)),
            (small, (0,)),
            (small, (0, 300)),
        ):
            pieces = [data[a:b] for a, b in zip(cuts, [*cuts[1:], None], strict=True)]
            heard = await tell(port, *pieces, leaves=True)
            if heard.data != b"rose:" + data:
                pytest.fail(
                    f"{len(data)} bytes in {len(pieces)} pieces: they are to come back with a name "
                    f"in front, and it was {heard}"
                )


@step(4)
async def test_what_is_behind_it_is_passed_on_once() -> None:
    """Data in the same segment as the ClientHello: the upstream hears it, behind that, and once.

    Why: a client that has been here before may say so with its first words (0-RTT).
    Read: Step 4, "Not a byte decrypted".
    """
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        for rest in (EARLY, EARLY * 200):
            heard = await tell(port, ROSE + rest, leaves=True)
            if heard.data != b"rose:" + ROSE + rest:
                pytest.fail(
                    f"a hello of {len(ROSE)} bytes, {len(rest)} behind it: they are to come "
                    f"back with a name in front, and it was {heard}"
                )


@step(4)
@pytest.mark.parametrize("what", REFUSED)
async def test_who_is_refused_is_told_why(what: str) -> None:
    """There is nobody for a client: it hears an alert, and an end. No upstream hears of it.

    Why: a client says then what was wrong. And a reset may overtake what was said before it.
    Read: Step 4, "Not a byte decrypted".
    """
    data, number = REFUSED[what]
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        for pieces in ([data], [data[:50], data[50:]]):
            heard = await tell(port, *pieces)
            if heard.data != alert(number):
                pytest.fail(f"{what}: that is alert {number}, and it heard {heard}")
            if heard.end != "an end":
                pytest.fail(f"{what}: it was told why, then an end should come, not {heard.end}")
        if rose.count or thorn.count:
            pytest.fail(f"{what}: nobody is there for it, and an upstream was connected")


@step(4)
async def test_who_speaks_no_tls_hears_nothing() -> None:
    """No TLS, and no target for that: an end, without a word.

    Why: an alert is a word of TLS. To everybody else it is seven strange bytes.
    Read: Step 4, "Not a byte decrypted".
    """
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\n"):
            heard = await tell(port, data)
            if heard.data:
                pytest.fail(f"it speaks no TLS, and was told {heard.data!r}")
            if heard.end != "an end":
                pytest.fail(f"it speaks no TLS, and what came was {heard.end}")
        if rose.count or thorn.count:
            pytest.fail("it speaks no TLS, and an upstream was connected that does")


@step(4)
async def test_others_have_targets_of_their_own() -> None:
    """A default and a target for what is not TLS: they hear all bytes, from the first one on.

    Why: SSH and HTTPS can share a port then, as in many a firewall only one is open.
    Read: Step 4, "Not a byte decrypted".
    """
    async with two() as (rose, thorn), echo(b"default:") as one, echo(b"other:") as other:
        found = names(rose, thorn, default=Target(one.url), not_tls=Target(other.url))
        async with served(TcpProxy(found)) as port:
            for data, wanted in (
                (asking("nobody.test"), b"default:"),
                (made(extension(21, bytes(200))), b"default:"),
                (b"SSH-2.0-rose\r\n", b"other:"),
                (b"\n", b"other:"),
            ):
                heard = await tell(port, data, leaves=True)
                if heard.data != wanted + data:
                    pytest.fail(f"{data[:9]!r} is for {wanted!r}, and what came was {heard}")


@step(4)
async def test_who_takes_too_long_is_reset() -> None:
    """Not a word, half of it, or a byte now and then, for `connect` seconds: a reset, and no alert.

    Why: each of them has a place, and would keep it.
    Read: Step 4, "Not a byte decrypted".
    """
    async with (
        two() as (rose, thorn),
        served(TcpProxy(names(rose, thorn), connect=0.1)) as port,
    ):
        waits = [
            tell(port),
            tell(port, ROSE[:100]),
            tell(port, *(ROSE[at : at + 1] for at in range(30)), every=0.02),
        ]
        for heard in await asyncio.gather(*waits):
            if heard.end != "a reset":
                pytest.fail(f"it had 0.1 s and took longer, and what came was {heard}")
            if heard.data:
                pytest.fail(f"it had 0.1 s and took longer, and was told something: {heard}")
        if rose.count or thorn.count:
            pytest.fail("half of a ClientHello, and an upstream was connected")


@step(4)
async def test_who_leaves_in_the_middle_costs_no_upstream() -> None:
    """An end within the ClientHello: a reset, without an alert, and no upstream hears of it.

    Why: whoever it was meant for, nobody knows.
    Read: Step 4, "Not a byte decrypted".
    """
    async with (
        two() as (rose, thorn),
        served(TcpProxy(names(rose, thorn, default=Target(rose.url)))) as port,
    ):
        for data in (b"", ROSE[:3], ROSE[:-1]):
            heard = await tell(port, data, leaves=True)
            if heard.end == "nothing more":
                pytest.fail(
                    f"it has left after {len(data)} bytes, and its connection is still there"
                )
            if heard.data or heard.end != "a reset":
                pytest.fail(f"it ends after {len(data)} bytes: a reset is enough. It heard {heard}")
            if rose.count:
                pytest.fail(f"it has left after {len(data)} bytes, and an upstream was connected")


@step(4)
async def test_the_log_says_who_was_wanted(caplog: pytest.LogCaptureFixture) -> None:
    """A client that wants nobody here, and is gone by now: the log says whom it wanted.

    Why: it cannot be told any more, and that is no reason to forget it.
    Read: Step 4, "Not a byte decrypted".
    """
    caplog.set_level(logging.INFO, "reverseproxy")
    await visit(asking("nobody.test"))
    if "nobody.test" not in caplog.text:
        pytest.fail(f"a client wanted nobody.test, and all that was logged is: {caplog.text}")


@step(4)
async def test_who_leaves_in_the_middle_is_not_worth_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A client that is gone before its ClientHello is whole: a line for DEBUG, and no other.

    Why: scanners do nothing else, all day long.
    Read: Step 4, "Not a byte decrypted".
    """
    caplog.set_level(logging.DEBUG, "reverseproxy")
    await visit(ROSE[:99])
    levels = [each.levelname for each in caplog.records if "no connection" in each.getMessage()]
    if levels != ["DEBUG"]:
        pytest.fail(f"a client left in the middle: one line, for DEBUG, and they are for {levels}")


@step(4)
async def test_each_client_has_a_hello_of_its_own() -> None:
    """Several clients in the middle of their hellos: each gets whom it wants.

    Why: they take their time, all at the same time.
    Read: Step 4, "Not a byte decrypted".
    """
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        told = [
            tell(port, asking(name)[:99], asking(name)[99:], leaves=True, every=0.01)
            for name in NAMES * 3
        ]
        for name, heard in zip(NAMES * 3, await asyncio.gather(*told), strict=True):
            start = name[:-5].encode() + b":\x16\x03"
            if not heard.data.startswith(start):
                pytest.fail(f"at the same time with others, a client of {name} heard {heard}")


@step(4)
async def test_one_reader_reads_all_of_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ClientHello in three pieces: one HelloReader is asked each time.

    Why: a new one begins at the first byte, and a slow client has that read again and again.
    Read: Step 4, "Not a byte decrypted".
    """
    asked: list[HelloReader] = []
    read = HelloReader.read

    def noting(self: HelloReader, data: bytes) -> Hello | None:
        asked.append(self)
        return read(self, data)

    monkeypatch.setattr(HelloReader, "read", noting)
    async with two() as (rose, thorn), served(TcpProxy(names(rose, thorn))) as port:
        await tell(port, ROSE[:50], ROSE[50:99], ROSE[99:], leaves=True, every=0.01)
    readers = len(set(asked))
    if readers > 1:
        pytest.fail(f"one client, three pieces, and {readers} HelloReaders were asked for a Hello")


@step(4)
async def test_a_proxy_header_comes_first() -> None:
    """A header and a ClientHello in one piece: the header is read, and the rest of it is the hello.

    Why: what was read with the header nobody can read again.
    Read: Step 4, "Not a byte decrypted".
    """
    async with (
        two() as (rose, thorn),
        served(TcpProxy(names(rose, thorn), trusted_proxies=["127.0.0.1"])) as port,
    ):
        for pieces in ([LINE + ROSE], [LINE, ROSE], [LINE + ROSE[:40], ROSE[40:]]):
            heard = await tell(port, *pieces, leaves=True)
            if heard.data != b"rose:" + ROSE:
                pytest.fail(f"a header, then a hello for rose.test, and what came was {heard}")
    async with (
        two() as (rose, thorn),
        served(
            TcpProxy(names(rose, thorn), trusted_proxies=["127.0.0.1"], send_proxy="v1")
        ) as port,
    ):
        heard = await tell(port, LINE + ROSE, leaves=True)
        if heard.data != b"rose:" + LINE + ROSE:
            pytest.fail(f"the upstream is to hear the header before the hello, and heard {heard}")

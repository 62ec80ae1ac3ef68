"""Step 4: before everything else, again."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest

from reverseproxy import Certificates, Target, TcpProxy, UpstreamTls
from reverseproxy.tcp.flow import Flow
from reverseproxy.tcp.handshake import shake_hands
from reverseproxy.tcp.poller import Call, Poller
from reverseproxy.tls.sockets import TlsSocket
from tests.chapter_08.leaping import leap
from tests.chapter_15.coming_in import Watching
from tests.chapter_15.wires import break_off
from tests.chapter_17.lines import Line, Lines, lines
from tests.chapter_17.papers import Papers, client
from tests.chapter_17.visiting import SOON, ask, ending, listener, serving, visit
from tests.support.steps import step

SECONDS = 3.0

MOST_CALLS = 5000
"""More than two handshakes have bytes."""

LONG = Random(17).randbytes(300_000)

HEADER = b"PROXY TCP4 192.0.2.7 203.0.113.9 56324 443\r\n"

HTTP = b"GET / HTTP/1.1\r\nHost: rose.test\r\n\r\n"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def made(papers: Papers) -> Iterator[Lines]:
    """Connections."""
    with lines(papers) as them:
        yield them


def believing(papers: Papers) -> UpstreamTls:
    """What makes rose.test believed."""
    return UpstreamTls(ca_file=papers.ca_file, name="rose.test")


def certificates(papers: Papers) -> Certificates:
    """What the proxy shows to its clients."""
    return Certificates(papers.rose)


@contextlib.asynccontextmanager
async def answering(line: Line) -> AsyncIterator[None]:
    """The far end has its turn, again and again."""

    async def turns() -> None:
        while True:
            line.turn()
            await asyncio.sleep(0.001)

    async with ending(turns()):
        yield


class Noting:
    """The event loop as a poller that notes what is waited for."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.waited: set[str] = set()

    def add_reader(self, fd: int, call: Call, /) -> None:
        """Somebody waits for something to read."""
        self.waited.add("read")
        self._loop.add_reader(fd, call)

    def remove_reader(self, fd: int, /) -> None:
        """And no more."""
        self._loop.remove_reader(fd)

    def add_writer(self, fd: int, call: Call, /) -> None:
        """Somebody waits for room to write."""
        self.waited.add("write")
        self._loop.add_writer(fd, call)

    def remove_writer(self, fd: int, /) -> None:
        """And no more."""
        self._loop.remove_writer(fd)


async def shaken(line: Line, seconds: float = SECONDS, poller: Poller | None = None) -> str:
    """How a handshake ends."""
    try:
        await shake_hands(line.near, poller or asyncio.get_running_loop(), seconds)
    except TimeoutError:
        return "too late"
    except OSError as error:
        return f"not at all: {error!r}"
    return "done"


@step(4)
@pytest.mark.parametrize("is_server", [True, False], ids=["client", "upstream"])
async def test_hands_are_shaken(made: Lines, is_server: bool) -> None:
    """The other side speaks TLS: the handshake is done, and then something can be said.

    Why: it takes a few messages in both directions, and nobody else may have to wait for them.
    Read: Step 4, "Before everything else, again".
    """
    it, poller = made.line(is_server=is_server), Noting()
    async with answering(it):
        assert await shaken(it, poller=poller) == "done"
    if "read" not in poller.waited:
        pytest.fail("a handshake waits for the other side, and the poller is not asked to call")
    it.near.send(b"rose")
    assert it.arrives(4) == b"rose"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where a handshake is looked for again and again, and nothing has come."""
    calls = 0
    go_on = TlsSocket.do_handshake

    def counted(sock: TlsSocket) -> None:
        nonlocal calls
        calls += 1
        if calls > MOST_CALLS:
            pytest.fail("nothing comes from the other side, and it is looked for again and again")
        go_on(sock)

    monkeypatch.setattr(TlsSocket, "do_handshake", counted)


@step(4)
@pytest.mark.usefixtures("patience")
def test_there_is_one_time_for_the_whole_handshake(made: Lines) -> None:
    """The other side has so many seconds in all, in however many pieces: then TimeoutError. If
    each byte has come in time, the handshake is done.

    Why: a byte a second, for as long as there is a next one, and your room is full of waiters.
    Read: Step 4, "Before everything else, again".
    """
    for every, wanted in ((1.0, "too late"), (0.0001, "done")):
        got = drips(made.line(), every)
        if got != wanted:
            said = f"the handshake has {SECONDS:g} s, and a byte came every {every:g} s"
            pytest.fail(f"{said}: it should be {wanted}, and is {got}")


def drips(line: Line, every: float) -> str:
    """How a handshake ends whose other side sends a byte every so many seconds, no real ones."""
    got: list[str] = []

    async def talk() -> None:
        while True:
            said, line.left = line.left, b""
            for n in range(len(said)):
                line.sends(said[n : n + 1])
                await asyncio.sleep(every)
            line.turn()
            await asyncio.sleep(every)

    async def main() -> None:
        async with ending(talk()):
            got.append(await shaken(line))

    leap(main())
    return got[0]


@step(4)
@pytest.mark.usefixtures("patience")
def test_who_says_nothing_is_given_up_in_time(made: Lines) -> None:
    """The other side says nothing: TimeoutError, after the time, and until then nothing is done.

    Why: whoever asks again and again takes the time of all others.
    Read: Step 4, "Before everything else, again".
    """
    got: list[object] = []

    async def main() -> None:
        got.append(await shaken(made.line()))
        got.append(round(asyncio.get_running_loop().time()))

    try:
        leap(main())
    except pytest.fail.Exception:
        pytest.fail("the other side says nothing, and it is waited for, without any limit")
    assert got == ["too late", SECONDS]


@step(4)
async def test_who_speaks_no_tls_is_refused_at_once(made: Lines) -> None:
    """The other side speaks HTTP, or leaves, or breaks off: an OSError, and no TimeoutError.

    Why: somebody has forgotten the s of https. Nothing that comes later could mend it.
    Read: Step 4, "Before everything else, again".
    """
    for why in ("it speaks HTTP", "it leaves", "it breaks off"):
        it = made.line()
        if why == "it leaves":
            it.far.close()
        elif why == "it breaks off":
            break_off(it.far)
        else:
            it.far.send(HTTP)
        got = await shaken(it, SOON / 2)
        if not got.startswith("not at all"):
            pytest.fail(f"{why}, and the handshake is {got}")


@step(4)
async def test_a_handshake_waits_for_room(made: Lines) -> None:
    """There is no room to write for a while, and nothing to read: the poller is asked for room.

    Why: a handshake has messages for both sides, and either can be the one to wait.
    Read: Step 4, "Before everything else, again".
    """
    it = made.line(is_server=False, out=16_384)
    filled = 0
    try:
        while True:
            filled += socket.socket.send(it.near, bytes(65_536))
    except BlockingIOError:
        pass

    async def makes_room() -> None:
        left = filled
        while left:
            await asyncio.sleep(0.001)
            with contextlib.suppress(BlockingIOError):
                left -= len(it.far.recv(min(left, 65_536)))
        async with answering(it):
            await asyncio.get_running_loop().create_future()

    poller = Noting()
    async with ending(makes_room()):
        got = await shaken(it, SOON / 2, poller)
    if got != "done":
        pytest.fail(f"for a while there was no room for its message, and the handshake is {got}")
    if "write" not in poller.waited:
        pytest.fail("there is no room for a message, and the poller is not asked to call about it")


@step(4)
async def test_clients_speak_tls_and_the_upstream_does_not(papers: Papers) -> None:
    """A client says 300 kB over TLS, and ends: the upstream hears them, as they are, and the end,
    and the client hears its answer. One that says all at once, with its last message, does too.

    Why: of what TLS has read already, the kernel knows nothing, and will not call.
    Read: Step 4, "Before everything else, again".
    """
    async with (
        listener() as one,
        serving(TcpProxy(Target([one.url])), certificates(papers)) as address,
    ):
        for data, is_at_once in ((b"rose", True), (LONG, False), (b"", True)):
            answer = await ask(address, data, client(), is_at_once=is_at_once)
            assert answer == b"%d bytes" % len(data)
            assert one.heard.pop() == data


@step(4)
async def test_upstreams_speak_tls_and_the_client_does_not(papers: Papers) -> None:
    """A client says 300 kB, and ends: the upstream hears them over TLS, and the client hears its
    answer, and the end.

    Why: a client that knows no TLS gets it all the same, on the part of the way that needs it.
    Read: Step 4, "Before everything else, again".
    """
    async with listener(papers.server()) as one:
        proxy = TcpProxy(Target([one.url], tls=believing(papers)))
        async with serving(proxy) as address:
            for data in (b"rose", LONG):
                assert await ask(address, data, is_at_once=True) == b"%d bytes" % len(data)
                assert one.heard.pop() == data


@step(4)
async def test_an_upstream_greets_with_the_end_of_its_handshake(papers: Papers) -> None:
    """An upstream speaks TLS 1.2: it says something in one piece with its last message, and then
    listens. The client, that speaks no TLS, hears it, and has not said anything.

    Why: of what TLS has read already, the kernel knows nothing, whoever of the two speaks TLS.
    Read: Step 4, "Before everything else, again".
    """
    context = papers.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with listener(context, greeting=b"petal") as one:
        proxy = TcpProxy(Target([one.url], tls=believing(papers)))
        async with serving(proxy) as address, visit(address) as it:
            try:
                async with asyncio.timeout(SOON / 2):
                    assert await it.hears() == b"petal"
            except TimeoutError:
                pytest.fail("an upstream greets with the end of its handshake, and nobody hears it")
            it.ends()


class Noted(Flow):
    """A flow that is counted."""

    __slots__ = ()
    count = 0

    def start(self, rest: bytes = b"") -> None:
        """Begins."""
        Noted.count += 1
        super().start(rest)


@step(4)
async def test_where_nobody_speaks_tls_all_is_as_before(papers: Papers) -> None:
    """Neither side speaks TLS: the bytes are moved by the `flow` that the TcpProxy was given. A
    client of the same proxy that speaks TLS is answered all the same.

    Why: whoever asked for splice() wants it wherever nothing has to be encrypted.
    Read: Step 4, "Before everything else, again".
    """
    Noted.count = 0
    async with listener() as one:
        proxy = TcpProxy(Target([one.url]), flow=Noted)
        async with serving(proxy) as address:
            assert await ask(address, b"rose") == b"4 bytes"
        if not Noted.count:
            pytest.fail("nobody speaks TLS, and the flow that TcpProxy was given moves no bytes")
        async with serving(proxy, certificates(papers)) as address:
            assert await ask(address, b"rose", client()) == b"4 bytes"


@step(4)
async def test_both_sides_speak_tls(papers: Papers) -> None:
    """TLS on both sides: what is said arrives, and either side can end before the other one.

    Why: these are two connections, with two keys. In between, the proxy reads all of it.
    Read: Step 4, "Before everything else, again".
    """
    async with listener(papers.server()) as one:
        proxy = TcpProxy(Target([one.url], tls=believing(papers)))
        async with serving(proxy, certificates(papers)) as address:
            for data, is_at_once in ((b"rose", True), (LONG, False)):
                answer = await ask(address, data, client(), is_at_once=is_at_once)
                assert answer == b"%d bytes" % len(data)
                assert one.heard.pop() == data


@step(4)
@pytest.mark.parametrize("who", ["speaks HTTP", "leaves", "says nothing", "shows no certificate"])
async def test_who_cannot_shake_hands_costs_no_upstream(papers: Papers, who: str) -> None:
    """A client speaks no TLS, or leaves, or says nothing, or shows no certificate where one is
    needed: its connection ends, and no upstream is dialed for it.

    Why: half of what comes to an open port is no client. It should cost us nothing but a moment.
    Read: Step 4, "Before everything else, again".
    """
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.setblocking(False)
        target = Target([f"tcp://127.0.0.1:{upstream.getsockname()[1]}"])
        asking = Certificates(papers.rose, client_ca=papers.ca_file)
        async with serving(TcpProxy(target, connect=0.1), asking) as address:
            try:
                async with asyncio.timeout(SOON / 2):
                    await fails(address, who)
            except TimeoutError:
                pytest.fail(
                    f"a client {who}, it has 0.1 s for its handshake, and it is still there"
                )
            try:
                upstream.accept()[0].close()
            except BlockingIOError:
                return
            pytest.fail(f"a client {who}, it never got through, and an upstream was dialed for it")


async def fails(address: tuple[str, int], who: str) -> None:
    """A client that cannot get through, until its connection is over."""
    async with visit(address, client() if who == "shows no certificate" else None) as it:
        try:
            if who == "shows no certificate":
                await it.shakes_hands()
            elif who == "speaks HTTP":
                it.says(HTTP)
            elif who == "leaves":
                it.ends()
            await it.hears()
        except (ConnectionError, ssl.SSLError):
            pass


@step(4)
async def test_a_proxy_introduces_a_client_before_tls(papers: Papers) -> None:
    """From a trusted proxy comes a header, and behind it, in one piece, the first message of TLS:
    the upstream hears what the client says, and nothing else.

    Why: the proxy before this one passes TLS on, and cannot say anything within it.
    Read: Step 4, "Before everything else, again".
    """
    async with listener() as one:
        proxy = TcpProxy(Target([one.url]), trusted_proxies=["127.0.0.1"])
        async with serving(proxy, certificates(papers)) as address:
            for is_at_once in (True, False):
                why = "a header came, and the first message of TLS in one piece with it"
                await ask(address, b"rose", client(), first=HEADER, is_at_once=is_at_once, why=why)
                if one.heard != [b"rose"]:
                    pytest.fail(f"b'rose' was said over TLS, and the upstream heard {one.heard}")
                one.heard.clear()


@step(4)
async def test_an_upstream_is_introduced_before_tls(papers: Papers) -> None:
    """With `send_proxy`, an upstream that speaks TLS hears the header before its first message,
    not encrypted, and only there. One that speaks none hears it before the data, as ever.

    Why: who reads the header wants to know whether to go on before it spends time on a handshake.
    Read: Step 4, "Before everything else, again".
    """
    async with (
        listener(papers.server(), introduction=len(HEADER)) as secure,
        listener(introduction=len(HEADER)) as plain,
    ):
        for one, tls in ((secure, believing(papers)), (plain, None)):
            target = Target([one.url], tls=tls) if tls else Target([one.url])
            proxy = TcpProxy(target, trusted_proxies=["127.0.0.1"], send_proxy="v1")
            try:
                async with serving(proxy, certificates(papers)) as address:
                    await ask(address, b"rose", client(), first=HEADER)
            finally:
                if one.introduced not in ([HEADER], []):
                    found = "TLS" if one.introduced[0][:1] == b"\x16" else f"{one.introduced[0]!r}"
                    pytest.fail(f"an upstream should hear the header first, and hears {found}")
            if one.heard != [b"rose"]:
                pytest.fail(f"behind the header, an upstream should hear b'rose', not {one.heard}")


@step(4)
async def test_who_cannot_prove_it_is_not_spoken_with(papers: Papers) -> None:
    """The first upstream shows a stranger's certificate: it hears nothing of what the client says,
    it has a failure, and the second one gets the connection.

    Why: a handshake that fails is a connection that fails. Nothing has been said yet.
    Read: Step 4, "Before everything else, again".
    """
    watching = Watching()
    stranger = papers.issue("stranger", by_a_stranger=True)
    async with listener(papers.server(stranger)) as one, listener(papers.server()) as two:
        target = Target(
            [one.url, two.url], policy="first", tls=believing(papers), health=[watching]
        )
        async with serving(TcpProxy(target), certificates(papers)) as address:
            assert await ask(address, b"rose", client()) == b"4 bytes"
    assert [said for said in one.heard if not said.startswith(b"no TLS")] == []
    assert two.heard == [b"rose"]
    assert watching.heard[0] == ("failure", one.url)

"""HTTP over TLS: with clients that take their time, leave or never begin, and with upstreams."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop
from starlette.types import Receive, Scope, Send

from reverseproxy import (
    Certificates,
    ConfigurationError,
    HttpProbe,
    ReverseProxy,
    TlsListener,
    UpstreamTls,
)
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http import leaving, secure_door
from reverseproxy.server import Place, serve_http
from reverseproxy.upstream import Upstream
from tests.chapter_17.papers import Papers, client
from tests.chapter_17.speaking import Speaker
from tests.support.loopback import OK, PATIENCE, ask, hear

GET = b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n"

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.SelectorEventLoop, uvloop.new_event_loop], ids=["asyncio", "uv"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine in one event loop, and in another."""

    def running(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.wait_for(main, PATIENCE))

    return running


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates for rose.test, which the proxy has, and others."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little while is less for a test."""
    monkeypatch.setattr(leaving, "LINGER", 0.3)
    monkeypatch.setattr(secure_door, "LINGER", 0.3)


class App:
    """An application that answers with `body`, or waits until it hears that its client has left."""

    def __init__(self, body: bytes | None = b"OK") -> None:
        self.body = body
        self.asked, self.left = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, version 3."""
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked.set()
        while self.body is None:
            if (await receive())["type"] == "http.disconnect":
                self.left.set()
                return
        headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"scheme", scope["scheme"].encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@contextlib.asynccontextmanager
async def serving(
    app: Any, *places: Place, grace: float = 5.0
) -> AsyncIterator["asyncio.Task[None]"]:
    """A task that serves an application."""
    task = asyncio.ensure_future(serve_http(app, list(places), grace))
    try:
        async with asyncio.timeout(PATIENCE):
            yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


class Client:
    """A client that says its part of TLS piece by piece."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self._port = port
        self._speaker = Speaker(context or client(), name="rose.test")
        self.hello = self._speaker.hears(b"")
        """Its first message."""

    async def connect(self) -> None:
        """Comes in, and says nothing."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20_000)
        sock.settimeout(PATIENCE)
        # In one turn of the event loop: the kernel lets it in, into the queue.
        sock.connect(("127.0.0.1", self._port))
        sock.setblocking(False)
        self._reader, self._writer = await asyncio.open_connection(sock=sock)

    def send(self, data: bytes) -> None:
        """Says that, as it is."""
        self._writer.write(data)

    async def shake_hands(self) -> None:
        """Goes on with the handshake to its end, when the first message has been sent."""
        while not self._speaker.is_ready:
            await self._listen()

    async def enter(self) -> None:
        """Comes in, with the whole handshake."""
        await self.connect()
        self.send(self.hello)
        await self.shake_hands()

    async def ask(self, request: bytes = GET) -> bytes:
        """Asks, and returns what comes up to "OK", or up to the end."""
        self.send(self._speaker.says(request))
        before = len(self._speaker.got)
        with contextlib.suppress(ConnectionError):
            while not self._speaker.got[before:].endswith(b"OK"):
                await self._listen()
        return self._speaker.got[before:]

    async def rest(self) -> bytes:
        """All that comes until the proxy hangs up, as it is."""
        try:
            return await self._reader.read()
        finally:
            self.leave()

    def pause(self) -> None:
        """Takes nothing, so that soon nothing more comes."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]  # a reading transport

    def resume(self) -> None:
        """Takes what comes again."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]  # as above

    def leave(self) -> None:
        """Hangs up."""
        self._writer.transport.abort()

    async def _listen(self) -> None:
        if not (data := await self._reader.read(65_536)):
            raise ConnectionResetError("the proxy has hung up")
        self.send(self._speaker.hears(data))


def door(papers: Papers, **settings: Any) -> tuple[TlsListener, int]:
    """A place where TLS is spoken, and its port."""
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20_000)
    return TlsListener(sock, Certificates(papers.rose, **settings)), sock.getsockname()[1]


def test_of_two_doors_of_one_process_each_knows_its_scheme(run: Run, papers: Papers) -> None:
    async def main() -> None:
        place, port = door(papers)
        plain = socket.create_server(("127.0.0.1", 0))
        async with serving(App(), place, plain):
            visitor = Client(port)
            await visitor.enter()
            for _ in range(3):
                assert b"scheme: https\r\n" in await visitor.ask()
            visitor.leave()
            answer = await ask(f"127.0.0.1:{plain.getsockname()[1]}", GET)
            assert answer.values("scheme") == ["http"]

    run(main())


def test_a_slow_client_gets_all_of_its_last_answer(run: Run, papers: Papers) -> None:
    """An event loop's TLS throws away what is not taken in time, and the time was a second."""
    body = b"x" * 500_000 + b"OK"

    async def main() -> None:
        place, port = door(papers)
        async with serving(App(body), place):
            visitor = Client(port)
            await visitor.enter()
            asking = asyncio.ensure_future(visitor.ask(LAST))
            visitor.pause()
            await asyncio.sleep(1.2)
            visitor.resume()
            assert (await asking).endswith(body)
            visitor.leave()

    run(main())


def test_a_client_that_leaves_is_heard(run: Run, papers: Papers) -> None:
    async def main() -> None:
        app, (place, port) = App(None), door(papers)
        async with serving(app, place):
            visitor = Client(port)
            await visitor.enter()
            asking = asyncio.ensure_future(visitor.ask())
            await app.asked.wait()
            visitor.leave()
            await app.left.wait()
            await asking

    run(main())


def test_who_speaks_no_tls_is_told_so(run: Run, papers: Papers) -> None:
    """By an alert: a type, a version, a length, and then 2, for fatal (RFC 8446, section 6)."""

    async def main() -> None:
        place, port = door(papers)
        async with serving(App(), place):
            visitor = Client(port)
            await visitor.connect()
            visitor.send(b"\x16\x03\x01\x00\x04\x02\x00\x00\x00")
            heard = await visitor.rest()
            assert (heard[:1], heard[5:6]) == (b"\x15", b"\x02")

    run(main())


def test_a_handshake_has_only_so_much_time(
    run: Run, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secure_door, "HANDSHAKE", 0.2)

    async def main() -> None:
        place, port = door(papers)
        async with serving(App(), place):
            silent, half = Client(port), Client(port)
            for visitor in (silent, half):
                await visitor.connect()
            half.send(half.hello[:100])
            for visitor in (silent, half):
                assert await visitor.rest() == b""

    run(main())


@pytest.mark.usefixtures("shorter")
def test_at_the_stop_whoever_has_come_is_served(run: Run, papers: Papers) -> None:
    """In the queue, in the middle of a handshake, after it, between two requests."""

    async def main() -> None:
        place, port = door(papers)
        async with serving(App(), place) as task:
            silent, half, new, old, queued = (Client(port) for _ in range(5))
            await silent.connect()
            await half.connect()
            half.send(half.hello[:100])
            await new.enter()
            await old.enter()
            assert b"close" not in await old.ask()
            task.cancel()
            # In this turn of the event loop nobody accepts: it waits in the queue.
            await queued.connect()
            queued.send(queued.hello)
            await asyncio.sleep(0.05)
            half.send(half.hello[100:])
            for visitor in (half, queued):
                await visitor.shake_hands()
            for visitor in (half, new, old, queued):
                assert b"connection: close" in await visitor.ask()
                visitor.leave()
            assert await silent.rest() == b""
            await asyncio.wait([task])
            assert task.cancelled()

    run(main())


async def test_an_answer_that_is_not_taken_over_tls_is_cut_off_and_counted(papers: Papers) -> None:
    place, port = door(papers)
    async with serving(App(b"x" * 20_000_000), place, grace=0.2) as task:
        visitor = Client(port)
        await visitor.enter()
        visitor.pause()
        asking = asyncio.ensure_future(visitor.ask())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        with pytest.raises(asyncio.CancelledError) as ended:
            await task
        assert ended.value.args == (1,)
        visitor.resume()
        await asking
        visitor.leave()


async def test_whoever_is_served_at_a_socket_of_the_file_system_speaks_tls_too(
    papers: Papers, tmp_path: Path
) -> None:
    """And at a socket that is bound, and does not listen yet."""
    inside, bound = socket.socket(socket.AF_UNIX), socket.socket()
    inside.bind(str(tmp_path / "door"))
    bound.bind(("127.0.0.1", 0))
    port = bound.getsockname()[1]
    certificates = Certificates(papers.rose)
    async with serving(App(), TlsListener(inside, certificates), TlsListener(bound, certificates)):
        for address in (str(tmp_path / "door"), ("127.0.0.1", port)):
            sock = await connected(address)
            reader, writer = await asyncio.open_connection(
                sock=sock, ssl=client(), server_hostname="rose.test"
            )
            writer.write(LAST)
            assert (await reader.read()).endswith(b"OK")
            writer.close()


async def connected(address: str | tuple[str, int]) -> socket.socket:
    """A connection, as soon as somebody listens at that address."""
    while True:
        sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, address)
        except ConnectionRefusedError:
            sock.close()
            await asyncio.sleep(0.01)
        else:
            return sock


async def test_no_client_notices_a_reload(papers: Papers) -> None:
    place, port = door(papers)

    async def asking() -> None:
        for _ in range(5):
            visitor = Client(port)
            await visitor.enter()
            for _ in range(3):
                assert (await visitor.ask()).endswith(b"OK")
            visitor.leave()

    async with serving(App(), place), asyncio.TaskGroup() as group:
        tasks = [group.create_task(asking()) for _ in range(4)]
        while not all(task.done() for task in tasks):
            papers.issue("rose")
            place.certificates.reload()
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def upstream(context: ssl.SSLContext) -> AsyncIterator[tuple[str, list[str | None]]]:
    """An upstream that answers OK over TLS; its URL, and the names that it was asked for (SNI)."""
    names: list[str | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await hear(reader)
            writer.write(OK)
        writer.close()

    context.sni_callback = lambda _, name, __: names.append(name)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", names


@contextlib.asynccontextmanager
async def proxied(urls: str | list[str], **settings: Any) -> AsyncIterator[str]:
    """A proxy before upstreams, and its address."""
    proxy = ReverseProxy()
    proxy.add_target(urls, **settings)
    sock = socket.create_server(("127.0.0.1", 0))
    async with serving(proxy, sock):
        yield f"127.0.0.1:{sock.getsockname()[1]}"


async def test_the_name_that_an_upstream_is_asked_for_is_not_the_host_of_a_client(
    papers: Papers,
) -> None:
    local = papers.issue("localhost", "localhost")
    believed = UpstreamTls(ca_file=papers.ca_file)
    async with (
        upstream(papers.server(local)) as (url, names),
        proxied(url, tls=believed) as address,
    ):
        assert (await ask(address, GET)).status == 200
    assert names == ["localhost"]
    named = UpstreamTls(ca_file=papers.ca_file, name="rose.test")
    async with upstream(papers.server()) as (url, names), proxied(url, tls=named) as address:
        assert (await ask(address, GET)).status == 200
        probed = Upstream.parse(url)
        probed.tls = named
        await HttpProbe().probe(probed)
        probed.tls = believed
        with pytest.raises(ProbeFailed, match="not valid for 'localhost'"):
            await HttpProbe().probe(probed)
    assert names == ["rose.test", "rose.test", "localhost"]


async def test_after_a_failed_handshake_another_upstream_gets_any_request(
    papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    """And after five of them, passive health has heard enough."""
    stranger = papers.server(papers.issue("stranger", "localhost", by_a_stranger=True))
    good = papers.server(papers.issue("localhost", "localhost"))
    post = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nrose")
    tls = UpstreamTls(ca_file=papers.ca_file)
    async with (
        upstream(stranger) as (bad, names),
        upstream(good) as (url, _),
        proxied([bad, url], tls=tls) as address,
    ):
        for _ in range(15):
            assert (await ask(address, post)).status == 200
    assert len(names) == 5
    why = "certificate verify failed: unable to get local issuer certificate"
    assert f"POST /: upstream {bad}: {why}; another one gets a try" in caplog.messages


async def test_why_there_is_no_tls_with_an_upstream_stands_in_the_log(
    papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    async with server, proxied(url) as address:
        assert (await ask(address, GET)).status == 502
    assert caplog.messages[-1] == f"502 GET /: upstream {url} (for *): it hung up"


@pytest.mark.parametrize("name", ["", ".x", "a..b", "x" * 64, "rose test", "ros\u00e9.test"])
def test_a_name_that_no_certificate_can_have_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="upstream tls name"):
        UpstreamTls(name=name)


@pytest.mark.parametrize("name", ["localhost", "a_b.Rose.test", "192.0.2.1", "2001:db8::1"])
def test_names_and_addresses_are_names(name: str) -> None:
    assert UpstreamTls(name=name).name == name

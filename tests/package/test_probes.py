"""The probes over real sockets: every kind of upstream that there is has an outcome."""

import asyncio
import contextlib
import errno
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import h11
import pytest
import uvloop

from reverseproxy import HttpProbe, TcpProbe
from reverseproxy.errors import NothingLeft
from reverseproxy.health.active import Probe, ProbeFailed
from reverseproxy.tls.contexts import upstream_context
from reverseproxy.upstream import Upstream
from tests.support.loopback import OK, closed_port, listening, upstream

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def outcome(probe: Probe, url: str, seconds: float = 5.0) -> str:
    """Why a probe failed; "" when it passed."""
    try:
        async with asyncio.timeout(seconds):
            await probe.probe(Upstream.parse(url))
    except ProbeFailed as error:
        return str(error) or "failed without a reason"
    except TimeoutError:
        return "timeout"
    return ""


def saying(*pieces: bytes, hang: bool = False) -> Handler:
    """An upstream that hears a head and says these pieces, one at a time."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)  # a piece of its own for the other side
        if hang:
            await reader.read()

    return handle


@contextlib.asynccontextmanager
async def served(
    handler: Handler, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server, and its port; at the end it waits until its connections have ended."""
    tasks = set[asyncio.Task[None] | None]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        with contextlib.suppress(OSError, EOFError):
            await handler(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()
    if running := [task for task in tasks if task and not task.done()]:
        await asyncio.wait(running, timeout=5)


async def answered(probe: HttpProbe, *pieces: bytes, hang: bool = False, wait: float = 5.0) -> str:
    """What a probe makes of this answer."""
    async with listening(saying(*pieces, hang=hang)) as url:
        return await outcome(probe, url, wait)


@contextlib.asynccontextmanager
async def hung() -> AsyncIterator[str]:
    """A port that answers no SYN: its queue is full."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as socks:
        listener = socks.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            sock = socks.enter_context(socket.socket())
            sock.setblocking(False)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await loop.sock_connect(sock, listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


PROBES = pytest.mark.parametrize("probe", [TcpProbe(), HttpProbe()], ids=["tcp", "http"])


@PROBES
async def test_somebody_who_listens_passes_and_nobody_is_refused(probe: Probe) -> None:
    async with upstream() as script:
        assert await outcome(probe, script.url) == ""
        by_name = script.url.replace("127.0.0.1", "localhost")
        assert await outcome(probe, by_name) == ""
    for host in ("127.0.0.1", "localhost"):
        refused = await outcome(probe, f"http://{host}:{closed_port()}")
        assert "refused" in refused, refused


@PROBES
async def test_an_upstream_on_ipv6(probe: Probe) -> None:
    if not has_ipv6():
        pytest.skip("no IPv6 here")
    async with served(saying(OK), "::1") as port:
        assert await outcome(probe, f"http://[::1]:{port}") == ""


def has_ipv6() -> bool:
    """Whether the machine has an address of its own in IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@PROBES
@pytest.mark.parametrize("host", ["nobody.invalid", "a..b", "a" * 70, "-"])
async def test_a_name_that_leads_nowhere_fails(probe: Probe, host: str) -> None:
    failed = await outcome(probe, f"http://{host}:80")
    assert failed
    assert failed != "timeout"


@PROBES
async def test_a_network_that_is_not_there_fails(probe: Probe) -> None:
    failed = await outcome(probe, "http://255.255.255.255:80")
    assert failed in {"Network is unreachable", "Permission denied"}


@PROBES
async def test_who_does_not_even_take_the_connection_takes_all_the_time(probe: Probe) -> None:
    async with hung() as url:
        assert await outcome(probe, url, 0.1) == "timeout"


@PROBES
def test_a_thousand_probes_leave_no_socket_behind(probe: Probe) -> None:
    async def main() -> None:
        async with upstream() as script, hung() as stuck:
            await outcome(probe, script.url)
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(3):
                results = await asyncio.gather(
                    *(outcome(probe, script.url) for _ in range(50)),
                    *(outcome(probe, stuck, 0.01) for _ in range(50)),
                    *(outcome(probe, "http://127.0.0.1:343") for _ in range(50)),
                )
                assert set(results[:50]) == {""}
                assert set(results[50:100]) == {"timeout"}
            for _ in range(500):  # until the other ends have noticed
                if len(os.listdir("/proc/self/fd")) <= before + 1:
                    break
                await asyncio.sleep(0.01)
            assert len(os.listdir("/proc/self/fd")) <= before + 1

    for factory in (asyncio.SelectorEventLoop, uvloop.new_event_loop):
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main())


async def test_a_tcp_probe_leaves_with_a_reset_and_says_nothing() -> None:
    ended = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            ended.set_result(await reader.read())
        except ConnectionResetError as error:
            ended.set_result(error)

    async with listening(handle) as url, asyncio.timeout(5):
        assert await outcome(TcpProbe(), url) == ""
        assert isinstance(await ended, ConnectionResetError)


async def test_what_is_asked_is_a_request_of_its_own() -> None:
    async with upstream() as script:
        await outcome(HttpProbe("/health?full=1"), script.url + "/base?key=1")
        await outcome(HttpProbe(host="roses.example"), script.url)

    first, second = script.heard
    assert first.line == "GET /health?full=1 HTTP/1.1"
    assert first.values("host") == [script.url.removeprefix("http://")]
    assert first.values("connection") == ["close"]
    assert second.values("host") == ["roses.example"]


def head(status: int, *lines: str) -> bytes:
    """The head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} What", *lines, "", ""]).encode()


async def test_statuses_decide() -> None:
    for status in (200, 204, 301, 399):
        assert await answered(HttpProbe(), head(status, "Content-Length: 0")) == ""
    for status in (400, 404, 500, 503):
        failed = await answered(HttpProbe(), head(status, "Content-Length: 0"))
        assert failed == f"status {status}"
    assert await answered(HttpProbe(statuses=[404]), head(404)) == ""


async def test_an_interim_answer_is_not_the_answer() -> None:
    answer = [head(100), head(103, "Link: </a>"), head(200, "Content-Length: 0")]
    assert await answered(HttpProbe(), *answer) == ""
    assert await answered(HttpProbe(), head(100)) == "closed without an answer"
    assert await answered(HttpProbe(), head(101, "Upgrade: x", "Connection: upgrade"))


async def test_who_takes_the_request_and_says_nothing_fails() -> None:
    assert await answered(HttpProbe()) == "closed without an answer"
    assert await answered(HttpProbe(), b"HTTP/1.1 200 O") == "closed without an answer"
    assert await answered(HttpProbe(), hang=True, wait=0.1) == "timeout"


async def test_a_slow_head_is_read_byte_by_byte() -> None:
    answer = head(200, "Content-Length: 0")
    pieces = [answer[n : n + 1] for n in range(len(answer))]
    assert await answered(HttpProbe(), *pieces) == ""
    assert await answered(HttpProbe(), *pieces[:-1], hang=True, wait=0.3) == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16" * 10 + b"\r\n\r\n",
        b"HTTP/1.1 200\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"\r\n\r\n\r\n",
        head(200, "Content-Length: 5", "Content-Length: 6"),
    ],
)
async def test_what_is_not_http_fails(answer: bytes) -> None:
    failed = await answered(HttpProbe(), answer)
    assert failed
    assert failed != "timeout"


async def test_a_head_without_end_is_given_up() -> None:
    lines = [b"X-Rose: %b\r\n" % (b"x" * 1000) for _ in range(200)]
    failed = await answered(HttpProbe(), b"HTTP/1.1 200 OK\r\n", *lines, hang=True)
    assert failed
    assert failed != "timeout"


LOOKS = HttpProbe(contains="all is well")


async def test_words_are_found_where_the_pieces_were_cut() -> None:
    length = head(200, "Content-Length: 17")
    assert await answered(LOOKS, length + b"so: all is well\r\n") == ""
    assert await answered(LOOKS, length, b"so: all i", b"s well\r\n") == ""
    chunked = head(200, "Transfer-Encoding: chunked")
    chunks = [b"4\r\nso: \r\n", b"6\r\nall is\r\n5\r\n wel", b"l\r\n0\r\n\r\n"]
    assert await answered(LOOKS, chunked, *chunks) == ""
    assert await answered(LOOKS, head(200), b"all is", b" well") == "", "up to the close"


async def test_a_body_without_the_words_fails() -> None:
    missing = "'all is well' is not in the answer"
    assert await answered(LOOKS, head(200, "Content-Length: 6"), b"all is") == missing
    assert await answered(LOOKS, head(204)) == missing
    late = b"x" * 70_000 + b"all is well"
    assert await answered(LOOKS, head(200), late) == missing, "64 KiB are looked through"
    broken = await answered(LOOKS, head(200, "Content-Length: 100"), b"all is")
    assert broken
    assert broken != missing


async def test_no_more_is_read_than_is_needed() -> None:
    for probe in (HttpProbe(), LOOKS):
        endless = [head(200), b"all is well", b"."]
        assert await answered(probe, *endless, hang=True) == ""
    failed = await answered(LOOKS, head(500, "Content-Length: 9"), hang=True)
    assert failed == "status 500", "the body of a wrong answer need not be waited for"
    unending = [b"x" * 10_000] * 20
    assert await answered(LOOKS, head(200), *unending, hang=True) != "timeout"


class Turns:
    """Notes how many bytes h11 was given in each turn of the event loop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[int] = [0]
        receive = h11.Connection.receive_data

        def counted(http: h11.Connection, data: bytes) -> None:
            self.given[-1] += len(data)
            receive(http, data)

        monkeypatch.setattr(h11.Connection, "receive_data", counted)

    async def count(self) -> None:
        """Has a turn whenever others have one."""
        while True:
            self.given.append(0)
            await asyncio.sleep(0)


async def test_a_body_of_tiny_chunks_leaves_the_others_their_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = Turns(monkeypatch)
    counting = asyncio.ensure_future(turns.count())
    chunks = [b"1\r\nx\r\n" * 5000] * 20

    failed = await answered(LOOKS, head(200, "Transfer-Encoding: chunked"), *chunks, hang=True)

    counting.cancel()
    assert failed == "an answer of more than 131072 bytes"
    assert 0 < max(turns.given) <= 4096, f"{max(turns.given)} bytes in one turn of the loop"


async def test_interim_answers_without_end_are_given_up() -> None:
    many = [head(100)] * 10
    assert await answered(HttpProbe(), *many, head(200, "Content-Length: 0")) == ""
    failed = await answered(HttpProbe(), *many, head(100), hang=True)
    assert failed == "more than 10 interim responses"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is needed; Debian's package of that name has it")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return folder


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The certificate is one of those that the proxy believes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    upstream_context.cache_clear()
    yield
    upstream_context.cache_clear()


def https(certificate: Path) -> AbstractAsyncContextManager[int]:
    """A server that speaks TLS, and its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return served(saying(head(200)), tls=context)


@pytest.mark.usefixtures("trusted")
async def test_https_passes_when_the_certificate_is_right(certificate: Path) -> None:
    async with https(certificate) as port:
        assert await outcome(HttpProbe(), f"https://localhost:{port}") == ""
        other_name = await outcome(HttpProbe(), f"https://127.0.0.1:{port}")
        assert "certificate" in other_name, "a certificate for another name passed"
        assert await outcome(TcpProbe(), f"https://127.0.0.1:{port}") == ""
        http = await outcome(HttpProbe(), f"http://127.0.0.1:{port}")
        assert http, "HTTP passed where only TLS is spoken"


async def test_https_fails_when_nobody_vouches_for_it(certificate: Path) -> None:
    async with https(certificate) as port:
        failed = await outcome(HttpProbe(), f"https://localhost:{port}")
    assert "certificate verify failed" in failed


async def test_https_where_no_tls_is_spoken_fails() -> None:
    async with upstream() as script:
        url = script.url.replace("http:", "https:").replace("127.0.0.1", "localhost")
        failed = await outcome(HttpProbe(), url, 0.3)
        assert failed
    async with listening(silent) as url:
        assert await outcome(HttpProbe(), url.replace("http:", "https:"), 0.2) == "timeout"


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a connection, and says nothing in it."""
    await reader.read()


@pytest.mark.parametrize("probe", [TcpProbe(), HttpProbe()], ids=lambda probe: type(probe).__name__)
@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
async def test_our_own_limits_are_no_failure(
    probe: Probe, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_room(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    async with upstream(OK) as one:
        monkeypatch.setattr(socket, "socket", without_room)
        with pytest.raises(NothingLeft, match=os.strerror(number)):
            await probe.probe(Upstream.parse(one.url))
        monkeypatch.undo()
        assert await outcome(probe, one.url) == ""

"""Lines with real programs at both ends: nc, openssl, socat, HAProxy and rsyslog.

What a machine does not have is skipped there, and an error where CI is set.
"""

import asyncio
import contextlib
import signal
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from reverseproxy import Certificates, LineProxy, Target, TlsListener, UpstreamTls
from tests.chapter_17.papers import Papers
from tests.chapter_19.line_upstream import upstreams
from tests.package.tcp_served import until
from tests.real.test_real_peers import process, program
from tests.real.test_tcp_clients import says
from tests.real.test_tls import both
from tests.support.loopback import PATIENCE, closed_port

LINES = [b'{"number": %d, "petals": "%b"}' % (each, b"x" * (each % 200)) for each in range(20_000)]
STREAM = b"".join(line + b"\n" for line in LINES)

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend lines
    bind 127.0.0.1:{port}
    default_backend us
backend us
    server us 127.0.0.1:{us}
"""

SENDS = """
global(workDirectory="{folder}")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="{folder}/log" tag="rose")
template(name="bare" type="string" string="%msg%\\n")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" template="bare"
       action.resumeRetryCount="-1" action.resumeInterval="1")
"""

TAKES = """
global(workDirectory="{folder}" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="bare" type="string" string="%rawmsg%\\n")
action(type="omfile" file="{folder}/taken" template="bare")
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


@contextlib.asynccontextmanager
async def served(
    target: Target, papers: Papers | None = None, **options: float
) -> AsyncIterator[tuple[LineProxy, int]]:
    """A proxy, and its port; with `papers`, clients speak TLS there."""
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    proxy = LineProxy(target, first_pause=0.05, failback=0.1, **options)  # type: ignore[arg-type]  # numbers
    place = TlsListener(sock, Certificates(papers.rose)) if papers else sock
    task = asyncio.ensure_future(proxy.serve(listen=place))
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(3 * PATIENCE):
            yield proxy, port
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert proxy.lines.missing == 0


def read(files: Iterable[Path]) -> Counter[bytes]:
    """The lines in files that other programs have written."""
    return Counter(
        line for file in files if file.exists() for line in file.read_bytes().split(b"\n")[:-1]
    )


@contextlib.asynccontextmanager
async def socat(
    file: Path, *, options: str = "TCP-LISTEN:{port}", fork: bool = True
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """Debian's socat: what comes at its port is appended to a file.

    fork: it has a process for each connection; or it ends with the first one.
    """
    port = closed_port()
    listen = f"{options.format(port=port)},bind=127.0.0.1,reuseaddr" + ",fork" * fork
    running = await asyncio.create_subprocess_exec(
        program("socat", "socat"),
        "-u",
        listen,
        f"OPEN:{file},creat,append",
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port, running
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


async def test_nc_pipes_lines_to_several() -> None:
    with upstreams(3) as them:
        async with served(Target([each.url for each in them])) as (proxy, port):
            await says(program("nc", "netcat-openbsd"), "-N", "127.0.0.1", str(port), stdin=STREAM)
            await until(lambda: proxy.lines.delivered == len(LINES))
        assert Counter(line for each in them for line in each.lines) == Counter(LINES)
        assert all(each.lines for each in them)


async def test_openssl_pipes_lines_over_tls(papers: Papers) -> None:
    openssl = program("openssl", "openssl")
    verified = ("-CAfile", str(papers.ca_file), "-verify_return_error", "-servername", "rose.test")
    with upstreams(2) as them:
        async with served(Target([each.url for each in them]), papers) as (proxy, port):
            options = ("-connect", f"127.0.0.1:{port}", "-quiet", "-no_ign_eof", *verified)
            await says(openssl, "s_client", *options, stdin=STREAM)
            await until(lambda: proxy.lines.delivered == len(LINES))
        assert Counter(line for each in them for line in each.lines) == Counter(LINES)


@pytest.mark.parametrize("is_secure", [False, True])
async def test_socat_takes_lines(tmp_path: Path, papers: Papers, *, is_secure: bool) -> None:
    options, scheme, tls = "TCP-LISTEN:{port}", "tcp", None
    if is_secure:
        (tmp_path / "pem").write_text(both(papers.rose))
        options, scheme = f"OPENSSL-LISTEN:{{port}},cert={tmp_path}/pem,verify=0", "tls"
        tls = UpstreamTls(ca_file=papers.ca_file, name="rose.test")
    nc, file = program("nc", "netcat-openbsd"), tmp_path / "taken"
    async with socat(file, options=options) as (taker, _):
        target = Target(f"{scheme}://127.0.0.1:{taker}", tls=tls)
        async with served(target, connections=1) as (proxy, port):
            await says(nc, "-N", "127.0.0.1", str(port), stdin=STREAM)
            await until(lambda: read([file]) == Counter(LINES))
            await until(lambda: proxy.lines.delivered == len(LINES))


async def test_a_socat_that_is_killed_loses_only_what_is_counted(tmp_path: Path) -> None:
    dies, stays = tmp_path / "dies", tmp_path / "stays"
    async with socat(dies, fork=False) as (first, running), socat(stays, fork=False) as (second, _):
        target = Target([f"tcp://127.0.0.1:{first}", f"tcp://127.0.0.1:{second}"])
        async with served(target, connections=1) as (proxy, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            sent = 0
            while not (read([dies]) and read([stays])):  # one may not listen yet
                writer.write(STREAM[sent : sent + 16_384])
                sent += 16_384
                await asyncio.sleep(0.01)
            running.send_signal(signal.SIGSTOP)
            writer.write(STREAM[sent:])
            writer.write_eof()
            await reader.read()
            running.kill()
            await until(lambda: proxy.lines.accepted == len(LINES) and not proxy.lines.pending)
            await until(lambda: read([stays]).total() >= proxy.lines.delivered)
            lost = Counter(LINES) - read([dies, stays])
            assert lost.total() <= proxy.lines.unconfirmed
            assert set(read([dies, stays])) <= set(LINES)
            writer.close()
            await writer.wait_closed()


async def test_haproxy_before_and_behind(tmp_path: Path) -> None:
    haproxy = program("haproxy", "haproxy")
    nc = program("nc", "netcat-openbsd")
    (tmp_path / "before").mkdir()
    (tmp_path / "behind").mkdir()
    before, behind = closed_port(), closed_port()
    with upstreams(1) as (one,):
        settings = HAPROXY.format(port=behind, us=one.port)
        (tmp_path / "behind/haproxy.cfg").write_text(settings)
        async with (
            process(haproxy, "-db", "-f", str(tmp_path / "behind"), port=behind),
            served(Target(f"tcp://127.0.0.1:{behind}")) as (proxy, port),
        ):
            settings = HAPROXY.format(port=before, us=port)
            (tmp_path / "before/haproxy.cfg").write_text(settings)
            async with process(haproxy, "-db", "-f", str(tmp_path / "before"), port=before):
                await says(nc, "-N", "127.0.0.1", str(before), stdin=STREAM)
                await until(lambda: Counter(one.lines) == Counter(LINES))
                await until(lambda: proxy.lines.delivered == len(LINES))


@contextlib.asynccontextmanager
async def rsyslog(folder: Path, settings: str, port: int = 0) -> AsyncIterator[None]:
    """Debian's rsyslog, in a folder of its own."""
    (folder / "conf").write_text(settings.format(folder=folder, port=port))
    rsyslogd = program("rsyslogd", "rsyslog")
    running = await asyncio.create_subprocess_exec(
        *(rsyslogd, "-n", "-f", str(folder / "conf"), "-i", str(folder / "pid")),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


async def test_rsyslog_sends_lines_to_two_of_its_kind(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    ports = [closed_port(), closed_port()]
    files = [folder / "taken" for folder in folders]
    (tmp_path / "log").write_bytes(STREAM)
    async with (
        rsyslog(folders[0], TAKES, ports[0]),
        rsyslog(folders[1], TAKES, ports[1]),
        served(Target([f"tcp://127.0.0.1:{port}" for port in ports])) as (proxy, port),
        rsyslog(tmp_path, SENDS, port),
    ):
        await until(lambda: read(files).total() >= len(LINES))
        await until(lambda: proxy.lines.delivered == len(LINES))
        assert all(map(read, ([file] for file in files)))
    assert read(files) == Counter(LINES)

"""TLS with real programs at the other end: curl, openssl, nginx, HAProxy and redis-cli.

What a machine does not have is skipped there, and an error where CI is set.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from reverseproxy import (
    Certificate,
    Certificates,
    ReverseProxy,
    Target,
    TcpProxy,
    TlsListener,
    UpstreamTls,
)
from reverseproxy.server import Place
from tests.chapter_17.papers import Papers
from tests.real.test_proxy_protocol import stream_module
from tests.real.test_real_peers import curl, process, program
from tests.real.test_tcp_clients import says
from tests.support.loopback import PATIENCE, closed_port, hear

Proxy = ReverseProxy | TcpProxy

BIG = 20_000_000
"""Bytes of a file that nginx has, and of one that curl has."""

NGINX = """
load_module {module};
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log /dev/null crit;
events {{}}
# The listener that is waited for is the last that nginx opens.
stream {{
    server {{
        listen 127.0.0.1:{says};
        proxy_pass 127.0.0.1:{us};
        proxy_ssl on;
        proxy_ssl_protocols {version};
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate {ca};
        proxy_ssl_server_name on;
        proxy_ssl_name shop.test;
        proxy_ssl_certificate {own.chain};
        proxy_ssl_certificate_key {own.key};
    }}
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{hears} ssl;
        ssl_certificate {shown.chain};
        ssl_certificate_key {shown.key};
        ssl_protocols {version};
        ssl_client_certificate {ca};
        ssl_verify_client on;
        root {folder};
        default_type text/plain;
        location = / {{
            return 200 "$ssl_protocol $ssl_server_name $ssl_client_verify $http_x_forwarded_proto";
        }}
    }}
}}
"""

HAPROXY = """
global
    tune.ssl.default-dh-param 2048
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend hears
    mode http
    bind 127.0.0.1:{hears} ssl crt {folder}/shown.both ssl-min-ver {version} ssl-max-ver {version} ca-file {ca} verify required
    http-request return content-type text/plain lf-string "%[ssl_fc_protocol] %[ssl_fc_sni] SUCCESS %[req.hdr(x-forwarded-proto)]"
frontend says
    bind 127.0.0.1:{says}
    default_backend us
backend us
    server us 127.0.0.1:{us} ssl verify required ca-file {ca} verifyhost shop.test sni str(shop.test) crt {folder}/own.both ssl-min-ver {version} ssl-max-ver {version}
"""  # noqa: E501 - HAProxy's lines cannot be broken


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


def both(certificate: Certificate) -> str:
    """A certificate and its key in one file, as HAProxy wants them."""
    return Path(certificate.chain).read_text() + Path(certificate.key).read_text()


@contextlib.asynccontextmanager
async def nginx(
    folder: Path, papers: Papers, us: int, version: str
) -> AsyncIterator[tuple[int, int]]:
    """Debian's nginx: the port where it speaks TLS as a server, and the one where it passes on
    bytes to us, as a client of TLS.
    """
    hears, says, settings = closed_port(), closed_port(), folder / "nginx.conf"
    shown, own = papers.issue("nginx", "inside.test"), papers.issue("own", "own.test")
    settings.write_text(
        NGINX.format(
            folder=folder,
            module=stream_module(),
            hears=hears,
            says=says,
            us=us,
            shown=shown,
            own=own,
            ca=papers.ca_file,
            version=version,
        )
    )
    async with process(program("nginx", "nginx"), "-c", str(settings), port=hears):
        yield hears, says


@contextlib.asynccontextmanager
async def haproxy(
    folder: Path, papers: Papers, us: int, version: str
) -> AsyncIterator[tuple[int, int]]:
    """Debian's HAProxy, in the same way."""
    hears, says, settings = closed_port(), closed_port(), folder / "haproxy.cfg"
    (folder / "shown.both").write_text(both(papers.issue("haproxy", "inside.test")))
    (folder / "own.both").write_text(both(papers.issue("own", "own.test")))
    settings.write_text(
        HAPROXY.format(
            folder=folder, hears=hears, says=says, us=us, ca=papers.ca_file, version=version
        )
    )
    async with process(program("haproxy", "haproxy"), "-db", "-f", str(settings), port=says):
        yield hears, says


@contextlib.asynccontextmanager
async def serving(proxy: Proxy, *places: Place) -> AsyncIterator[None]:
    """Serves a proxy at these places."""
    task = asyncio.ensure_future(proxy.serve(listen=list(places), grace=0))
    try:
        async with asyncio.timeout(3 * PATIENCE):
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def http_proxy(port: int, tls: UpstreamTls) -> Proxy:
    """One that passes on requests to a port where TLS is spoken."""
    proxy = ReverseProxy()
    proxy.add_target(f"https://127.0.0.1:{port}", tls=tls)
    return proxy


def tcp_proxy(port: int, tls: UpstreamTls) -> Proxy:
    """One that passes on bytes."""
    return TcpProxy(Target(f"tls://127.0.0.1:{port}", tls=tls))


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("peer", [nginx, haproxy])
@pytest.mark.parametrize("new_proxy", [http_proxy, tcp_proxy])
async def test_real_programs_speak_tls_with_both_ends(
    tmp_path: Path,
    papers: Papers,
    new_proxy: Callable[[int, UpstreamTls], Proxy],
    peer: Callable[..., contextlib.AbstractAsyncContextManager[tuple[int, int]]],
    version: str,
) -> None:
    """curl, the other program, over TLS this proxy, and over TLS the other program again.

    Both connections are verified from both sides.
    """
    certificates = Certificates(
        papers.rose, {"shop.test": papers.issue("shop", "shop.test")}, client_ca=papers.ca_file
    )
    sock = socket.create_server(("127.0.0.1", 0))
    async with peer(tmp_path, papers, sock.getsockname()[1], version) as (hears, says):
        tls = UpstreamTls(
            ca_file=papers.ca_file, name="inside.test", certificate=papers.issue("us", "us.test")
        )
        async with serving(new_proxy(hears, tls), TlsListener(sock, certificates)):
            said = await curl("-H", "Host: h", f"http://127.0.0.1:{says}/")
            proto = "https" if new_proxy is http_proxy else ""
            assert said == f"{version} inside.test SUCCESS {proto}"
            if peer is nginx:
                (tmp_path / "big").write_bytes(b"x" * BIG)
                options = ("-o", "/dev/null", "-w", "%{size_download}")
                assert await curl(*options, f"http://127.0.0.1:{says}/big") == str(BIG)


@contextlib.asynccontextmanager
async def two_doors(papers: Papers) -> AsyncIterator[tuple[int, int]]:
    """A proxy that speaks TLS at one port and none at another.

    The answer is the scheme that the upstream was told, and how much body it got.
    """
    names = {
        "shop.test": papers.issue("shop", "shop.test"),
        "*.blog.test": papers.issue("blog", "*.blog.test"),
    }
    chosen = Certificates(papers.rose, names, alpn=("http/1.1",))
    secure, plain = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))

    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            heard = await hear(reader)
            text = f"{heard.values('x-forwarded-proto')} {len(heard.body)}".encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        writer.close()

    server = await asyncio.start_server(tell, "127.0.0.1", 0)
    proxy = ReverseProxy()
    proxy.add_target(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server, serving(proxy, TlsListener(secure, chosen), plain):
        yield secure.getsockname()[1], plain.getsockname()[1]


async def tried(*command: str) -> str:
    """What a program says, and the number that it ends with."""
    running = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await running.communicate()
    return f"{out.decode(errors='replace')}\nended with {running.returncode}"


async def s_client(port: int, *options: str) -> str:
    """What openssl has to tell about a server."""
    openssl = program("openssl", "openssl")
    return await tried(openssl, "s_client", "-connect", f"127.0.0.1:{port}", *options)


async def test_curl_verifies_and_is_told_apart_from_who_comes_without_tls(
    tmp_path: Path, papers: Papers
) -> None:
    (tmp_path / "big").write_bytes(b"x" * BIG)
    async with two_doors(papers) as (secure, plain):
        options = ("--cacert", str(papers.ca_file), "--resolve", f"*:{secure}:127.0.0.1")
        for name in ("rose.test", "shop.test", "a.blog.test"):
            url = f"https://{name}:{secure}"
            assert await curl(*options, url) == "['https'] 0"
        assert await curl(*options, "--http2", "-w", " %{http_version}", url) == "['https'] 0 1.1"
        connects = await curl(*options, "-w", "%{num_connects}", f"{url}/[1-3]", "-o", "/dev/null")
        assert connects.startswith("1")
        for more in ((), ("-H", "Transfer-Encoding: chunked", "-H", "Expect:")):
            sent = await curl(*options, *more, "--data-binary", f"@{tmp_path}/big", url)
            assert sent == f"['https'] {BIG}"
        assert await curl(f"http://127.0.0.1:{plain}") == "['http'] 0"
        stranger = f"https://other.test:{secure}"
        assert "ended with 60" in await tried(program("curl", "curl"), *options, stranger)


async def shown_to(papers: Papers, port: int, *options: str) -> str:
    """What the certificate is called that openssl is shown."""
    said = await s_client(port, *options)
    found = re.search("-----BEGIN CERT.*END CERTIFICATE-----", said, re.DOTALL)
    assert found, said
    return papers.label(ssl.PEM_cert_to_DER_cert(found[0]))


async def test_openssl_is_shown_the_certificate_of_the_name_it_asks_for(papers: Papers) -> None:
    async with two_doors(papers) as (port, _):
        assert await shown_to(papers, port, "-noservername") == "rose"
        for name, expected in (
            ("shop.test", "shop"),
            ("SHOP.test", "shop"),
            ("a.b.blog.test", "blog"),
            ("blog.test", "rose"),
            ("other.test", "rose"),
        ):
            assert await shown_to(papers, port, "-servername", name) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-tls1_2"], "New, TLSv1.2"),
        (["-tls1_3"], "New, TLSv1.3"),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "alert protocol version"),
        (["-alpn", "h2,http/1.1"], "ALPN protocol: http/1.1"),
        (["-alpn", "h2"], "No ALPN negotiated"),
    ],
)
async def test_openssl_hears_what_is_spoken_here(
    papers: Papers, options: list[str], expected: str
) -> None:
    async with two_doors(papers) as (port, _):
        assert expected in await s_client(port, *options)


async def test_who_speaks_the_wrong_protocol_is_let_go(papers: Papers) -> None:
    async with two_doors(papers) as (secure, plain):
        curl = (program("curl", "curl"), "--max-time", "5", "-sS", "-k")
        assert "ended with 52" in await tried(*curl, f"http://127.0.0.1:{secure}")
        assert "ended with 35" in await tried(*curl, f"https://127.0.0.1:{plain}")


@contextlib.asynccontextmanager
async def redis(folder: Path, *options: str, port: int) -> AsyncIterator[None]:
    """Debian's redis-server."""
    command = (program("redis-server", "redis-server"), "--dir", str(folder), "--save", "")
    async with process(*command, "--bind", "127.0.0.1", *options, port=port):
        yield


async def test_redis_cli_speaks_tls_with_a_redis_that_has_none(
    tmp_path: Path, papers: Papers
) -> None:
    port, sock = closed_port(), socket.create_server(("127.0.0.1", 0))
    place = TlsListener(sock, Certificates(papers.rose))
    cli = (program("redis-cli", "redis-tools"), "-p", str(sock.getsockname()[1]))
    tls = ("--tls", "--cacert", str(papers.ca_file), "--sni", "rose.test")
    async with (
        redis(tmp_path, "--port", str(port), port=port),
        serving(TcpProxy(Target(f"tcp://127.0.0.1:{port}")), place),
    ):
        assert await says(*cli, *tls, "-x", "set", "petals", stdin=b"x" * 5_000_000) == "OK\n"
        assert await says(*cli, *tls, "get", "petals") == "x" * 5_000_000 + "\n"


async def test_redis_cli_without_tls_is_brought_to_a_redis_that_has_it(
    tmp_path: Path, papers: Papers
) -> None:
    port, sock = closed_port(), socket.create_server(("127.0.0.1", 0))
    shown = ("--tls-cert-file", str(papers.rose.chain), "--tls-key-file", str(papers.rose.key))
    believed = ("--tls-ca-cert-file", str(papers.ca_file), "--tls-auth-clients", "yes")
    tls = UpstreamTls(
        ca_file=papers.ca_file, name="rose.test", certificate=papers.issue("us", "us.test")
    )
    cli = (program("redis-cli", "redis-tools"), "-p", str(sock.getsockname()[1]))
    async with (
        redis(tmp_path, "--port", "0", "--tls-port", str(port), *shown, *believed, port=port),
        serving(TcpProxy(Target(f"tls://127.0.0.1:{port}", tls=tls)), sock),
    ):
        assert await says(*cli, "-x", "set", "petals", stdin=b"x" * 5_000_000) == "OK\n"
        assert await says(*cli, "get", "petals") == "x" * 5_000_000 + "\n"

"""TLS that is passed on as it is: curl and openssl before the proxy, nginx and HAProxy behind it.

What a machine does not have is skipped there, and an error where CI is set.
"""

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverseproxy import ServerNames, Target, TcpProxy
from tests.chapter_17.papers import Papers
from tests.real.test_proxy_protocol import CLIENT
from tests.real.test_real_peers import curl, process, program
from tests.real.test_tls import both, s_client, serving, shown_to, tried
from tests.support.loopback import closed_port

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log /dev/null crit;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{hears} ssl http2{proxied};
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {shown.chain};
        ssl_certificate_key {shown.key};
        root {folder};
        default_type text/plain;
        location = / {{ return 200 "nginx $ssl_server_name $server_protocol $remote_addr"; }}
    }}
}}
"""

HAPROXY = """
defaults
    timeout connect 5s
    timeout client 5s
    timeout server 5s
# The listener that is waited for is the last that HAProxy opens.
frontend says
    mode tcp
    bind 127.0.0.1:{says}
    default_backend us
frontend hears
    mode http
    bind 127.0.0.1:{hears} ssl crt {folder}/shown.both alpn h2,http/1.1{proxied}
    http-request return content-type text/plain lf-string "haproxy %[ssl_fc_sni] HTTP/%[req.ver] %[src]"
backend us
    mode tcp
    server us 127.0.0.1:{us} send-proxy-v2
"""  # noqa: E501 - HAProxy's lines cannot be broken

PLAIN = """
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend hears
    bind 127.0.0.1:{port}
    http-request return content-type text/plain string "plain"
"""

BIG = 20_000_000
"""Bytes of a file that nginx has."""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates: each of the two has its own, and the proxy has none."""
    return Papers(tmp_path_factory.mktemp("papers"))


@contextlib.asynccontextmanager
async def two_sites(
    folder: Path, papers: Papers, us: int = 0, *, proxied: bool = False
) -> AsyncIterator[tuple[int, int, int]]:
    """nginx with the site shop.test, and HAProxy with all below blog.test.

    Yields their ports, and the one where HAProxy passes on bytes to us, and says before them who
    calls. proxied: they want to be told that, too.
    """
    shop, blog, says = closed_port(), closed_port(), closed_port()
    (folder / "big").write_bytes(b"x" * BIG)
    (folder / "shown.both").write_text(both(papers.issue("blog", "*.blog.test")))
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            hears=shop,
            shown=papers.issue("shop", "shop.test"),
            proxied=" proxy_protocol" if proxied else "",
        )
    )
    (folder / "haproxy.cfg").write_text(
        HAPROXY.format(
            folder=folder,
            hears=blog,
            says=says,
            us=us,
            proxied=" accept-proxy" if proxied else "",
        )
    )
    nginx = (program("nginx", "nginx"), "-c", str(folder / "nginx.conf"))
    haproxy = (program("haproxy", "haproxy"), "-db", "-f", str(folder / "haproxy.cfg"))
    async with process(*nginx, port=shop), process(*haproxy, port=blog):
        yield shop, blog, says


def names(shop: int, blog: int) -> ServerNames:
    """The targets of these sites."""
    targets = {"shop.test": shop, "*.blog.test": blog}
    return ServerNames({name: Target(f"tcp://127.0.0.1:{port}") for name, port in targets.items()})


def browser(papers: Papers, port: int) -> tuple[str, ...]:
    """What curl has to know so that it finds every name at this port, and believes who is there."""
    return ("--cacert", str(papers.ca_file), "--connect-to", f"::127.0.0.1:{port}")


async def test_curl_reaches_both_sites_at_one_port(tmp_path: Path, papers: Papers) -> None:
    """Each shows its own certificate, and speaks HTTP/2, of which the proxy knows nothing."""
    sock = socket.create_server(("127.0.0.1", 0))
    options = browser(papers, sock.getsockname()[1])
    async with (
        two_sites(tmp_path, papers) as (shop, blog, _),
        serving(TcpProxy(names(shop, blog)), sock),
    ):
        for more in (("--tls-max", "1.2"), ("--tlsv1.3",)):
            said = await curl(*options, *more, "https://shop.test/")
            assert said == "nginx shop.test HTTP/2.0 127.0.0.1"
            said = await curl(*options, *more, "--http1.1", "https://a.blog.test/")
            assert said == "haproxy a.blog.test HTTP/1.1 127.0.0.1"
        size = ("-o", "/dev/null", "-w", "%{size_download}")
        assert await curl(*options, *size, "https://shop.test/big") == str(BIG)
        other = await tried(program("curl", "curl"), "-sS", *options, "https://other.test/")
    assert "unrecognized name" in other
    assert "ended with 35" in other


async def test_openssl_hears_why_it_is_not_let_in(tmp_path: Path, papers: Papers) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    async with (
        two_sites(tmp_path, papers) as (shop, blog, _),
        serving(TcpProxy(names(shop, blog)), sock),
    ):
        assert await shown_to(papers, port, "-servername", "SHOP.test") == "shop"
        assert await shown_to(papers, port, "-servername", "a.b.blog.test") == "blog"
        assert "unrecognized name" in await s_client(port, "-servername", "blog.test")
        assert "missing extension" in await s_client(port, "-noservername")


async def test_who_speaks_no_tls_goes_where_that_is_welcome(tmp_path: Path, papers: Papers) -> None:
    """TLS and HTTP at one port, in two processes."""
    sock = socket.create_server(("127.0.0.1", 0))
    port, plain = sock.getsockname()[1], closed_port()
    (tmp_path / "haproxy2.cfg").write_text(PLAIN.format(port=plain))
    command = (program("haproxy", "haproxy"), "-db", "-f", str(tmp_path / "haproxy2.cfg"))
    async with two_sites(tmp_path, papers) as (shop, _, _), process(*command, port=plain):
        targets = {"shop.test": Target(f"tcp://127.0.0.1:{shop}")}
        proxy = TcpProxy(ServerNames(targets, not_tls=Target(f"tcp://127.0.0.1:{plain}")))
        async with serving(proxy, sock):
            assert await curl(f"http://127.0.0.1:{port}/") == "plain"
            said = await curl(*browser(papers, port), "https://shop.test/")
            assert said.startswith("nginx shop.test")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_both_sites_hear_who_calls_through_two_proxies(
    tmp_path: Path, papers: Papers, version: str
) -> None:
    """curl, HAProxy that says who calls, this proxy that says it again, and one of the sites.

    The header is in front of the ClientHello, on both ways.
    """
    sock = socket.create_server(("127.0.0.1", 0))
    us = sock.getsockname()[1]
    async with two_sites(tmp_path, papers, us, proxied=True) as (shop, blog, says):
        proxy = TcpProxy(names(shop, blog), trusted_proxies=["127.0.0.1"], send_proxy=version)
        async with serving(proxy, sock):
            options = (*browser(papers, says), "--interface", CLIENT)
            said = await curl(*options, "https://shop.test/")
            assert said == f"nginx shop.test HTTP/2.0 {CLIENT}"
            said = await curl(*options, "https://a.blog.test/")
            assert said == f"haproxy a.blog.test HTTP/2.0 {CLIENT}"

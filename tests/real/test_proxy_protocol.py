"""The PROXY protocol with nginx and HAProxy at the other end, as who says it and as who hears it.

What a machine does not have is skipped there, and an error where CI is set.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverseproxy import Target, TcpProxy
from tests.real.test_real_peers import process, program
from tests.support.loopback import PATIENCE, closed_port

CLIENT = "127.0.0.5"
"""Where the client calls from; all proxies are at 127.0.0.1."""

MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")

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
        listen {at}:{says};
        proxy_protocol on;
        proxy_pass 127.0.0.1:{us};
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
        listen 127.0.0.1:{hears} proxy_protocol;
        set_real_ip_from 127.0.0.1;
        real_ip_header proxy_protocol;
        default_type text/plain;
        return 200 "$remote_addr $remote_port $proxy_protocol_server_addr";
    }}
}}
"""

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend hears
    mode http
    bind 127.0.0.1:{hears} accept-proxy
    http-request return content-type text/plain lf-string "%[src] %[src_port] %[dst]"
frontend says
    bind 127.0.0.1:{says}
    default_backend us
backend us
    server us 127.0.0.1:{us} {how}
"""

SAYINGS = [
    "send-proxy",
    "send-proxy-v2",
    "send-proxy-v2 proxy-v2-options crc32c",
    "send-proxy-v2 proxy-v2-options crc32c,unique-id",
]


def stream_module() -> str:
    """The path of nginx's stream module; skips the test where it is not installed."""
    if not MODULE.exists():
        if os.environ.get("CI"):
            pytest.fail("CI has no stream module of nginx: install Debian's libnginx-mod-stream")
        pytest.skip("nginx has no stream module (Debian's package: libnginx-mod-stream)")
    return str(MODULE)


@contextlib.asynccontextmanager
async def nginx(folder: Path, us: int, at: str = "127.0.0.1") -> AsyncIterator[tuple[int, int]]:
    """Debian's nginx: the port where it hears headers, and the one where it says them to us.

    It says them of clients that call at the address `at`.
    """
    hears, says, settings = closed_port(), closed_port(), folder / "nginx.conf"
    settings.write_text(
        NGINX.format(folder=folder, module=stream_module(), hears=hears, says=says, us=us, at=at)
    )
    async with process(program("nginx", "nginx"), "-c", str(settings), port=hears):
        yield hears, says


@contextlib.asynccontextmanager
async def haproxy(folder: Path, us: int, how: str) -> AsyncIterator[tuple[int, int]]:
    """Debian's HAProxy, in the same way."""
    hears, says, settings = closed_port(), closed_port(), folder / "haproxy.cfg"
    settings.write_text(HAPROXY.format(hears=hears, says=says, us=us, how=how))
    async with process(program("haproxy", "haproxy"), "-db", "-f", str(settings), port=says):
        yield hears, says


@contextlib.asynccontextmanager
async def serving(proxy: TcpProxy, sock: socket.socket) -> AsyncIterator[None]:
    """Serves the proxy on that socket."""
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=0))
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def get(port: int, source: str = CLIENT) -> tuple[str, int]:
    """The body of an answer, and the port that it was asked from."""
    host = "::1" if ":" in source else "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, port, local_addr=(source, 0))
    writer.write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    own = writer.get_extra_info("sockname")[1]
    writer.close()
    assert " 200 " in answer.splitlines()[0], answer
    return answer.partition("\r\n\r\n")[2], own


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_nginx_hears_who_calls(tmp_path: Path, version: str) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    async with nginx(tmp_path, sock.getsockname()[1]) as (hears, _):
        proxy = TcpProxy(Target([f"tcp://127.0.0.1:{hears}"]), send_proxy=version)
        async with serving(proxy, sock):
            said, port = await get(sock.getsockname()[1])
    assert said == f"{CLIENT} {port} 127.0.0.1"


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_haproxy_hears_who_calls(tmp_path: Path, version: str) -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    async with haproxy(tmp_path, sock.getsockname()[1], "") as (hears, _):
        proxy = TcpProxy(Target([f"tcp://127.0.0.1:{hears}"]), send_proxy=version)
        async with serving(proxy, sock):
            said, port = await get(sock.getsockname()[1])
    assert said == f"{CLIENT} {port} 127.0.0.1"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("source", [CLIENT, "::1"], ids=["IPv4", "IPv6"])
async def test_what_nginx_says_is_believed_and_passed_on(
    tmp_path: Path, version: str, source: str
) -> None:
    """A client, nginx's stream, this proxy, and nginx again: it hears of the client."""
    sock = socket.create_server(("127.0.0.1", 0))
    at = "[::1]" if ":" in source else "127.0.0.1"
    async with nginx(tmp_path, sock.getsockname()[1], at) as (hears, says):
        proxy = TcpProxy(
            Target([f"tcp://127.0.0.1:{hears}"]), trusted_proxies=["127.0.0.1"], send_proxy=version
        )
        async with serving(proxy, sock):
            said, port = await get(says, source)
    assert said == f"{source} {port} {at.strip('[]')}"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("how", SAYINGS)
async def test_what_haproxy_says_is_believed_and_passed_on(
    tmp_path: Path, version: str, how: str
) -> None:
    """A client, HAProxy, this proxy, and HAProxy again: it hears of the client."""
    sock = socket.create_server(("127.0.0.1", 0))
    async with haproxy(tmp_path, sock.getsockname()[1], how) as (hears, says):
        proxy = TcpProxy(
            Target([f"tcp://127.0.0.1:{hears}"]), trusted_proxies=["127.0.0.1"], send_proxy=version
        )
        async with serving(proxy, sock):
            said, port = await get(says)
    assert said == f"{CLIENT} {port} 127.0.0.1"


async def test_haproxys_health_checks_are_let_in(tmp_path: Path) -> None:
    """`check` with `send-proxy-v2` says LOCAL: the connection speaks for itself."""
    sock = socket.create_server(("127.0.0.1", 0))
    met: asyncio.Queue[bytes] = asyncio.Queue()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            met.put_nowait(await reader.readline())
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    proxy = TcpProxy(Target([url]), trusted_proxies=["127.0.0.1"], send_proxy="v1")
    how = "send-proxy-v2 check inter 50ms"
    async with (
        serving(proxy, sock),
        haproxy(tmp_path, sock.getsockname()[1], how),
    ):
        line = await met.get()
        while b"PROXY" not in line:
            line = await met.get()
    server.close()
    assert line.startswith(b"PROXY TCP4 127.0.0.1 127.0.0.1 ")

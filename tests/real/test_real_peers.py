"""The proxy among real software: nginx and http.server behind it, curl and a browser before it.

What a machine does not have is skipped there, and an error where CI is set.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from reverseproxy import ReverseProxy
from reverseproxy.server import serve_http
from tests.support.loopback import PATIENCE, closed_port, serving

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_proxied any;
    gzip_min_length 100;
    gzip_types text/plain;
    types {{ text/html html; text/css css; text/javascript js; text/plain txt; }}
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def program(name: str, package: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    path = shutil.which(name)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"CI has no {name}: install Debian's {package}")
    if path is None:
        pytest.skip(f"{name} is not installed (Debian's package: {package})")
    return path


@contextlib.asynccontextmanager
async def process(*command: str, port: int) -> AsyncIterator[str]:
    """Runs a server until the end of the block; yields its URL once it listens at `port`."""
    running = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await listens(port):
                assert running.returncode is None, f"{command[0]} ended"
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


async def listens(port: int) -> bool:
    """Whether somebody accepts connections at a port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        await asyncio.sleep(0.01)
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def curl(*arguments: str) -> str:
    """What curl prints."""
    running = await asyncio.create_subprocess_exec(
        program("curl", "curl"), "-sS", "--max-time", "10", *arguments, stdout=subprocess.PIPE
    )
    out, _ = await running.communicate()
    assert running.returncode == 0, f"curl ended with {running.returncode}"
    return out.decode()


@contextlib.asynccontextmanager
async def proxied(url: str) -> AsyncIterator[str]:
    """A proxy before `url`; yields the proxy's URL."""
    proxy = ReverseProxy()
    proxy.add_target(url)
    async with serving(proxy) as address:
        yield f"http://{address}"


@pytest.fixture
def www(tmp_path: Path) -> Path:
    """A folder with something to serve."""
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "index.html").write_text(
        "<!doctype html><title>rose</title><link rel=stylesheet href=style.css>"
        "<p id=p>not yet</p><script src=script.js></script>"
    )
    (folder / "style.css").write_text("p { color: rgb(1, 2, 3) }")
    (folder / "script.js").write_text("document.getElementById('p').textContent = 'it runs'")
    (folder / "petals.txt").write_text("petal " * 1000)
    return folder


@contextlib.asynccontextmanager
async def nginx(www: Path) -> AsyncIterator[str]:
    """Debian's nginx, serving `www`."""
    port, settings = closed_port(), www.parent / "nginx.conf"
    settings.write_text(NGINX.format(folder=www.parent, port=port))
    async with process(program("nginx", "nginx"), "-c", str(settings), port=port) as url:
        yield url


async def test_nginx_answers_through_the_proxy_as_it_does_without(www: Path) -> None:
    asked: list[tuple[str, ...]] = [
        ("-i", "/petals.txt"),
        ("-i", "-H", "Range: bytes=6-11", "/petals.txt"),
        ("-I", "/petals.txt"),
        ("-i", "/missing"),
        ("--compressed", "/petals.txt"),
    ]
    async with nginx(www) as direct, proxied(direct) as through:
        etag = next(
            line.split(" ", 1)[1]
            for line in (await curl("-I", f"{direct}/petals.txt")).splitlines()
            if line.startswith("ETag")
        )
        asked.append(("-i", "-H", f"If-None-Match: {etag}", "/petals.txt"))
        for *options, path in asked:
            expected = await curl(*options, direct + path)
            assert meaning(await curl(*options, through + path)) == meaning(expected), options


def meaning(answer: str) -> list[str]:
    """An answer's lines without those of one connection, and names in small letters."""
    head, empty, body = answer.partition("\r\n\r\n")
    if not empty:
        return [answer]
    status, *fields = head.split("\r\n")
    pairs = [(name.lower(), value) for name, _, value in (field.partition(":") for field in fields)]
    kept = [name + value for name, value in pairs if name not in ("connection", "date")]
    return [status, *sorted(kept), body]


async def test_compressed_bytes_of_nginx_reach_curl_as_they_are(www: Path) -> None:
    async with nginx(www) as direct, proxied(direct) as through:
        answer = await curl(
            "-o",
            str(www / "packed"),
            "-D",
            "-",
            "-H",
            "Accept-Encoding: gzip",
            f"{through}/petals.txt",
        )
    assert "content-encoding: gzip" in answer.lower()
    assert (www / "packed").read_bytes()[:2] == b"\x1f\x8b"


async def test_pythons_http_server_answers_through_the_proxy(www: Path) -> None:
    port = closed_port()
    command = (
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "-d",
        str(www),
    )
    async with process(*command, port=port) as direct, proxied(direct) as through:
        assert await curl(f"{through}/petals.txt") == "petal " * 1000
        assert "404" in (await curl("-i", f"{through}/missing")).splitlines()[0]
        assert "501" in (await curl("-i", "-X", "POST", "-d", "a=1", through)).splitlines()[0]


async def test_a_starlette_application_answers_through_the_proxy() -> None:
    async def echo(request: Request) -> JSONResponse:
        body = (await request.body()).decode()
        response = JSONResponse(
            {"method": request.method, "query": request.url.query, "body": body}
        )
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    app = Starlette(routes=[Route("/echo", echo, methods=["PUT"])])
    sock = socket.create_server(("127.0.0.1", 0))
    served = asyncio.ensure_future(serve_http(app, sock))
    try:
        async with proxied(f"http://127.0.0.1:{sock.getsockname()[1]}") as through:
            answer = await curl("-i", "-X", "PUT", "-d", "petal", f"{through}/echo?x=1&x=2")
    finally:
        served.cancel()
        await asyncio.wait([served])

    assert answer.endswith('{"method":"PUT","query":"x=1&x=2","body":"petal"}')
    assert answer.count("set-cookie: ") == 2


async def test_a_browser_shows_a_page_that_came_through_the_proxy(www: Path) -> None:
    chromium = program("chromium", "chromium")
    playwright = pytest.importorskip("playwright.async_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with (
        nginx(www) as direct,
        proxied(direct) as through,
        playwright.async_playwright() as p,
        await p.chromium.launch(executable_path=chromium, args=flags) as browser,
    ):
        page = await browser.new_page()
        failures: list[str] = []
        page.on("requestfailed", lambda request: failures.append(request.url))
        await page.goto(through + "/index.html")

        assert await page.inner_text("#p") == "it runs"
        colour = await page.evaluate("getComputedStyle(document.querySelector('#p')).color")
        assert colour == "rgb(1, 2, 3)"
        assert failures == []

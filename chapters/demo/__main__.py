"""Runs the demo: python -m chapters.demo [--listen 127.0.0.1:8080]."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import trustme
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from reverseproxy import (
    ActiveHealth,
    Certificate,
    Certificates,
    ConfigurationError,
    HttpProbe,
    PassiveHealth,
    ReverseProxy,
    TlsListener,
    run,
)
from reverseproxy.server import Place, format_address, listener, serve_http

NAMES = ("rose", "iris", "lily")

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>The demo</title>
<style>body{{font:18px/1.6 system-ui;margin:3rem auto;max-width:34rem;padding:0 1rem}}</style>
<h1>The proxy is running</h1><p>Behind it are three upstreams. They take turns at
<a href="/hello">/hello</a> and at every other path; below its name, each answers alone:</p>
<ul>{items}</ul>
<p>Each has <code>/heard</code>, <code>/cookies</code>, <code>/moved</code>, <code>/big</code>
and <code>/slow?seconds=5</code>.</p></html>
"""

TRY = """[bold]The proxy listens on [cyan]{address}[/cyan][/bold], \
with three upstreams behind it:
{upstreams}
Try, in another terminal:
  for i in 1 2 3 4; do curl {address}/hello; done   they take turns
  kill -9 {pid}   and the same again: rose is gone, no request fails, and the log says why
  curl -i {address}/rose/hello        only rose: a 502 now
  curl {address}/iris/heard           what iris heard of your request
  curl -i {address}/lily/cookies      two Set-Cookie lines, both alive
  curl --cacert {folder}/ca.pem {secure}/iris/heard   the same over TLS
Ctrl-C ends the proxy and its upstreams. Next: [cyan]make site[/cyan] for the book, \
[cyan]make start CH=01[/cyan] to write this proxy yourself.
"""


@dataclass(frozen=True, slots=True)
class DemoUpstream:
    """An upstream of the demo, running."""

    name: str
    url: str
    pid: int


class Demo:
    """One ReverseProxy for all upstreams; and one each, mounted under the upstream's name."""

    def __init__(self, upstreams: list[DemoUpstream]) -> None:
        self._upstreams = upstreams

    async def serve(self, *, listen: Place | Sequence[Place], grace: float) -> None:
        """Serves until cancelled."""
        async with contextlib.AsyncExitStack() as proxies:
            routes: list[Route | Mount] = [Route("/", self.index)]
            for upstream in self._upstreams:
                alone = await proxies.enter_async_context(ReverseProxy())
                alone.add_target(upstream.url)
                routes.append(Mount(f"/{upstream.name}", alone))
            together = await proxies.enter_async_context(ReverseProxy())
            together.add_target(
                [upstream.url for upstream in self._upstreams],
                health=[PassiveHealth(), ActiveHealth(HttpProbe("/health"))],
            )
            await serve_http(Starlette(routes=[*routes, Mount("/", together)]), listen, grace)

    async def index(self, request: Request) -> Response:
        """The front page: a link to each."""
        items = (f'<li><a href="/{u.name}/hello">{u.name}</a></li>' for u in self._upstreams)
        return HTMLResponse(PAGE.format(items="".join(items)))


@contextlib.contextmanager
def started(name: str) -> Iterator[DemoUpstream]:
    """Starts an upstream in a process of its own; ends it, and waits until it is gone."""
    command = [sys.executable, "-m", "chapters.demo.upstream", name]
    # A session of its own, or Ctrl-C in the terminal would end it before its proxy.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin
        assert process.stdout
        port = process.stdout.readline().decode().strip()
        try:
            yield DemoUpstream(name, f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.stdin.close()


def issued(folder: Path) -> Certificates:
    """A certificate for this machine, and in `ca.pem` the authority to believe it by."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    leaf, files = (
        ca.issue_cert("localhost", "127.0.0.1"),
        Certificate(folder / "pem", folder / "key"),
    )
    leaf.cert_chain_pems[0].write_to_path(files.chain)
    leaf.private_key_pem.write_to_path(files.key)
    return Certificates(files)


def tell(address: str, secure: str, folder: str, upstreams: list[DemoUpstream]) -> None:
    """Says what runs, and what to try."""
    rows = (f"  [green]{u.name}[/green]  {u.url}  process {u.pid}\n" for u in upstreams)
    text = TRY.format(
        address=address,
        secure=secure,
        folder=folder,
        upstreams="".join(rows),
        pid=upstreams[0].pid,
    )
    Console(highlight=False, soft_wrap=True).print(text)


@click.command(help="Runs three demo upstreams and the newest proxy before them.")
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="Address and port.")
def main(listen: str) -> None:
    """Runs until Ctrl-C."""
    try:
        sock = listener(listen)
    except ConfigurationError as error:
        raise click.ClickException(f"{error}\nTry: make run LISTEN=127.0.0.1:0") from error
    with sock, tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        upstreams = [stack.enter_context(started(name)) for name in NAMES]
        secure = listener(TlsListener("127.0.0.1:0", issued(Path(folder))))
        tell(format_address(sock), format_address(secure), folder, upstreams)
        run(Demo(upstreams), listen=[sock, secure])


if __name__ == "__main__":
    main()

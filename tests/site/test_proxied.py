"""The site through the proxy: nginx serves it, ours stands in front, and nobody can tell."""

import asyncio
import http.client
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from reverseproxy import ReverseProxy
from tests.real.test_real_peers import process, program
from tests.site.conftest import PARTS, Reader, Site
from tests.support.loopback import PATIENCE, closed_port, serving

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_proxied any;  # or it stops compressing for whoever says Via
    gzip_types text/css application/javascript application/json image/svg+xml;
    error_page 404 /404.html;
    server {{ listen 127.0.0.1:{port}; root {site}; }}
}}
"""

OF_ONE_CONNECTION = {"connection", "content-length", "date", "transfer-encoding", "via"}
"""Fields that may differ: of one connection, of its framing, of the moment, and the proxy's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, with its fields' names in small letters."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def value(self, name: str) -> str | None:
        """The value of a field that comes at most once."""
        return dict(self.fields).get(name)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The fields that a proxy has to pass on."""
        return sorted(field for field in self.fields if field[0] not in OF_ONE_CONNECTION)


def ask(site: Site, path: str, method: str = "GET", **fields: str) -> Answer:
    """One request with a connection of its own; `if_range` stands for If-Range."""
    connection = http.client.HTTPConnection(site.address.removeprefix("http://"), timeout=PATIENCE)
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, f"/{path}", headers=named)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    lowered = ((name.lower(), value) for name, value in response.getheaders())
    return Answer(response.status, tuple(lowered), body)


@dataclass(frozen=True, slots=True)
class Pair:
    """The addresses of nginx and of the proxy in front of it."""

    direct: str
    proxied: str


@pytest.fixture(scope="module")
def pair(book: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """nginx and the proxy, run by a thread: the browser's driver has the loop of this one."""
    folder, port = tmp_path_factory.mktemp("nginx"), closed_port()
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port, site=book.folder))
    command = (program("nginx", "nginx"), "-c", str(settings))
    ready: Future[Pair] = Future()
    over: Future[None] = Future()

    async def serve() -> None:
        proxy = ReverseProxy()
        async with process(*command, port=port) as direct:
            proxy.add_target(direct)
            async with serving(proxy, patience=300.0) as address:
                ready.set_result(Pair(direct, f"http://{address}"))
                await asyncio.wrap_future(over)

    with ThreadPoolExecutor() as threads:
        served = threads.submit(asyncio.run, serve())
        try:
            yield ready.result(PATIENCE)
        finally:
            over.set_result(None)
        served.result(PATIENCE)


@pytest.fixture
def direct(book: Site, pair: Pair) -> Site:
    """The book, served by Debian's nginx."""
    return Site(book.folder, pair.direct)


@pytest.fixture
def proxied(book: Site, pair: Pair) -> Site:
    """The same through our proxy."""
    return Site(book.folder, pair.proxied)


def files(site: Site) -> list[str]:
    """Every file of the site, relative to its folder."""
    found = (path for path in site.folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(site.folder).as_posix() for path in found)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_looks_the_same_and_the_console_stays_clean(
    context: BrowserContext, direct: Site, proxied: Site, part: int
) -> None:
    plain, through = Reader(context, direct), Reader(context, proxied)
    for path in [*proxied.pages, ""][part::PARTS]:
        one, other = (shown(reader.open(path)) for reader in (plain, through))
        assert one == other, path
    assert through.complaints == []


def shown(page: Page) -> tuple[str, str, int]:
    """A page's words, where its links lead, and of how many elements its main part is made."""
    main = page.locator(".md-main")
    links = "(all) => all.map((each) => each.getAttribute('href')).join(' ')"
    seen = main.inner_text(), main.locator("a").evaluate_all(links), main.locator("*").count()
    page.close()
    return seen


def test_every_file_arrives_byte_for_byte_with_its_fields(direct: Site, proxied: Site) -> None:
    for path in files(proxied):
        plain, through = ask(direct, path), ask(proxied, path)
        assert (through.status, through.kept) == (plain.status, plain.kept), path
        assert through.value("content-length") == plain.value("content-length"), path
        assert through.body == (Path(direct.folder) / path).read_bytes(), path


def test_compressed_answers_stay_compressed(direct: Site, proxied: Site) -> None:
    for path in ("index.html", "search/search_index.js", "assets/css/book.css"):
        plain, through = (ask(site, path, accept_encoding="gzip") for site in (direct, proxied))
        assert through.value("content-encoding") == "gzip", path
        assert through.body[:2] == b"\x1f\x8b", path
        assert (through.body, through.kept) == (plain.body, plain.kept), path


def test_a_range_is_the_same_part_of_the_same_bytes(direct: Site, proxied: Site) -> None:
    path = "assets/fonts/literata-latin-wght-normal.woff2"
    whole = ask(proxied, path).body
    for asked, expected in {
        "bytes=0-99": whole[:100],
        "bytes=1000-": whole[1000:],
        "bytes=-10": whole[-10:],
    }.items():
        plain, through = (ask(site, path, range=asked) for site in (direct, proxied))
        assert (through.status, through.body) == (206, expected), asked
        assert through.kept == plain.kept, asked
    assert ask(proxied, path, range="bytes=99999999-").status == 416
    several = ask(proxied, path, range="bytes=0-1,5-9")
    assert several.status == 206
    assert (several.value("content-type") or "").startswith("multipart/byteranges")


def test_what_has_not_changed_is_not_sent_again(proxied: Site) -> None:
    path = "assets/css/book.css"
    first = ask(proxied, path)
    etag, modified = first.value("etag") or "", first.value("last-modified") or ""
    for conditions in ({"if_none_match": etag}, {"if_modified_since": modified}):
        again = ask(proxied, path, **conditions)
        assert (again.status, again.body) == (304, b""), conditions
        assert again.value("etag") == etag
    assert ask(proxied, path, if_none_match='"another"').body == first.body
    assert ask(proxied, path, if_range=etag, range="bytes=0-4").body == first.body[:5]
    assert ask(proxied, path, if_range='"another"', range="bytes=0-4").body == first.body


def test_head_says_what_get_would_say(direct: Site, proxied: Site) -> None:
    for path in ("index.html", "assets/css/book.css", "assets/mark.svg", "no/such/page"):
        head, got = ask(proxied, path, "HEAD"), ask(proxied, path)
        assert head.body == b"", path
        assert (head.status, head.kept) == (got.status, got.kept), path
        assert head.value("content-length") == str(len(got.body)), path


def test_a_page_that_is_not_there_is_the_sites_own(direct: Site, proxied: Site) -> None:
    plain, through = (ask(site, "no/such/page.html") for site in (direct, proxied))
    assert (through.status, through.body) == (404, plain.body)
    assert through.body == (Path(direct.folder) / "404.html").read_bytes()

"""Builds the book and a small sample of one, serves both, and opens a real browser on them."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.course.sample_book import PROJECT, write_sample_book

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


PATIENCE = 30_000
"""Milliseconds until what should be on a page is missed; a busy machine may need some."""

expect.set_options(timeout=PATIENCE)

PARTS = 8
"""As many tests share the pages of the book, so that workers of pytest-xdist can share them."""


@dataclass(frozen=True, slots=True)
class Site:
    """A built site and the address that serves it."""

    folder: Path
    address: str

    @property
    def pages(self) -> list[str]:
        """Every page, relative to the address."""
        found = self.folder.rglob("*.html")
        return sorted(path.relative_to(self.folder).as_posix() for path in found)


@dataclass
class Reader:
    """Someone with a browser. What goes wrong while they read is collected."""

    context: BrowserContext
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, address: str | None = None) -> Page:
        """Opens a page of the site and waits until it is all there."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{path}: {error}"))
        page.on("request", self._asked)
        page.goto(f"{address or self.site.address}/{path}", wait_until="load")
        page.evaluate("document.fonts.ready")
        return page

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        own = urlsplit(self.site.address).netloc
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != own:
            self.complaints.append(f"request to another host: {url}")


class Silent(SimpleHTTPRequestHandler):
    """Serves files and writes no log."""

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


def built(configuration: Path, folder: Path) -> Path:
    """The site of a configuration, built strictly: a warning is an error."""
    config = load_config(str(configuration), site_dir=str(folder), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()
    return folder


def serving(folder: Path) -> Iterator[Site]:
    """Serves a folder on a port from the kernel."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker of pytest-xdist makes, while the others wait."""
    done = folder.with_suffix(".made")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all workers of pytest-xdist have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def book(shared: Path) -> Iterator[Site]:
    """The book itself."""
    yield from serving(made_once(shared / "book", partial(built, PROJECT / "mkdocs.yml")))


@pytest.fixture(scope="session")
def sample(shared: Path) -> Iterator[Site]:
    """The sample book, whose every word the tests know."""

    def make(root: Path) -> None:
        root.mkdir()
        built(write_sample_book(root) / "mkdocs.yml", root / "site")

    yield from serving(made_once(shared / "sample", make) / "site")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Without one the tests are skipped, but never where CI runs."""
    if not CHROMIUM.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"the browser tests need {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=list(ARGUMENTS), timeout=PATIENCE
        )
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that remembers nothing from other tests, on a desk."""
    made = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def reader(context: BrowserContext, sample: Site) -> Iterator[Reader]:
    """A reader of the sample book; the test fails when the browser complained."""
    someone = Reader(context, sample)
    yield someone
    assert someone.complaints == []


@pytest.fixture
def calm(browser: Browser, sample: Site) -> Iterator[Reader]:
    """A reader who has asked for less motion."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    someone = Reader(context, sample)
    yield someone
    context.close()
    assert someone.complaints == []

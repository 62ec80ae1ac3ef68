"""What the pages of the built book say about themselves, and where their links lead."""

import posixpath
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.site.conftest import Site


class Read(HTMLParser):
    """The anchors, links and descriptions of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places = {""}
        self.links: list[str] = []
        self.about: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what is asked about."""
        given = {name: value or "" for name, value in attrs}
        self.places.add(given.get("id", ""))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "meta":
            self.about[given.get("name") or given.get("property", "")] = given.get("content", "")


@pytest.fixture(scope="module")
def pages(book: Site) -> dict[str, Read]:
    """Every page by its path."""
    return {path: Read((book.folder / path).read_text(encoding="utf-8")) for path in book.pages}


def test_every_page_says_what_it_is_about(pages: dict[str, Read]) -> None:
    said: dict[str, str] = {}
    for path, page in pages.items():
        about = page.about["description"]
        assert 50 <= len(about) <= 180, f"{path}: {about}"
        assert said.setdefault(about, path) == path
        assert page.about["og:description"] == about, path
        assert page.about["og:title"], path


def test_every_link_inside_the_book_leads_to_a_place_that_is_there(pages: dict[str, Read]) -> None:
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            if urlsplit(address).scheme:
                continue
            found = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), address or "."))
            name = found.lstrip("/") if address else path
            assert unquote(anchor) in pages[name or "index.html"].places, f"{path}: {link}"
            followed += 1
    assert followed > 200


def test_links_to_other_sites_are_encrypted(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        assert [link for link in page.links if urlsplit(link).scheme == "http"] == [], path

"""Every page of the book itself, in a browser, on a desk and on a phone, in both schemes."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.site.conftest import Reader, Site

WIDTHS = {"desk": 1280, "tablet": 820, "phone": 390, "zoomed": 320}

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS.values()), ids=list(WIDTHS))
def test_every_page_loads_fits_and_can_be_read(
    browser: Browser, book: Site, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    reader = Reader(context, book)
    wanted = "slate" if scheme == "dark" else "default"
    for path in book.pages:
        page = reader.open(path)
        assert page.locator("h1").first.is_visible(), path
        assert page.locator("body").get_attribute("data-md-color-scheme") == wanted, path
        page.evaluate(
            "document.querySelectorAll('details').forEach((each) => { each.open = true })"
        )
        page.evaluate(MEASURES)
        for measure in ("tooWide", "smallText", "faint"):
            assert page.evaluate(f"measures.{measure}()") == [], f"{path}: {measure}"
        page.close()
    context.close()
    assert reader.complaints == []


def test_the_book_brings_its_own_fonts(browser: Browser, book: Site) -> None:
    context = browser.new_context()
    page = Reader(context, book).open("index.html")
    loaded = page.evaluate(
        "[...document.fonts].filter((each) => each.status === 'loaded').map((each) => each.family)"
    )
    context.close()
    assert {"Literata", "IBM Plex Sans"} <= {family.strip('"') for family in loaded}


def test_the_home_page_leads_to_every_chapter_that_is_ready(browser: Browser, book: Site) -> None:
    context = browser.new_context()
    reader = Reader(context, book)
    page = reader.open("index.html")
    links = page.locator(".roadmap .is-ready a").evaluate_all("(all) => all.map((a) => a.href)")
    chapters = [path for path in book.pages if path.startswith("chapters/")]
    assert sorted(links) == [f"{book.address}/{path}" for path in chapters]
    for link in links:
        page.goto(link)
        assert page.locator(".card").is_visible()
    context.close()
    assert reader.complaints == []

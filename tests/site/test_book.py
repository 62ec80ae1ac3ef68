"""Every page of the book, in a browser: on screens of all sizes, in both schemes, printed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site.conftest import PARTS, Reader, Site

WIDTHS = {"desk": 1280, "tablet": 820, "phone": 390, "zoomed": 320}

MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")


PAPER = 660
"""The width of A4, less the margins, in CSS pixels."""

CUT_OFF = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length"


SCHEMES: dict[Literal["light", "dark"], str] = {"light": "default", "dark": "slate"}
"""What a reader's system asks for, and the scheme that the page has then."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_loads_fits_and_can_be_read(browser: Browser, book: Site, part: int) -> None:
    # Without motion, so that a colour that changes is measured when it has changed.
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(MEASURES)
    reader = Reader(context, book)
    faults: list[str] = []
    for path in book.pages[part::PARTS]:  # opened once, for opening is what takes long
        page = reader.open(path)
        page.evaluate(
            "document.querySelectorAll('details').forEach((each) => { each.open = true })"
        )
        assert page.locator("h1").first.is_visible(), path
        assert page.locator(".card").is_visible() or not path.startswith("chapters/"), path
        for scheme, wanted in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("body")).to_have_attribute("data-md-color-scheme", wanted)
            for faulty in (on_screens, with_more_contrast, on_paper):
                faults += [f"{path}, {scheme}, {fault}" for fault in faulty(page)]
        page.close()
    context.close()
    assert faults == []
    assert reader.complaints == []


def on_screens(page: Page) -> Iterator[str]:
    """What is too wide, too small or too faint on screens of all sizes."""
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        for measure in ("tooWide", "smallText", "faint"):
            for found in page.evaluate(f"measures.{measure}()"):
                yield f"{name}, {measure}: {found}"


def with_more_contrast(page: Page) -> Iterator[str]:
    """What stays fainter than 7 to 1 for those who ask for more contrast."""
    page.set_viewport_size({"width": WIDTHS["desk"], "height": 844})
    page.emulate_media(contrast="more")
    for found in page.evaluate("measures.faint(7)"):
        yield f"with more contrast: {found}"
    page.emulate_media(contrast="no-preference")


def on_paper(page: Page) -> Iterator[str]:
    """What is cut off or dark on paper."""
    page.set_viewport_size({"width": PAPER, "height": 900})
    page.emulate_media(media="print")
    ink = page.evaluate("getComputedStyle(document.body).color")
    if ink != "rgb(36, 39, 43)":
        yield f"on paper: the ink is {ink}"
    if cut := page.locator("pre, pre > code").evaluate_all(CUT_OFF):
        yield f"on paper: {cut} blocks of code are cut off"
    for found in page.evaluate("measures.tooWide()"):
        yield f"on paper, too wide: {found}"
    page.emulate_media(media="screen")


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
    context.close()
    assert reader.complaints == []

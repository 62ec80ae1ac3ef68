"""The book without a mouse, on paper, and with more contrast."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.site.conftest import Reader, Site
from tests.site.test_book import MEASURES

CHAPTER = "chapters/01-forward.html"

REACHABLE = """
    [...document.querySelectorAll(
        '.md-content :is(a[href], button, input, summary, [tabindex="0"])'
    )].filter((each) => each.checkVisibility() && !each.matches('[tabindex="-1"], .md-top'))
"""


@pytest.fixture
def chapter(context: BrowserContext, book: Site) -> Iterator[Page]:
    """A long page of the book."""
    reader = Reader(context, book)
    page = reader.open(CHAPTER)
    page.evaluate(MEASURES)
    yield page
    assert reader.complaints == []


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(chapter: Page) -> None:
    wanted = chapter.evaluate(f"window.reachable = {REACHABLE}; reachable.length")
    assert wanted > 50
    chapter.keyboard.press("Tab")
    assert chapter.evaluate("document.activeElement.matches('.md-skip')")
    chapter.keyboard.press("Enter")
    for number in range(wanted):
        chapter.keyboard.press("Tab")
        missed = "(number) => reachable[number] !== document.activeElement"
        if chapter.evaluate(missed, number):
            told = "(n) => [reachable[n], document.activeElement].map((each) => each.outerHTML)"
            pytest.fail(f"wanted the first, got the second: {chapter.evaluate(told, number)}")
        assert chapter.evaluate("measures.unseenFocus()") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_more_contrast_is_given_to_those_who_ask_for_it(
    browser: Browser, book: Site, scheme: str
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", contrast="more"
    )
    for path in book.pages:
        page = Reader(context, book).open(path)
        page.evaluate(MEASURES)
        assert page.evaluate("measures.faint(7)") == [], path
        page.close()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_light_and_nothing_on_it_is_cut_off(
    browser: Browser, book: Site, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 660, "height": 900},  # A4, less the margins, in CSS pixels
        color_scheme="dark" if scheme == "dark" else "light",
    )
    for path in book.pages:
        page = Reader(context, book).open(path)
        page.emulate_media(media="print")
        page.evaluate(MEASURES)
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(36, 39, 43)", path
        cut = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length"
        assert page.locator("pre, pre > code").evaluate_all(cut) == 0, path
        assert page.evaluate("measures.tooWide()") == [], path
        page.close()
    context.close()

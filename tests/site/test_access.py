"""The book without a mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

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

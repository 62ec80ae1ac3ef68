"""Words of the glossary on a chapter's page: what they mean appears beside them."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.site.conftest import PARTS, Reader, Site
from tests.site.test_book import MEASURES

FIRST = "chapters/01-hello.html"
SECOND = "chapters/02-louder.html"
MEANING = "What one says first, as in hello."


def tip(page: Page) -> Locator:
    return page.get_by_role("tooltip")


def term(page: Page) -> Locator:
    return page.get_by_role("link", name="greeting")


def apart(one: Locator, other: Locator) -> bool:
    """Do two boxes have no point in common?"""
    a, b = one.bounding_box(), other.bounding_box()
    assert a is not None
    assert b is not None
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


def test_the_mouse_shows_a_meaning_and_may_move_onto_it(reader: Reader) -> None:
    page = reader.open(FIRST)
    expect(tip(page)).to_have_count(0)
    term(page).hover()
    expect(tip(page)).to_have_text(MEANING)
    assert apart(term(page), tip(page))
    tip(page).hover()
    page.mouse.move(2, 2)
    expect(tip(page)).to_have_count(0)


def test_a_meaning_stays_while_the_mouse_is_on_it(reader: Reader) -> None:
    page = reader.open(FIRST)
    term(page).hover()
    tip(page).hover()
    # Longer than the mouse has to cross the gap: what is to be seen is that nothing happens.
    page.evaluate("new Promise((done) => setTimeout(done, 400))")
    expect(tip(page)).to_be_visible()


def test_the_keyboard_shows_a_meaning_and_escape_puts_it_away(reader: Reader) -> None:
    page = reader.open(FIRST)
    page.get_by_role("switch").focus()
    page.keyboard.press("Tab")
    expect(term(page)).to_be_focused()
    expect(tip(page)).to_have_text(MEANING)
    page.keyboard.press("Escape")
    expect(tip(page)).to_have_count(0)
    expect(term(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{reader.site.address}/glossary.html#greeting")


def test_moving_on_with_the_keyboard_puts_a_meaning_away(reader: Reader) -> None:
    page = reader.open(FIRST)
    term(page).focus()
    expect(tip(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(tip(page)).to_have_count(0)


def test_a_screen_reader_hears_the_meaning_with_the_word(reader: Reader) -> None:
    page = reader.open(FIRST)
    expect(term(page)).to_have_accessible_description(MEANING)


def test_a_tap_shows_a_meaning_and_the_next_one_follows_the_link(
    browser: Browser, sample: Site
) -> None:
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True
    )
    page = Reader(context, sample).open(FIRST)
    term(page).tap()
    expect(tip(page)).to_contain_text(MEANING)
    assert apart(term(page), tip(page))
    box = tip(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    page.locator("h1").tap()
    expect(tip(page)).to_have_count(0)
    term(page).tap()
    expect(tip(page)).to_be_visible()
    term(page).tap()
    expect(page).to_have_url(f"{sample.address}/glossary.html#greeting")
    context.close()


def test_a_meaning_goes_below_where_there_is_no_room_above(reader: Reader) -> None:
    page = reader.open(FIRST)
    term(page).hover()
    tip_above, word = tip(page).bounding_box(), term(page).bounding_box()
    assert tip_above is not None
    assert word is not None
    assert tip_above["y"] < word["y"]
    page.mouse.move(2, 2)
    page.evaluate("(y) => scrollBy(0, y)", word["y"] - 70)
    term(page).hover()
    tip_below, word = tip(page).bounding_box(), term(page).bounding_box()
    assert tip_below is not None
    assert word is not None
    assert tip_below["y"] >= word["y"] + word["height"]


def test_only_the_first_mention_on_each_page_is_marked(reader: Reader) -> None:
    for path, said in ((FIRST, "greeting"), (SECOND, "greetings")):
        page = reader.open(path)
        expect(page.locator("a.term")).to_have_text([said])


def test_the_glossary_leads_to_the_word_on_the_chapters_page(reader: Reader) -> None:
    page = reader.open("glossary.html")
    page.get_by_role("link", name="Chapter 1, Hello").click()
    expect(page).to_have_url(f"{reader.site.address}/{FIRST}#term-greeting")
    expect(term(page)).to_be_in_viewport()


def test_meanings_work_from_files_without_a_server(context: BrowserContext, sample: Site) -> None:
    reader = Reader(context, sample)
    page = reader.open(FIRST, sample.folder.as_uri())
    term(page).hover()
    expect(tip(page)).to_have_text(MEANING)
    assert reader.complaints == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_meaning_of_the_book_can_be_seen(
    context: BrowserContext, book: Site, part: int
) -> None:
    context.add_init_script(MEASURES)
    chapters = [path for path in book.pages if path.startswith("chapters/")]
    for path in chapters[part::PARTS]:
        page = Reader(context, book).open(path)
        assert page.locator("a.term").count() > 0, path
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("measures.badTips()") == [], f"{path}, {width}"
        page.close()

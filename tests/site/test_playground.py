"""The playground, for every reader: by keys, by ear, on a phone, from a file, without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from chapters.figures.positions import CONTROLS, Position, loads, number_of
from chapters.figures.recording import PLAYGROUND
from tests.course.sample_book import PROJECT
from tests.site.conftest import Reader, Site

PLAYED = "playground.html"
MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")
BEGIN = {
    "policy": "round-robin", "load": "60", "upstreams": "equal", "happens": "dies", "help": "off",
}  # fmt: skip


@pytest.fixture(scope="module")
def positions() -> list[Position]:
    file = PROJECT / PLAYGROUND.file
    return loads(file.read_text(encoding="utf-8"), file.name)


@pytest.fixture
def page(reader: Reader) -> Page:
    return reader.open(PLAYED)


def control(page: Page, name: str) -> Locator:
    label = next(each.label for each in CONTROLS if each.name == name)
    return page.get_by_label(label, exact=True)


def shows(page: Page, positions: list[Position], **values: str) -> None:
    """The page tells the numbers of that position, and of each upstream."""
    told = positions[number_of(**(BEGIN | values))]
    half = f"{told.p50} ms" if told.p50 < 1000 else f"{told.p50 / 1000:.1f} s"
    expect(page.get_by_role("status")).to_contain_text(f"Half of the answers took up to {half}")
    count = str(told.errors) if told.errors else "none"
    expect(page.get_by_role("status")).to_contain_text(f"{count} of {told.requests} requests")
    rows = page.locator(".playground-table").first.locator("tbody tr").all()
    cells = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]
    pairs = zip(told.shares, told.busy, strict=True)
    assert cells == [[f"{share} %", f"{busy} %"] for share, busy in pairs]


def test_every_control_has_its_name_and_stands_where_the_numbers_are_from(
    page: Page, positions: list[Position]
) -> None:
    expect(control(page, "policy")).to_have_value("round-robin")
    expect(control(page, "load")).to_have_value("1")
    expect(control(page, "load")).to_have_attribute("aria-valuetext", "60 %")
    expect(control(page, "help")).not_to_be_checked()
    shows(page, positions)


def test_choosing_changes_what_is_shown(page: Page, positions: list[Position]) -> None:
    control(page, "policy").select_option("least-conn")
    shows(page, positions, policy="least-conn")
    control(page, "help").check()
    shows(page, positions, policy="least-conn", help="on")
    control(page, "upstreams").select_option("unequal")
    control(page, "happens").select_option("back")
    shows(page, positions, policy="least-conn", help="on", upstreams="unequal", happens="back")


def test_all_of_it_can_be_done_with_the_keyboard(page: Page, positions: list[Position]) -> None:
    control(page, "policy").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(control(page, "load")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".playground-value")).to_have_text("80 %")
    for name in ("upstreams", "happens", "help"):
        page.keyboard.press("Tab")
        expect(control(page, name)).to_be_focused()
    page.keyboard.press("Space")
    shows(page, positions, policy="random", load="80", help="on")
    page.evaluate(MEASURES)
    assert page.evaluate("measures.unseenFocus()") == []


def test_enter_in_a_control_leaves_the_page_where_it_is(page: Page) -> None:
    before = page.url
    control(page, "load").focus()
    page.keyboard.press("Enter")
    assert page.url == before


def test_the_chosen_policy_is_marked_among_the_others(page: Page) -> None:
    control(page, "policy").select_option("p2c")
    marked = page.locator("tr[aria-current]")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("two choices")


def test_the_picture_is_told_in_words_and_crosses_are_where_requests_were_lost(
    page: Page, positions: list[Position]
) -> None:
    lost = sum(map(bool, positions[number_of(**BEGIN)].lost))
    expect(page.locator(".playground-lost")).to_have_count(lost)
    picture = page.locator(".playground-time").get_by_role("img")
    assert f"lost in {lost} of the seconds" in str(picture.get_attribute("aria-label"))


def test_it_works_from_a_file(context: BrowserContext, sample: Site) -> None:
    reader = Reader(context, sample)
    page = reader.open(PLAYED, sample.folder.as_uri())
    control(page, "policy").select_option("ring")
    expect(page.locator("tr[aria-current]")).to_contain_text("hash ring")
    assert reader.complaints == []


def test_without_javascript_there_is_a_table(browser: Browser, sample: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sample.address}/{PLAYED}")
    expect(page.locator("figure table")).to_have_count(2)
    expect(page.locator("figure").get_by_text("least connections")).to_have_count(2)
    expect(page.locator("figure").get_by_role("combobox")).to_have_count(0)
    context.close()


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def looked_at(browser: Browser, sample: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = Reader(context, sample).open(PLAYED)
    page.evaluate(MEASURES)
    yield page
    context.close()


def test_it_fits_and_can_be_read(looked_at: Page) -> None:
    for policy in ("ring", "round-robin"):
        control(looked_at, "policy").select_option(policy)
        control(looked_at, "happens").select_option("slow")
        assert looked_at.evaluate("measures.tooWide()") == []
        assert looked_at.evaluate("measures.smallText()") == []
        assert looked_at.evaluate("measures.faint()") == []

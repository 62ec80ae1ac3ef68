"""Figures that move, for every reader: without JavaScript, from a file, on a phone, by ear."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from chapters.course import Course
from chapters.figures.recording import FIGURES
from tests.course.sample_book import PROJECT
from tests.site.conftest import Reader, Site
from tests.site.moving import MOVING, SENTENCES, button, figure, figures, height, says, walk

PAGES = sorted(
    {
        f"chapters/{Course.load(PROJECT).chapter(figure.chapter).page.stem}.html"
        for figure in FIGURES
    }
)
"""The pages with figures that move."""

DRAWN = Path(__file__).with_name("drawn.js").read_text(encoding="utf-8")


def test_without_javascript_the_telling_picture_and_every_step_are_there(
    browser: Browser, sample: Site
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sample.address}/{MOVING}")
    expect(page.locator(".trace-wide svg")).to_be_visible()
    expect(page.locator(".trace-say")).to_have_text(SENTENCES[1])
    expect(page.locator(".trace-wide [data-actor=proxy]")).to_contain_text("waits for both")
    expect(figure(page).get_by_role("button")).to_have_count(0)
    page.get_by_text("All steps in words").click()
    expect(page.get_by_text(SENTENCES[3])).to_be_visible()
    context.close()


def test_it_plays_from_a_file(context: BrowserContext, sample: Site) -> None:
    reader = Reader(context, sample)
    page = reader.open(MOVING, sample.folder.as_uri())
    assert page.url.startswith("file://")
    button(page, "Next").click()
    says(page, 2)
    assert reader.complaints == []


def test_a_listener_hears_each_step(calm: Reader) -> None:
    page = calm.open(MOVING)
    expect(page.get_by_role("group", name="Two are asked.")).to_be_visible()
    expect(figure(page).get_by_role("img", name="Two are asked")).to_be_visible()
    spoken = page.locator(".trace-say")
    expect(spoken).to_have_attribute("aria-live", "polite")
    expect(spoken).to_have_attribute("aria-atomic", "true")
    expect(page.get_by_role("group", name="Scene")).to_be_visible()


@pytest.mark.parametrize(("width", "shown"), [(1280, "wide"), (820, "wide"), (390, "narrow")])
def test_each_width_has_its_picture_and_the_page_below_stays_in_place(
    browser: Browser, book: Site, width: int, shown: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    reader = Reader(context, book)
    for path in PAGES:
        page = reader.open(path)
        for one in figures(page):
            for name in ("wide", "narrow"):
                drawn = one.locator(f".trace-{name} svg")
                expect(drawn).to_be_visible(visible=name == shown)
            for scene in one.locator(".trace-scenes button").all():
                scene.click()
                heights = {height(one) for _ in walk(one)}
                assert len(heights) == 1, path
        page.close()
    context.close()
    assert reader.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_word_in_every_step_can_be_read(
    browser: Browser, book: Site, sample: Site, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    pages = [*((book, path) for path in PAGES), (sample, MOVING)]
    for site, path in pages:
        page = Reader(context, site).open(path)
        page.evaluate(DRAWN)
        for one in figures(page):
            for scene in one.locator(".trace-scenes button").all():
                scene.click()
                for _ in walk(one):
                    assert page.evaluate("faintDrawn()") == [], path
        page.close()
    context.close()

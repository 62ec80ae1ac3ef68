"""Figures that move, for every reader: without JavaScript, from a file, on a phone, by ear."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from chapters.course import Course
from chapters.figures.recording import FIGURES
from tests.course.sample_book import PROJECT
from tests.site.conftest import Reader, Site
from tests.site.moving import MOVING, SENTENCES, button, figure, figures, says, walk

PAGES = sorted(
    {
        f"chapters/{Course.load(PROJECT).chapter(figure.chapter).page.stem}.html"
        for figure in FIGURES
    }
)
"""The pages with figures that move."""

WIDTHS = {1280: "wide", 820: "wide", 390: "narrow"}
"""The picture that each width has."""

TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What answers to a new size has answered then."""

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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, MOVING])
def test_at_each_width_the_page_below_stays_in_place_and_every_word_can_be_read(
    browser: Browser, book: Site, sample: Site, path: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    context.add_init_script(DRAWN)
    reader = Reader(context, sample if path == MOVING else book)
    page = reader.open(path)  # once for all widths, for opening is what takes long
    assert figures(page)
    for width, shown in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(TWO_FRAMES)
        for one in figures(page):
            for name in ("wide", "narrow"):
                drawn = one.locator(f".trace-{name} svg")
                expect(drawn).to_be_visible(visible=name == shown)
            for steps in walk(one, "[figure.getBoundingClientRect().height, faintDrawn(figure)]"):
                assert len({round(height) for height, _ in steps}) == 1, f"{width}: {steps}"
                assert not any(faint for _, faint in steps), f"{width}: {steps}"
    context.close()
    assert reader.complaints == []

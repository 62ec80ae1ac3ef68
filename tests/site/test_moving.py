"""Figures that move, as they are played and stepped through."""

import pytest
from playwright.sync_api import Page, expect

from tests.site.conftest import Reader
from tests.site.moving import MOVING, button, figure, says

LONG = 120_000
"""Milliseconds in which everything that plays has ended."""


def positions(page: Page) -> list[str]:
    """Where the tokens are that can be seen in the wide picture."""
    tokens = page.locator(".trace-wide [data-token]:not([visibility=hidden])").all()
    return [str(token.get_attribute("transform")) for token in tokens]


@pytest.fixture
def timed(reader: Reader) -> Page:
    """The page, with a clock that only the test moves on."""
    page = reader.context.new_page()
    page.clock.install()
    page.goto(f"{reader.site.address}/{MOVING}")
    page.clock.pause_at("2030-01-01")
    return page


def test_the_arrow_keys_step_both_ways(calm: Reader) -> None:
    page = calm.open(MOVING)
    says(page, 1)
    button(page, "Play").focus()
    for key, step in (
        ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowLeft", 2), ("End", 4), ("ArrowRight", 4),
        ("ArrowLeft", 3), ("Home", 1), ("ArrowLeft", 1),
    ):  # fmt: skip
        page.keyboard.press(key)
        says(page, step)


def test_keys_with_modifiers_are_left_to_the_browser(calm: Reader) -> None:
    page = calm.open(MOVING)
    button(page, "Play").focus()
    page.keyboard.press("Shift+ArrowRight")
    says(page, 1)


def test_the_buttons_step_both_ways_and_end_at_the_ends(calm: Reader) -> None:
    page = calm.open(MOVING)
    expect(button(page, "Back")).to_have_attribute("aria-disabled", "true")
    for name, steps in (("Next", (2, 3, 4)), ("Back", (3, 2, 1))):
        for step in steps:
            button(page, name).click()
            says(page, step)
        expect(button(page, name)).to_have_attribute("aria-disabled", "true")
        button(page, name).dispatch_event("click")
        says(page, steps[-1])


def test_every_control_is_reached_and_pressed_with_the_keyboard(calm: Reader) -> None:
    page = calm.open(MOVING)
    button(page, "Both answer").focus()
    for name in ("One is gone", "Back", "Play", "Next"):
        page.keyboard.press("Tab")
        expect(button(page, name)).to_be_focused()
    page.keyboard.press("Enter")
    says(page, 2)


def seen(page: Page) -> str:
    """All of the wide picture but the tokens that are hidden."""
    script = """(drawn) => {
        const copy = drawn.cloneNode(true);
        for (const token of copy.querySelectorAll("[visibility=hidden]")) token.remove();
        return copy.innerHTML;
    }"""
    return str(page.locator(".trace-wide").evaluate(script))


def test_a_step_back_shows_what_was_there_before(calm: Reader) -> None:
    page = calm.open(MOVING)
    button(page, "Play").focus()
    states = []
    for _ in range(4):
        states.append(seen(page))
        page.keyboard.press("ArrowRight")
    for state in reversed(states[:-1]):
        page.keyboard.press("ArrowLeft")
        assert seen(page) == state


def test_a_scene_begins_at_its_first_step_wherever_the_other_was(calm: Reader) -> None:
    page = calm.open(MOVING)
    button(page, "Play").focus()
    page.keyboard.press("End")
    button(page, "One is gone").click()
    expect(page.locator(".trace-count")).to_have_text("Step 1 of 2")
    expect(button(page, "One is gone")).to_have_attribute("aria-pressed", "true")
    button(page, "Next").click()
    rose = page.locator(".trace-wide [data-actor=rose]")
    expect(rose).to_have_attribute("data-state", "gone")
    expect(page.locator(".trace-wide [data-link=left]")).to_have_attribute("data-state", "refused")
    button(page, "Both answer").click()
    says(page, 1)
    expect(rose).to_have_attribute("data-state", "idle")


def test_entries_come_and_go_with_their_steps(calm: Reader) -> None:
    page = calm.open(MOVING)
    entries = page.locator(".trace-wide [data-entry]:not([visibility=hidden])")
    score = page.locator(".trace-wide [data-lane=tries] [data-score]")
    now = page.locator(".trace-wide [data-now]")
    button(page, "Play").focus()
    told = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
        told.append((entries.count(), score.first.text_content(), now.get_attribute("transform")))
    assert [count for count, _, _ in told] == [1, 1, 6, 6, 6, 1]
    assert [words for _, words, _ in told[1:4]] == ["", *["two first ones, and"] * 2]
    assert told[5] == told[1]
    assert told[2][2] != told[1][2]
    button(page, "One is gone").click()
    assert entries.count() == 1
    button(page, "Next").click()
    assert entries.count() == 4


def test_nothing_moves_before_it_is_asked_to(timed: Page) -> None:
    before = figure(timed).inner_html()
    timed.clock.run_for(LONG)
    assert figure(timed).inner_html() == before
    says(timed, 1)


def test_it_plays_to_the_end_and_stops(timed: Page) -> None:
    button(timed, "Play").click()
    expect(button(timed, "Pause")).to_be_visible()
    timed.clock.run_for(LONG)
    says(timed, 4)
    expect(button(timed, "Play")).to_be_visible()
    timed.clock.run_for(LONG)
    says(timed, 4)


def test_after_the_end_it_plays_from_the_beginning(timed: Page) -> None:
    button(timed, "Play").focus()
    timed.keyboard.press("End")
    button(timed, "Play").click()
    says(timed, 1)
    timed.clock.run_for(LONG)
    says(timed, 4)


def test_a_pause_holds_until_it_plays_on(timed: Page) -> None:
    button(timed, "Play").click()
    timed.clock.run_for(5_000)
    button(timed, "Pause").click()
    held = timed.locator(".trace-count").inner_text()
    timed.clock.run_for(LONG)
    expect(timed.locator(".trace-count")).to_have_text(held)
    button(timed, "Play").click()
    timed.clock.run_for(LONG)
    says(timed, 4)


def test_tokens_travel_and_arrive(timed: Page) -> None:
    button(timed, "Next").click()
    timed.clock.run_for(600)
    moving = positions(timed)
    timed.clock.run_for(3_000)
    arrived = positions(timed)
    assert len(moving) == len(arrived) == 2
    assert set(moving).isdisjoint(arrived)
    timed.clock.run_for(3_000)
    assert positions(timed) == arrived


def test_a_step_during_a_motion_ends_it(timed: Page) -> None:
    button(timed, "Next").click()
    timed.clock.run_for(600)
    button(timed, "Back").click()
    says(timed, 1)
    settled = positions(timed)
    timed.clock.run_for(LONG)
    assert positions(timed) == settled
    says(timed, 1)


def test_with_reduced_motion_a_step_jumps_to_its_end(calm: Reader) -> None:
    page = calm.open(MOVING)
    button(page, "Next").scroll_into_view_if_needed()
    # The site itself answers to scrolling, in the next frames.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate("() => { requestAnimationFrame = () => { throw Error('something moves') } }")
    button(page, "Next").click()
    says(page, 2)
    tokens = page.locator(".trace-wide [data-token]:not([visibility=hidden])").all()
    ends = [str(token.get_attribute("data-way")).split()[2:] for token in tokens]
    assert positions(page) == [f"translate({x} {y})" for x, y in ends]


def test_out_of_sight_it_pauses_and_in_sight_it_plays_on(timed: Page) -> None:
    button(timed, "Play").click()
    timed.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(button(timed, "Play")).to_be_attached()
    held = timed.locator(".trace-count").inner_text()
    timed.clock.run_for(LONG)
    expect(timed.locator(".trace-count")).to_have_text(held)
    timed.locator(".trace-controls").scroll_into_view_if_needed()
    expect(button(timed, "Pause")).to_be_visible()
    timed.clock.run_for(LONG)
    says(timed, 4)


def test_what_the_reader_paused_stays_paused_when_it_comes_into_sight(timed: Page) -> None:
    button(timed, "Play").click()
    timed.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(button(timed, "Play")).to_be_attached()
    button(timed, "Back").dispatch_event("click")
    timed.locator(".trace-controls").scroll_into_view_if_needed()
    timed.clock.run_for(LONG)
    says(timed, 1)

"""Figures that move, seen from outside: the sample book's, or all of a page."""

from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

MOVING = "moving.html"
SENTENCES = (
    "The client asks.",
    "The proxy asks both, and waits.",
    "Both answer, and the queue isn\N{RIGHT SINGLE QUOTATION MARK}t full any more.",
    "Two pieces go to the client.",
)


def figure(page: Page) -> Locator:
    return page.locator("figure[data-trace]").first


def says(page: Page, step: int) -> None:
    """The figure is at that step of the first scene, in number and in words."""
    expect(page.locator(".trace-count")).to_have_text(f"Step {step} of 4")
    expect(page.locator(".trace-say")).to_have_text(SENTENCES[step - 1])


def figures(page: Page) -> list[Locator]:
    """All figures of the page that move."""
    return page.locator("figure[data-trace]").all()


def button(page: Page, name: str) -> Locator:
    return figure(page).get_by_role("button", name=name, exact=True)


def walk(one: Locator) -> Iterator[None]:
    """Goes through the steps of a figure's scene that is chosen."""
    one.get_by_role("button", name="Play", exact=True).focus()
    for _ in range(int(one.locator(".trace-count").inner_text().split()[-1])):
        yield
        one.page.keyboard.press("ArrowRight")


def height(one: Locator) -> int:
    box = one.bounding_box()
    assert box is not None
    return round(box["height"])

"""Figures that move, seen from outside: the sample book's, or all of a page."""

from typing import Any

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


WALK = """(figure) => {
    const walked = () => {
        const steps = Number(figure.querySelector(".trace-count").textContent.split(" ").at(-1));
        return Array.from({ length: steps }, () => {
            const measured = MEASURE;
            figure.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
            return measured;
        });
    };
    const scenes = [...figure.querySelectorAll(".trace-scenes button")];
    if (scenes.length === 0) return [walked()];
    return scenes.map((scene) => { scene.click(); return walked(); });
}"""


def walk(one: Locator, measure: str) -> list[list[Any]]:
    """What a script measures of `figure` in each step of each scene.

    All within the page: a word between it and the test for each step takes longer than the step.
    """
    measured: list[list[Any]] = one.evaluate(WALK.replace("MEASURE", measure))
    return measured

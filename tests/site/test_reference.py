"""The API reference in a browser."""

from playwright.sync_api import BrowserContext, expect

import reverseproxy
from tests.site.conftest import Reader, Site

PAGE = "reference.html"


def test_every_public_name_is_described_with_its_signature(
    context: BrowserContext, book: Site
) -> None:
    page = Reader(context, book).open(PAGE)
    for name in reverseproxy.__all__:
        heading = page.locator(f"[id='reverseproxy.{name}']")
        expect(heading).to_be_visible()
        described = page.locator(".doc-object").filter(has=heading).first
        assert described.locator("p").count() > 0, name
    signature = page.locator(".doc-signature").filter(has_text="ReverseProxy(").first
    expect(signature).to_contain_text("timeouts: Timeouts | None = None")
    add_target = page.locator(".doc-signature").filter(has_text="add_target(").first
    expect(add_target).to_contain_text("urls: str | Iterable[str]")


def test_names_in_signatures_and_descriptions_lead_to_what_they_name(
    context: BrowserContext, book: Site
) -> None:
    reader = Reader(context, book)
    page = reader.open(PAGE)
    page.locator(".doc-signature").get_by_role("link", name="Timeouts").first.click()
    expect(page).to_have_url(f"{book.address}/{PAGE}#reverseproxy.Timeouts")
    page.locator("p").get_by_role("link", name="ConfigurationError").first.click()
    expect(page).to_have_url(f"{book.address}/{PAGE}#reverseproxy.ConfigurationError")
    assert reader.complaints == []


def test_the_search_finds_a_name_and_a_word_of_the_glossary(
    context: BrowserContext, book: Site
) -> None:
    for word, title, anchor in (
        ("add_target", "add_target", "reference.html#reverseproxy.ReverseProxy.add_target"),
        ("backpressure", "backpressure", "glossary.html#backpressure"),
    ):
        page = Reader(context, book).open("index.html")
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type(word)
        found = page.locator(".md-search-result__link").filter(has_text=title)
        expect(found.first).to_be_visible()
        links = found.evaluate_all("(all) => all.map((each) => each.href.replace(/[?][^#]*/, ''))")
        assert f"{book.address}/{anchor}" in links
        page.close()

"""What a reader does on a page: open solutions, copy, search, choose a scheme."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.course.sample_book import NEW_GREETING
from tests.site.conftest import Reader, Site

FIRST = "chapters/01-hello.html"
SECOND = "chapters/02-louder.html"


def open_solutions(page: Page) -> int:
    return page.locator("details.solution[open]").count()


def test_one_switch_opens_and_closes_every_solution(reader: Reader) -> None:
    page = reader.open(SECOND)
    switch = page.get_by_role("switch", name="Show all solutions")
    expect(switch).to_have_count(1)
    expect(switch).to_have_attribute("aria-checked", "false")
    assert open_solutions(page) == 0
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    assert open_solutions(page) == 2
    switch.click()
    assert open_solutions(page) == 0


def test_the_switch_is_remembered_after_a_reload_and_on_other_pages(reader: Reader) -> None:
    page = reader.open(FIRST)
    page.get_by_role("switch").click()
    page.reload()
    assert open_solutions(page) == 1
    page.goto(f"{reader.site.address}/{SECOND}")
    assert open_solutions(page) == 2
    page.get_by_role("switch").click()
    page.goto(f"{reader.site.address}/{FIRST}")
    assert open_solutions(page) == 0


def test_the_switch_is_reached_and_turned_with_the_keyboard(reader: Reader) -> None:
    page = reader.open(FIRST)
    page.locator(".card dd code").click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("switch")).to_be_focused()
    page.keyboard.press("Space")
    assert open_solutions(page) == 1
    page.keyboard.press("Enter")
    assert open_solutions(page) == 0


def test_the_whole_diff_stays_folded_when_solutions_are_shown(reader: Reader) -> None:
    page = reader.open(SECOND)
    page.get_by_role("switch").click()
    expect(page.locator("details.difference")).not_to_have_attribute("open", "")


def test_without_javascript_solutions_open_by_hand(reader: Reader) -> None:
    assert reader.context.browser is not None
    context = reader.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{reader.site.address}/{FIRST}")
    expect(page.get_by_role("switch")).to_have_count(0)
    code = page.locator("details.solution .listing")
    expect(code).to_be_hidden()
    page.get_by_text("Show the code").click()
    expect(code).to_be_visible()
    context.close()


def copied(page: Page, block: str) -> str:
    page.locator(f"{block} .md-code__button").first.click()
    expect(page.locator(".md-dialog")).to_contain_text("Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_copying_a_listing_takes_its_code_alone(reader: Reader) -> None:
    page = reader.open(SECOND)
    block = ".listing[aria-label*='class Greeter']"
    expect(page.locator(block)).to_contain_text("changed: 6 lines")
    lines = NEW_GREETING.rstrip("\n").splitlines()
    assert copied(page, block) == "\n".join(lines[13:])


def test_copying_a_terminal_takes_its_commands_alone(reader: Reader) -> None:
    page = reader.open(SECOND)
    assert copied(page, ".console") == 'echo "one two" \\\n  three\ncat <<END\nfour\nEND'


def test_new_lines_have_a_mark_besides_their_colour(reader: Reader) -> None:
    page = reader.open(SECOND)
    mark = "(row) => getComputedStyle(row, '::after').content"
    assert '"+"' in page.locator(".row-new").first.evaluate(mark)
    unmarked = page.locator(".listing .row[data-line='15']").first.evaluate(mark)
    assert unmarked == "none"


def search(page: Page, word: str) -> None:
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type(word)
    result = page.locator(".md-search-result__link").first
    expect(result).to_contain_text("Hello")
    result.click()
    expect(page.locator("h1")).to_contain_text("Hello")


def test_the_search_finds_a_word(reader: Reader) -> None:
    search(reader.open("index.html"), "xylophone")


def test_the_search_finds_a_word_from_files_without_a_server(
    context: BrowserContext, sample: Site
) -> None:
    reader = Reader(context, sample)
    page = reader.open("index.html", sample.folder.as_uri())
    search(page, "xylophone")
    assert page.url.startswith("file://")
    assert reader.complaints == []


def test_the_scheme_is_chosen_by_hand_and_remembered(reader: Reader) -> None:
    page = reader.open(FIRST)
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.get_by_title("Use the light scheme").click()
    page.get_by_title("Use the dark scheme").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.reload()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")

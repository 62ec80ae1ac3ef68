"""The book's blocks, as Markdown renders them."""

import html
import re
import tomllib
from pathlib import Path

import markdown
import pytest

from chapters.site.page import PageError
from tests.course.sample_book import FIRST_PAGE, HOME, PROJECT, SECOND_PAGE, write_sample_book

EXTENSIONS = ["chapters.site", "admonition", "pymdownx.details", "pymdownx.superfences"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_book(tmp_path_factory.mktemp("book"))


def render(book: Path, text: str) -> str:
    configured = {"chapters.site": {"root": str(book)}}
    return markdown.markdown(text, extensions=EXTENSIONS, extension_configs=configured)


def words(rendered: str) -> str:
    """What a reader reads, without the elements around it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", rendered)).split())


def attributes(rendered: str, name: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'{name}="([^"]*)"', rendered)]


def without_front_matter(page: str) -> str:
    return page.split("---\n", 2)[2]


@pytest.fixture(scope="module")
def first(book: Path) -> str:
    return render(book, FIRST_PAGE)


@pytest.fixture(scope="module")
def second(book: Path) -> str:
    """The second page, without its front matter: that is how a builder hands it over."""
    return render(book, without_front_matter(SECOND_PAGE))


def test_the_card_counts_what_the_chapter_is(first: str, second: str) -> None:
    assert "Chapter 1 · Part I: Words A Greeter that greets." in words(first)
    assert "Time about 30 minutes" in words(first)
    assert "Exercises 1" in words(first)
    assert "Code 16 new lines in 3 files" in words(first)
    assert "make start CH=01" in words(first)
    assert "Code 18 new lines, 2 lines fewer in 3 files" in words(second)


def test_a_listing_is_the_code_of_the_pages_own_chapter(first: str) -> None:
    place, method = [text for text in attributes(first, "aria-label") if "greeting.py" in text]
    assert place == "reverseproxy/greeting.py, class Greeter, new"
    assert method == "reverseproxy/greeting.py, method Greeter.greet, new"
    assert 'return f"{WORDS[0]} {self.name}"' in attributes(first, "data-copy")[1]
    assert "shout" not in first


def test_new_lines_are_marked_where_others_are_not_new(second: str) -> None:
    rows = re.findall(r'class="(row[^"]*)" data-line="(\d+)"', second)
    changed = [row for row in rows if int(row[1]) >= 14]
    assert ("row", "15") in changed
    assert ("row row-new", "16") in changed
    assert "changed: 6 lines" in words(second)


def test_lines_left_out_leave_a_gap_that_is_not_copied(book: Path) -> None:
    page = "```listing tree=2\nreverseproxy/greeting.py::changed\n```"
    rendered = render(book, page)
    assert rendered.count("row-gap") == 1
    assert "⋯" not in attributes(rendered, "data-copy")[0]


def test_a_listing_inside_a_solution_is_inside_it(first: str) -> None:
    solution = re.search(r'<details class="solution">(.*?)</details>', first, re.DOTALL)
    assert solution is not None
    assert 'class="listing"' in solution[1]
    assert "And that is all." in solution[1]


def test_python_that_is_no_listing_is_code_all_the_same(book: Path) -> None:
    rendered = render(book, "```python aside\nawait rose()\n```\n\nAnd **prose** behind it.")
    assert "```" not in rendered
    assert "<strong>prose</strong>" in rendered


def test_a_console_block_copies_its_commands_without_prompts_or_output(second: str) -> None:
    commands = next(each for each in attributes(second, "data-copy") if "echo" in each)
    assert commands == 'echo "one two" \\\n  three\ncat <<END\nfour\nEND'


def test_a_console_block_tells_commands_from_output(second: str) -> None:
    assert "terminal: server" in words(second)
    assert '<span class="row row-output">one two three\n</span>' in second
    assert '<span class="row row-key"><kbd>Ctrl-C</kbd>\n</span>' in second


def test_what_is_typed_into_a_running_command_can_be_copied(book: Path) -> None:
    typed = "```console tree=1 typed\n> GET / HTTP/1.1\n> \n^D\nbye\n```"
    rendered = render(book, typed)
    assert attributes(rendered, "data-copy")[0].startswith("GET / HTTP/1.1")
    assert "Ctrl-D" in words(rendered)


def test_a_console_block_with_nothing_to_enter_has_nothing_to_copy(book: Path) -> None:
    rendered = render(book, "```console tree=1\nonly output\n```")
    assert 'class="console no-copy"' in rendered
    assert "data-copy" not in rendered


def test_the_outline_marks_what_is_new(second: str) -> None:
    outline = words(second[second.index('class="outline"') :])
    assert "reverseproxy/loud.py new Says it louder. MARK shout" in outline
    assert "reverseproxy/greeting.py Words for callers. WORDS Greeter" in outline
    assert '<code class="name-new" title="new in this chapter">shout</code>' in second
    assert "<code>Greeter</code>" in second


def test_the_diff_is_folded_and_says_how_large_it_is(second: str) -> None:
    folded = words(second[second.index('class="difference"') :])
    assert "The whole chapter as a diff: 3 files, +18 \N{MINUS SIGN}2 lines" in folded
    assert "+def shout(words):" in folded
    assert 'class="err"' not in second


def test_the_road_map_links_what_is_ready_and_says_so(book: Path) -> None:
    rendered = render(book, HOME)
    assert 'href="chapters/01-hello.md">Hello</a>' in rendered
    assert words(rendered).count("ready") == 2
    assert "Part II Rest" in words(rendered)
    assert "03 Silence coming" in words(rendered)
    assert "a <code>Greeter</code>" in rendered


def test_a_figure_is_put_into_the_page_for_both_widths(book: Path) -> None:
    rendered = render(book, HOME)
    assert rendered.count("<svg") == 2
    assert "Two hops of one request" in words(rendered)


def test_other_fenced_blocks_are_left_to_others(book: Path) -> None:
    quoted = "````text\n```listing\nno/such.py\n```\n````\n"
    assert "no/such.py" in render(book, quoted)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```listing tree=1\nno/such.py\n```", "there is no file no/such.py"),
        ("```listing tree=1\nmain.py:nothing\n```", "there is no 'nothing' in it"),
        ("```listing tree=9\nmain.py\n```", "there is no chapter 9; there are chapters 1 to 2"),
        ("```listing tree=one\nmain.py\n```", "tree=one is not a number: write tree=5"),
        ("```listing tre=1\nmain.py\n```", "listing has no option 'tre'; allowed: step=…, tree=…"),
        ("```listing\nmain.py\n```", "this is not a chapter's page: say tree=NN"),
        ("```listing tree=1\n```", "listing is empty"),
        ("```console tree=1 runing\n$ ls\n```", "has no option 'runing'"),
        ("```console tree=1 norun\n$ ls\n```", "norun needs a reason"),
        ("```card\n```", "this is not a chapter's page: say chapter=NN"),
        ("```roadmap\nall of it\n```", "roadmap is generated: leave the block empty"),
        ("```roadmap big\n```", "roadmap has no option 'big'; it takes none"),
        ("```figure\n```", "figure needs src="),
        ("```figure src=assets/none.svg\n```", "there is no figure none.svg"),
        ("```figure src=assets/mark.svg\n```", "mark.svg cannot be read aloud"),
    ],
)
def test_a_block_that_cannot_be_built_stops_the_build(book: Path, block: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        render(book, block)
    assert message in str(caught.value)


def test_an_error_names_the_page_and_the_line_in_the_file(book: Path) -> None:
    page = book / "docs/chapters/02-louder.md"
    broken = SECOND_PAGE.replace("Greeter.part", "Greeter.parts")
    page.write_text(broken, encoding="utf-8")
    line = 1 + next(
        number for number, text in enumerate(broken.splitlines()) if "Greeter.parts" in text
    )
    try:
        with pytest.raises(PageError, match=rf"docs/chapters/02-louder.md, line {line - 1}: "):
            render(book, without_front_matter(broken))
    finally:
        page.write_text(SECOND_PAGE, encoding="utf-8")


def test_a_block_that_is_never_closed_is_named_with_its_line(book: Path) -> None:
    with pytest.raises(PageError, match="a page, line 3: the block opened here is never closed"):
        render(book, "text\n\n```listing\nmain.py\n")


def test_the_plan_and_the_chapters_that_are_ready_agree() -> None:
    plan = tomllib.loads((PROJECT / "chapters/plan.toml").read_text(encoding="utf-8"))["chapters"]
    assert [entry["number"] for entry in plan] == list(range(1, 37))
    by_folder = {entry["folder"]: entry for entry in plan}
    folders = sorted(each for each in (PROJECT / "chapters").iterdir() if each.name[0].isdigit())
    assert folders
    for folder in folders:
        chapter = tomllib.loads((folder / "chapter.toml").read_text(encoding="utf-8"))
        planned = by_folder[folder.name]
        assert (chapter["title"], chapter["part"]) == (planned["title"], planned["part"])


def test_the_navigation_lists_every_page_of_a_chapter_under_its_part() -> None:
    text = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    for folder in sorted((PROJECT / "chapters").glob("[0-9][0-9]-*")):
        chapter = tomllib.loads((folder / "chapter.toml").read_text(encoding="utf-8"))
        part = text.index(f'"Part {chapter["part"]}":')
        number = int(folder.name[:2])
        entry = f'"{number}. {chapter["title"]}": chapters/{folder.name}.md'
        assert text.index(entry) > part

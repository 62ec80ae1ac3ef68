"""The glossary, and its words in the chapters, as Markdown renders them."""

import re
from pathlib import Path

import markdown
import pytest

from chapters.site.glossary import Glossary, bold
from chapters.site.page import PageError
from tests.course.sample_book import PROJECT

EXTENSIONS = [
    "chapters.site.terms",
    "attr_list",
    "admonition",
    "tables",
    "toc",
    "pymdownx.details",
    "pymdownx.superfences",
]

GLOSSARY = """\
---
description: words
---

# Glossary

All words.

## hop

One stretch of the *way*, [like this](https://example.org/).

A second paragraph.

## hop-by-hop

About `one` connection.

## message { .everyday }

What HTTP carries.

## proxy

A program in the middle.

## reverse proxy

A proxy that works for servers.

## target { .everyday }

What is asked for.

## Target { #target-class }

Where requests go.
"""

TERM = re.compile(r'<a aria-describedby="tip-(?P<anchor>[^"]*)" class="term" href="[^"]*">')


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "docs/chapters").mkdir(parents=True)
    (tmp_path / "docs/glossary.md").write_text(GLOSSARY, encoding="utf-8")
    return tmp_path


def render(book: Path, text: str, page: str = "chapters/01-one.md") -> str:
    (book / "docs" / page).write_text(text, encoding="utf-8")
    configured = {"chapters.site.terms": {"root": str(book)}}
    return markdown.markdown(text, extensions=EXTENSIONS, extension_configs=configured)


def marked(rendered: str) -> list[str]:
    """The marked words by their anchors, in the order of the page."""
    return [found["anchor"] for found in TERM.finditer(rendered)]


def test_the_first_mention_is_marked_and_no_other(book: Path) -> None:
    rendered = render(book, "# One\n\nThe first hop.\n\nThe second hop, and three hops.\n")
    assert marked(rendered) == ["hop"]
    assert 'href="../glossary.md#hop">hop</a>.' in rendered


def test_the_bold_mention_is_the_one_that_is_marked(book: Path) -> None:
    rendered = render(book, "# One\n\nThere is a hop.\n\nThat was a **hop**.\n")
    assert '<p>There is a hop.</p>\n<p>That was a <strong id="term-hop"><a ' in rendered


def test_what_is_marked_may_stand_in_the_plural_or_at_the_end_of_a_line(book: Path) -> None:
    assert marked(render(book, "# One\n\nTwo reverse\nproxies and hops.\n")) == [
        "reverse-proxy",
        "hop",
    ]


def test_the_longest_word_wins_and_parts_of_words_do_not_count(book: Path) -> None:
    rendered = render(book, "# One\n\nhop-by-hop, hopping, bishop, a reverse proxy\n")
    assert marked(rendered) == ["hop-by-hop", "reverse-proxy"]


def test_everyday_words_are_marked_only_where_they_are_bold(book: Path) -> None:
    assert marked(render(book, "# One\n\nIt prints a message.\n")) == []
    rendered = render(book, "# One\n\nA message says so. A **message** has a head.\n")
    assert marked(rendered) == ["message"]


def test_a_capital_counts_at_the_start_of_a_sentence_and_as_a_name(book: Path) -> None:
    assert marked(render(book, "# One\n\nThe Hop class. Hops end.\n")) == ["hop"]
    assert ">Hops</a>" in render(book, "# One\n\nThe Hop class. Hops end.\n")
    assert marked(render(book, "# One\n\nA target of a Target.\n")) == ["target-class"]


@pytest.mark.parametrize(
    "text",
    [
        "`hop`",
        "    hop",
        "```text\nhop\n```",
        "## A hop",
        "[a hop](https://example.org/)",
        '!!! note "A hop"\n',
        '??? note "A hop"\n\n    One hop.',
        "| hop |\n|---|\n| `hop` |",
        "**Every hop has a price, and two have two.**",
    ],
)
def test_code_headings_links_titles_and_folded_notes_are_left_alone(book: Path, text: str) -> None:
    assert marked(render(book, f"# One\n\n{text}\n")) == []


def test_the_prose_of_lists_exercises_and_tables_is_marked(book: Path) -> None:
    for text in ("- a hop", '!!! exercise "Yours"\n\n    A hop.', "| a |\n|---|\n| hop |"):
        assert marked(render(book, f"# One\n\n{text}\n")) == ["hop"], text


def test_meanings_stand_at_the_end_hidden_and_without_links(book: Path) -> None:
    rendered = render(book, "# One\n\nA hop, and hop-by-hop.\n")
    box = rendered[rendered.index('<div class="term-tips" data-search-exclude="">') :]
    hop = '<div hidden="hidden" id="tip-hop" role="tooltip">One stretch of the <em>way</em>, '
    assert f"{hop}like this.</div>" in box
    assert "About <code>one</code> connection.</div>" in box
    assert "<a " not in box
    assert "A second paragraph" not in box


def test_pages_that_are_no_chapters_are_left_alone(book: Path) -> None:
    rendered = render(book, "# Home\n\nA hop and **no such word**.\n", "index.md")
    assert marked(rendered) == []
    assert "term-tips" not in rendered


def test_a_bold_word_that_is_not_in_the_glossary_stops_the_build(book: Path) -> None:
    text = "# One\n\n```text\n**code**\n```\n\nA `**kwargs`, and a\n**new\nword**.\n"
    with pytest.raises(PageError) as caught:
        render(book, text)
    message = str(caught.value)
    assert message.startswith("docs/chapters/01-one.md, line 8: **new word** is in bold")
    assert "*like this*" in message


@pytest.mark.parametrize("words", ["502 Bad Gateway", "Starlette", "Be the upstream.", "hops"])
def test_other_bold_words_are_no_terms(book: Path, words: str) -> None:
    assert f"{words}" in render(book, f"# One\n\nSee **{words}**\n")


def test_without_a_glossary_nothing_is_marked_or_checked(tmp_path: Path) -> None:
    (tmp_path / "docs/chapters").mkdir(parents=True)
    assert marked(render(tmp_path, "# One\n\nA **hop**.\n")) == []


def test_an_entry_leads_to_the_page_that_has_the_word_in_bold_first(book: Path) -> None:
    for name, text in {
        "01-one": "# One\n\nA hop.\n",
        "02-two": "---\na: b\n---\n\n# Two\n\nSome **hops**.\n",
        "03-three": "# Three\n\nA **hop** and a **reverse proxy**.\n",
    }.items():
        (book / f"docs/chapters/{name}.md").write_text(text, encoding="utf-8")
    rendered = render(book, GLOSSARY.split("---\n", 2)[2], "glossary.md")
    assert marked(rendered) == []
    by_word = dict(re.findall(r'<h2 id="([^"]+)">.*?</h2>(.*?)(?=<h2|$)', rendered, re.DOTALL))
    assert '<a href="chapters/02-two.md#term-hop">Chapter 2, Two</a>' in by_word["hop"]
    assert "Chapter 3, Three" in by_word["reverse-proxy"]
    assert "Chapter" not in by_word["hop-by-hop"] + by_word["target-class"]


def test_bold_words_are_found_with_their_lines() -> None:
    text = "**a**\n\n```\n**b**\n```\n`**c**` **d\ne** ``x ` **f**`` **g**\n"
    assert list(bold(text)) == [(1, "a"), (6, "d e"), (7, "g")]


def test_the_books_glossary_is_in_order_and_has_a_short_meaning_for_each_word() -> None:
    entries = Glossary.load(PROJECT / "docs").entries
    words = [entry.word for entry in entries]
    assert words == sorted(words, key=str.lower)
    assert len({entry.anchor for entry in entries}) == len(entries) > 50
    for entry in entries:
        sentences = re.findall(r"[.:;](?=\s|$)", entry.meaning)
        assert 0 < len(sentences) <= 6, entry.word
        assert len(entry.meaning) < 330, entry.word
        assert entry.meaning[-1] == ".", entry.word

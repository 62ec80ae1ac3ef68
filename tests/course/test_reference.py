"""The blocks of the API reference, and the links between its descriptions."""

from pathlib import Path

import griffe
import markdown
import pytest

from chapters.fences import read_page
from chapters.site.naming import PublicNames, itemised
from chapters.site.page import PageError
from chapters.site.reference import listed, public_names
from tests.course.sample_book import PROJECT

PACKAGE = '''\
"""Words."""

__all__ = ["Greeter", "shout", "whisper"]


class Greeter:
    """Greets with `shout`; a Greeter of Greeters. Says `Greeter` too."""

    def greet(self):
        """Greets like Greeter or `whisper`, never `mumble` or whisper."""
'''


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "reverseproxy").mkdir()
    (tmp_path / "reverseproxy/__init__.py").write_text(PACKAGE, encoding="utf-8")
    return tmp_path


def paragraphs(book: Path, text: str) -> list[str]:
    """The page without mkdocstrings, which would read its paragraphs."""
    (book / "docs/names.md").write_text(text, encoding="utf-8")
    configured = {"chapters.site": {"root": str(book)}}
    rendered = markdown.markdown(text, extensions=["chapters.site"], extension_configs=configured)
    return [line for line in rendered.replace("<p>", "").replace("</p>", "").split("\n") if line]


def test_a_name_becomes_what_mkdocstrings_reads(book: Path) -> None:
    text = "```reference\nshout\nGreeter greet part\n```\n"
    assert paragraphs(book, text) == [
        "::: reverseproxy.shout",
        "::: reverseproxy.Greeter",
        "    options: {members: [greet, part]}",
    ]


def test_the_rest_is_what_the_pages_other_blocks_do_not_list(book: Path) -> None:
    rest = '```reference rest="Others"\n```\n\n```reference\nshout\n```\n'
    assert paragraphs(book, rest) == [
        "<h2>Others</h2>",
        "::: reverseproxy.Greeter",
        "::: reverseproxy.whisper",
        "::: reverseproxy.shout",
    ]
    everything = rest.replace("shout", "shout\nGreeter greet\nwhisper")
    assert "<h2>Others</h2>" not in paragraphs(book, everything)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            "```reference\nmumble\n```",
            "mumble is no public name: there are Greeter, shout, whisper",
        ),
        ("```reference all\n```", "reference has no option 'all'; allowed: rest=…"),
        ('```reference rest="Others"\nshout\n```', "reference is generated"),
    ],
)
def test_a_block_that_cannot_be_built_stops_the_build(book: Path, block: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        paragraphs(book, block)


def test_public_names_in_docstrings_become_links(book: Path) -> None:
    extensions = griffe.load_extensions(PublicNames(str(book)))
    package = griffe.load(
        "reverseproxy", search_paths=[book], try_relative_path=False, extensions=extensions
    )
    greeter = package["Greeter"]
    assert greeter.docstring.value == (
        "Greets with [`shout`][reverseproxy.shout]; a Greeter of Greeters. Says `Greeter` too."
    )
    assert greeter["greet"].docstring.value == (
        "Greets like [Greeter][reverseproxy.Greeter] or [`whisper`][reverseproxy.whisper], "
        "never `mumble` or whisper."
    )


def test_lines_on_arguments_become_a_list() -> None:
    assert itemised("Greets.\n\nSays so:\nname: whom,\nor what\nloud: how\n\nRaises: never.") == (
        "Greets.\n\nSays so:\n\n- `name`: whom,\n  or what\n\n- `loud`: how\n\nRaises: never."
    )
    assert itemised("one: not a list, for it is the first line") == (
        "one: not a list, for it is the first line"
    )


def test_the_books_reference_describes_every_public_name() -> None:
    page = read_page((PROJECT / "docs/reference.md").read_text(encoding="utf-8"))
    blocks = [fence for fence in page.fences if fence.language == "reference"]
    named = {entry[0] for fence in blocks for entry in listed(fence)}
    assert named <= set(public_names(PROJECT))
    assert any("rest" in fence.options for fence in blocks)

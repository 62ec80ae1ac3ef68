"""Glossary words in the chapters: a link with a tooltip where a page first mentions one.

In mkdocs.yml::

    markdown_extensions:
      - chapters.site.terms:
          root: !relative $config_dir

The glossary's page is the only source. A chapter's bold word that is not in it stops the build, and
each entry says which chapter has its word in bold first. The tooltips themselves are terms.js.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown, markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from chapters.errors import CourseError
from chapters.site.glossary import PAGE, Entry, Glossary, bold, introductions, is_term, read
from chapters.site.page import CHAPTER_PAGE, Book, SitePage, blamed

BEFORE_THE_BLOCKS = 29
"""The book's blocks are replaced at 28; white space is normalised at 30."""

BETWEEN_QUOTES_AND_ANCHORS = 5.5
"""Smarty sets quotes at 6, and needs whole sentences; MkDocs collects anchors at 5."""

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "summary", "th", "dt"}
NO_PROSE = frozenset({"a", "code", "pre", "kbd", "figure", "svg", "button", *HEADINGS})
"""Elements whose words are not touched."""

ASIDE = frozenset({"details", "strong"})
"""Elements whose words are no first mention: folded notes, and sentences in bold."""


class Terms(Extension):
    """Registers the two halves. `root` is the project's folder, `docs` its folder of pages."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "root": [".", "The project's folder: the one that holds chapters/"],
            "docs": ["docs", "The folder of pages, relative to root"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Markdown's name)
        root = Path(self.getConfig("root"))
        book = Book(root, root / self.getConfig("docs"))
        glossary = Glossary.load(book.docs)
        reader = PageReader(md, book, glossary)
        md.preprocessors.register(reader, "glossary-page", BEFORE_THE_BLOCKS)
        md.treeprocessors.register(
            TermMarker(md, reader, glossary), "glossary-terms", BETWEEN_QUOTES_AND_ANCHORS
        )


def makeExtension(**options: Any) -> Terms:  # noqa: N802 (Markdown's name)
    """What Python-Markdown calls to load the extension."""
    return Terms(**options)


class PageReader(Preprocessor):
    """Finds out which page is built, checks a chapter's bold words, completes the glossary."""

    def __init__(self, md: Markdown, book: Book, glossary: Glossary) -> None:
        super().__init__(md)
        self._book = book
        self._glossary = glossary
        self.page = SitePage(book, "", 0)

    def run(self, lines: list[str]) -> list[str]:
        """The page's lines; those of the glossary with the chapters that introduce its words."""
        self.page = self._book.page(lines)
        if CHAPTER_PAGE.fullmatch(self.page.path) and self._glossary.entries:
            self._check("\n".join(lines))
        return list(self._completed(lines)) if self.page.path == PAGE else lines

    def _check(self, text: str) -> None:
        with blamed(self.page.name, offset=self.page.offset):
            for line, words in bold(text):
                if is_term(words) and self._glossary.find(words) is None:
                    raise CourseError(
                        f"line {line}: **{words}** is in bold and not in docs/{PAGE}: "
                        "a new word belongs there; what is only stressed is written *like this*"
                    )

    def _completed(self, lines: list[str]) -> Iterator[str]:
        pages = introductions(self._glossary, self._book.docs)
        headings = {entry.line: entry for entry in read("\n".join(lines))}
        told = ""
        for number, line in enumerate(lines):
            if number in headings:
                yield from (told, "")
                told = introduced(headings[number], pages, self._book.docs)
            yield line
        yield from ("", told)


def introduced(entry: Entry, pages: dict[str, Path], docs: Path) -> str:
    """A line of Markdown that leads to the chapter which introduces a word; empty without one."""
    page = pages.get(entry.anchor)
    if page is None:
        return ""
    title = page.read_text(encoding="utf-8").partition("# ")[2].partition("\n")[0]
    link = f"{page.relative_to(docs).as_posix()}#{entry.place}"
    return f"[Chapter {int(page.name[:2])}, {title}]({link})"


class TermMarker(Treeprocessor):
    """Makes links of a chapter's first mentions, and puts their meanings at the page's end."""

    def __init__(self, md: Markdown, reader: PageReader, glossary: Glossary) -> None:
        super().__init__(md)
        self._reader = reader
        self._glossary = glossary
        self._marked: dict[str, Entry] = {}

    def run(self, root: Element) -> None:
        """Changes the page's tree."""
        if not CHAPTER_PAGE.fullmatch(self._reader.page.path):
            return
        self._marked = {}
        for each in prose(root, NO_PROSE):
            if each.tag == "strong":
                self._mark_bold(each)
        for each in list(prose(root, NO_PROSE | ASIDE)):
            self._mark_mentions(each)
        if self._marked:
            root.append(self._meanings())

    def _mark_bold(self, strong: Element) -> None:
        entry = None if len(strong) else self._glossary.find(strong.text or "")
        if entry is not None and entry.anchor not in self._marked:
            strong.set("id", entry.place)
            strong.append(self._link(entry, strong.text or ""))
            strong.text = None

    def _mark_mentions(self, element: Element) -> None:
        """Marks what is said directly in an element: before its first child, and behind each."""
        for child in list(element):
            child.tail, links = self._split(child.tail or "")
            place = list(element).index(child) + 1
            element[place:place] = links
        element.text, element[0:0] = self._split(element.text or "")

    def _split(self, text: str) -> tuple[str, list[Element]]:
        """The text up to the first word to mark; then a link for each, with what follows it."""
        before, links, done = text, list[Element](), 0
        for found in self._glossary.pattern.finditer(text):
            entry = self._glossary.find(found[0])
            if entry is None or entry.anchor in self._marked or is_a_name(found, entry):
                continue
            said = text[done : found.start()]
            if links:
                links[-1].tail = said
            else:
                before = said
            links.append(self._link(entry, found[0]))
            done = found.end()
        if links:
            links[-1].tail = text[done:]
        return before, links

    def _link(self, entry: Entry, text: str) -> Element:
        self._marked[entry.anchor] = entry
        href = self._reader.page.link(f"{PAGE}#{entry.anchor}")
        named = {"class": "term", "href": href, "aria-describedby": f"tip-{entry.anchor}"}
        link = Element("a", named)
        link.text = text
        return link

    def _meanings(self) -> Element:
        box = Element("div", {"class": "term-tips", "data-search-exclude": ""})
        for entry in self._marked.values():
            attributes = {"role": "tooltip", "id": f"tip-{entry.anchor}", "hidden": "hidden"}
            tip = SubElement(box, "div", attributes)
            tip.text = self.md.htmlStash.store(meaning(entry))
        return box


def prose(element: Element, without: frozenset[str]) -> Iterator[Element]:
    """The elements that hold prose: all but those in `without`, titles, and what is in these."""
    if element.tag in without or element.get("class") == "admonition-title":
        return
    yield element
    for child in list(element):
        yield from prose(child, without)


def is_a_name(found: re.Match[str], entry: Entry) -> bool:
    """Does it have a capital that is not a sentence's? A Target is not the target of a request."""
    if found[0][0] == entry.word[0] or found.start() == 0:
        return False
    return found.string[: found.start()].rstrip()[-1:] not in (".", "?", ":")


def meaning(entry: Entry) -> str:
    """What a word means as HTML for a tooltip, where links cannot be reached."""
    rendered = markdown(entry.meaning, extensions=["smarty"])
    return re.sub(r"</?(?:a|p)\b[^>]*>", "", rendered)

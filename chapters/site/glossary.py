"""The glossary: the book's words, as its page defines them and as the chapters use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown.extensions.toc import slugify

from chapters.fences import read_page

PAGE = "glossary.md"

EVERYDAY = ".everyday"
"""The mark of a word that also has an everyday sense: only its bold mention is the book's word."""

HEADING = re.compile(r"## +(?P<word>[^{]+?)(?: +\{(?P<marks>[^}]*)\})? *")
BOLD = re.compile(r"\*\*(?P<words>[^*]+)\*\*")
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
WORDS = re.compile(r"[a-z][a-z-]*(?: [a-z-]+){0,2}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the glossary."""

    word: str
    anchor: str
    meaning: str
    """The first paragraph under the word, as Markdown."""
    line: int
    """The line of its heading, counted from 0."""
    is_everyday: bool

    @property
    def place(self) -> str:
        """The anchor, on a chapter's page, of the word's bold mention."""
        return f"term-{self.anchor}"

    @property
    def forms(self) -> tuple[str, ...]:
        """The word and its plural."""
        if self.word.endswith("y"):
            return self.word, f"{self.word[:-1]}ies"
        ending = "es" if self.word.endswith(("s", "x", "ch", "sh")) else "s"
        return self.word, self.word + ending


@dataclass(frozen=True)
class Glossary:
    """All entries, in the order of the page; none when there is no page."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def load(cls, docs: Path) -> Glossary:
        """The glossary in a folder of pages."""
        path = docs / PAGE
        return cls(tuple(read(path.read_text(encoding="utf-8")))) if path.exists() else cls()

    @cached_property
    def by_form(self) -> dict[str, Entry]:
        """Every form of every word."""
        return {form: entry for entry in reversed(self.entries) for form in entry.forms}

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Mentions of words that have the book's sense only; the longest that fits."""
        forms = [form for form, entry in self.by_form.items() if not entry.is_everyday]
        either = "|".join(spelled(form) for form in sorted(forms, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])" if forms else r"(?!)")

    def find(self, words: str) -> Entry | None:
        """The entry of a word in any of its forms, also where a sentence begins with it."""
        single = " ".join(words.split())
        return self.by_form.get(single) or self.by_form.get(single[:1].lower() + single[1:])


def spelled(form: str) -> str:
    """A pattern for a form: its first letter may be a capital, its spaces the end of a line."""
    first = f"[{form[0]}{form[0].upper()}]" if form[0].islower() else re.escape(form[0])
    return first + r"\s+".join(re.escape(word) for word in form[1:].split(" "))


def read(text: str) -> Iterator[Entry]:
    """The entries of a glossary's Markdown: headings of the second level, and what follows them."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := HEADING.fullmatch(line):
            marks = (found["marks"] or "").split()
            named = [mark[1:] for mark in marks if mark.startswith("#")]
            yield Entry(
                word=found["word"],
                anchor=named[0] if named else slugify(found["word"], "-"),
                meaning="\n".join(first_paragraph(lines[number + 1 :])),
                line=number,
                is_everyday=EVERYDAY in marks,
            )


def first_paragraph(lines: list[str]) -> Iterator[str]:
    started = False
    for line in lines:
        if line.strip():
            started = True
            yield line
        elif started:
            return


def bold(text: str) -> Iterator[tuple[int, str]]:
    """What a page's prose has in bold, outside code, with its line counted from 1."""
    prose = "\n".join(read_page(text).prose)
    plain = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), prose)
    for found in BOLD.finditer(plain):
        yield plain.count("\n", 0, found.start()) + 1, " ".join(found["words"].split())


def is_term(words: str) -> bool:
    """Has something in bold to be in the glossary? One to three words in small letters have."""
    return WORDS.fullmatch(words) is not None


def introductions(glossary: Glossary, docs: Path) -> dict[str, Path]:
    """The first chapter's page that has each word in bold, by the word's anchor."""
    found: dict[str, Path] = {}
    for page in sorted((docs / "chapters").glob("*.md")):
        for _, words in bold(page.read_text(encoding="utf-8")):
            if entry := glossary.find(words):
                found.setdefault(entry.anchor, page)
    return found

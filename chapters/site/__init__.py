"""The book's blocks for Python-Markdown, by their names in `RENDERERS`: listing, console, card, ….

In mkdocs.yml::

    markdown_extensions:
      - chapters.site:
          root: !relative $config_dir

An extension of the Markdown processor and not of one site builder, so that another builder can take
over. A block that cannot be built stops the build, with the page and the line named.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from chapters.fences import Fence, read_page
from chapters.site.blocks import RENDERERS
from chapters.site.page import Book, SitePage, blamed

BEFORE_FENCED_CODE = 28
"""Superfences takes fenced blocks at 25; white space is normalised at 30."""

BEFORE_PARAGRAPHS = 175


class CourseBlocks(Extension):
    """Registers the blocks. `root` is the project's folder, `docs` its folder of pages."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "root": [".", "The project's folder: the one that holds chapters/"],
            "docs": ["docs", "The folder of pages, relative to root"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Markdown's name)
        root = Path(self.getConfig("root"))
        elements: dict[str, Element] = {}
        book = Book(root, root / self.getConfig("docs"))
        md.preprocessors.register(
            BlockReplacer(md, book, elements), "course-blocks", BEFORE_FENCED_CODE
        )
        md.parser.blockprocessors.register(
            ElementPlacer(md.parser, elements), "course-elements", BEFORE_PARAGRAPHS
        )


def makeExtension(**options: Any) -> CourseBlocks:  # noqa: N802 (Markdown's name)
    """What Python-Markdown calls to load the extension."""
    return CourseBlocks(**options)


class BlockReplacer(Preprocessor):
    """Puts a placeholder, or Markdown, in the place of every block that is the book's own."""

    def __init__(self, md: Markdown, book: Book, elements: dict[str, Element]) -> None:
        super().__init__(md)
        self._markdown = md
        self._book = book
        self._elements = elements

    def run(self, lines: list[str]) -> list[str]:
        """The page's lines with each block replaced by what stands for it, as far indented."""
        lines = list(lines)
        page = self._book.page(lines)
        with blamed(page.name, offset=page.offset):
            fences = read_page("\n".join(lines)).fences
        out: list[str] = []
        done = 0
        for fence in fences:
            opening = lines[fence.line - 1]
            if fence.language not in RENDERERS:
                # Meant for whoever checks the page; to Markdown it would be no block at all.
                lines[fence.line - 1] = re.sub(r"[ \t]aside\b", "", opening)
                continue
            out += lines[done : fence.line - 1]
            indent = opening[: len(opening) - len(opening.lstrip())]
            out += ["", *(indent + line for line in self._replaced(fence, page)), ""]
            done = fence.line + len(fence.lines) + 1
        return out + lines[done:]

    def _replaced(self, fence: Fence, page: SitePage) -> list[str]:
        with blamed(page.name, page.offset + fence.line):
            rendered = RENDERERS[fence.language](fence, page)
        if isinstance(rendered, str):
            return [self._markdown.htmlStash.store(rendered)]
        if isinstance(rendered, list):
            return rendered
        key = f"course-element-{len(self._elements)}"
        self._elements[key] = rendered
        return [key]


class ElementPlacer(BlockProcessor):
    """Puts built elements where their placeholders stand.

    Blocks with links come as elements and not as text, so that the builder's own treatment of links
    (checking them, and turning page.md into an address) reaches them.
    """

    PLACEHOLDER = re.compile(r"\s*(course-element-\d+)\s*")

    def __init__(self, parser: BlockParser, elements: dict[str, Element]) -> None:
        super().__init__(parser)
        self._elements = elements

    def test(self, parent: Element, block: str) -> bool:
        """Is this block one of the placeholders?"""
        found = self.PLACEHOLDER.fullmatch(block)
        return found is not None and found[1] in self._elements

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Puts the element in the placeholder's place."""
        parent.append(self._elements.pop(blocks.pop(0).strip()))

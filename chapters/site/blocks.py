"""The book's blocks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from chapters.fences import Fence
from chapters.site.card import card
from chapters.site.code import listing
from chapters.site.difference import difference
from chapters.site.figure import figure
from chapters.site.outline import outline
from chapters.site.page import SitePage
from chapters.site.reference import reference
from chapters.site.roadmap import roadmap
from chapters.site.terminal import console

Rendered = str | Element | list[str]
"""HTML; an element, whose links the builder treats; or lines of Markdown."""

RENDERERS: Mapping[str, Callable[[Fence, SitePage], Rendered]] = {
    "listing": listing,
    "console": console,
    "card": card,
    "roadmap": roadmap,
    "outline": outline,
    "diff": difference,
    "figure": figure,
    "reference": reference,
}

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
from chapters.site.roadmap import roadmap
from chapters.site.terminal import console

RENDERERS: Mapping[str, Callable[[Fence, SitePage], str | Element]] = {
    "listing": listing,
    "console": console,
    "card": card,
    "roadmap": roadmap,
    "outline": outline,
    "diff": difference,
    "figure": figure,
}

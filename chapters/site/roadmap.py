"""The `roadmap` block: the whole book, with what is ready."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString

from chapters.fences import Fence
from chapters.site.page import SitePage, bare, only


@dataclass(frozen=True, slots=True)
class Planned:
    """A chapter of the plan. `builds` may hold `code` in backticks."""

    number: int
    folder: str
    title: str
    part: str
    builds: str


def plan(root: Path) -> list[Planned]:
    """Every chapter of the book in its order, ready or not."""
    read = tomllib.loads((root / "chapters/plan.toml").read_text(encoding="utf-8"))
    return [Planned(**entry) for entry in read["chapters"]]


def roadmap(fence: Fence, page: SitePage) -> Element:
    """Six parts; a chapter whose page is there is a link and says so."""
    only(fence)
    bare(fence)
    ready = {chapter.number for chapter in page.book.course.chapters if chapter.page.exists()}
    whole = Element("div", {"class": "roadmap"})
    for part, chapters in groupby(plan(page.book.root), key=lambda chapter: chapter.part):
        section = SubElement(whole, "section", {"class": "roadmap-part"})
        numeral, _, name = part.partition(": ")
        label = SubElement(section, "p", {"class": "roadmap-title"})
        SubElement(label, "span").text = AtomicString(f"Part {numeral}")
        label[-1].tail = AtomicString(name)
        listed = list(chapters)
        items = SubElement(section, "ol", {"start": str(listed[0].number)})
        for chapter in listed:
            add_item(items, chapter, page, is_ready=chapter.number in ready)
    return whole


def add_item(items: Element, chapter: Planned, page: SitePage, *, is_ready: bool) -> None:
    state = "is-ready" if is_ready else "is-coming"
    item = SubElement(items, "li", {"class": state, "value": str(chapter.number)})
    number = SubElement(item, "span", {"class": "roadmap-number", "aria-hidden": "true"})
    number.text = AtomicString(f"{chapter.number:02}")
    if is_ready:
        link = SubElement(item, "a", {"href": page.link(f"chapters/{chapter.folder}.md")})
        link.text = AtomicString(chapter.title)
    else:
        SubElement(item, "strong").text = AtomicString(chapter.title)
    badge = SubElement(item, "span", {"class": "roadmap-state"})
    badge.text = AtomicString("ready" if is_ready else "coming")
    SubElement(item, "span", {"class": "roadmap-builds"}).text = chapter.builds

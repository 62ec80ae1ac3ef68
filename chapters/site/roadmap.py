"""The `roadmap` block: the whole book, with what is ready."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString

from chapters.fences import Fence
from chapters.plan import Planned, plan
from chapters.site.page import SitePage, bare, only


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

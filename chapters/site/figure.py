"""The `figure` block: a picture put into the page, so that it takes the page's colours.

Either one that was drawn by hand (`src`), or one that plays a trace (`trace`).
"""

from __future__ import annotations

import re
from pathlib import Path

from chapters.errors import CourseError
from chapters.fences import Fence
from chapters.site.markup import inline, tag
from chapters.site.page import SitePage, bare, only
from chapters.site.playing import playing

NARROW = "-narrow"
"""A picture `x.svg` may have a sibling `x-narrow.svg`, drawn for a phone's width."""


def figure(fence: Fence, page: SitePage) -> str:
    """The picture at `src`, or the trace at `trace`, relative to the folder of pages.

    A caption is an option of the block, so it cannot hold a backtick.
    """
    only(fence, options=("src", "trace", "caption"))
    bare(fence)
    if ("src" in fence.options) == ("trace" in fence.options):
        raise CourseError(
            "figure needs src=assets/figures/name.svg or trace=assets/traces/name.json"
        )
    caption = fence.options.get("caption")
    told = tag("figcaption", inline(caption)) if caption else ""
    if "trace" in fence.options:
        return playing(page.book.docs / fence.options["trace"], told)
    return tag("figure", pictures(page.book.docs / fence.options["src"]) + told, class_="drawing")


def pictures(path: Path) -> str:
    """The picture of a file, and its narrow sibling if there is one."""
    sibling = path.with_stem(path.stem + NARROW)
    if not sibling.exists():
        return tag("div", picture(path), class_="figure-any")
    wide = tag("div", picture(path), class_="figure-wide")
    return wide + tag("div", picture(sibling), class_="figure-narrow")


def picture(path: Path) -> str:
    """The SVG element of a file. CourseError when it has no words for those who cannot see it."""
    if not path.is_file():
        raise CourseError(f"there is no figure {path.name} in {path.parent.name}/")
    found = re.search(r"<svg\b.*</svg>", path.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise CourseError(f"{path.name} is not an SVG picture")
    for needed in ("<title", "<desc", 'role="img"', "aria-labelledby="):
        if needed not in found[0]:
            raise CourseError(f"{path.name} cannot be read aloud: it has no {needed.strip('<')}")
    return found[0]

"""The `figure` block: a picture put into the page, so that it takes the page's colours.

One that was drawn by hand (`src`), one that plays a trace (`trace`), or the playground.
"""

from __future__ import annotations

import re
from pathlib import Path

from chapters.errors import CourseError
from chapters.fences import Fence
from chapters.site.markup import inline, tag
from chapters.site.page import SitePage, bare, only
from chapters.site.playground import playground
from chapters.site.playing import playing

NARROW = "-narrow"
"""A picture `x.svg` may have a sibling `x-narrow.svg`, drawn for a phone's width."""


def figure(fence: Fence, page: SitePage) -> str:
    """The picture at `src`, the trace at `trace`, or the positions at `playground`.

    All are relative to the folder of pages. A caption is an option of the block, so it cannot hold
    a backtick.
    """
    only(fence, options=("src", "trace", "playground", "caption"))
    bare(fence)
    given = [kind for kind in ("src", "trace", "playground") if kind in fence.options]
    if len(given) != 1:
        raise CourseError(
            "figure needs src=assets/figures/name.svg or trace=assets/traces/name.json"
        )
    path = page.book.docs / fence.options[given[0]]
    caption = fence.options.get("caption")
    told = tag("figcaption", inline(caption)) if caption else ""
    if given == ["trace"]:
        return playing(path, told)
    if given == ["playground"]:
        return playground(path, told)
    return tag("figure", pictures(path) + told, class_="drawing")


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

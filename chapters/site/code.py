"""The `listing` block: code by address, with its place and what is new."""

from __future__ import annotations

from itertools import pairwise
from pathlib import PurePosixPath

from chapters.errors import CourseError
from chapters.fences import Fence
from chapters.listings import Listing, listing_of
from chapters.site.markup import code_block, highlighted, tag
from chapters.site.page import SitePage, only


def listing(fence: Fence, page: SitePage) -> str:
    """Every address of the block as a listing."""
    only(fence, options=("tree", "step"))
    specs = [line.strip() for line in fence.lines if line.strip()]
    if not specs:
        raise CourseError("listing is empty: write one address a line, path:Symbol")
    tree, before = page.tree(fence), page.before(fence)
    return "\n".join(one_listing(listing_of(spec, tree, before)) for spec in specs)


def one_listing(shown: Listing) -> str:
    """A listing's place above its lines. What the copy button takes is the code alone."""
    place = tag(
        "div",
        tag("span", shown.path, class_="listing-path")
        + (tag("span", shown.what, class_="listing-what") if shown.what else "")
        + (tag("span", shown.state, class_="listing-state") if shown.state else ""),
        class_="listing-place",
    )
    return tag(
        "div",
        place + code_block(rows(shown)),
        class_="listing",
        role="group",
        aria_label=shown.location,
        data_copy=shown.code,
    )


def rows(shown: Listing) -> list[str]:
    """One element a line; a row of its own where lines are left out."""
    if not shown.lines:
        return []
    marked = highlighted(shown.code, PurePosixPath(shown.path).suffix)
    out = []
    for line, text in zip(shown.lines, marked, strict=True):
        new = shown.marks_lines and line.new
        name = "row row-new" if new else "row"
        out.append(tag("span", f"{text}\n", class_=name, data_line=str(line.number)))
    gap = tag("span", "⋯\n", class_="row row-gap", aria_label="lines left out")
    for index, (line, following) in reversed(list(enumerate(pairwise(shown.lines), 1))):
        if following.number != line.number + 1:
            out.insert(index, gap)
    return out

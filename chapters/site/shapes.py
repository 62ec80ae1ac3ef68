"""The shapes that pictures are drawn with, as SVG."""

from __future__ import annotations

import html

from chapters.site.boxes import Box
from chapters.site.markup import tag


def text(words: str, x: float, y: float, name: str, **attributes: str | None) -> str:
    return tag("text", html.escape(words), x=f"{x:g}", y=f"{y:g}", class_=name, **attributes)


def rectangle(box: Box, name: str, **attributes: str | None) -> str:
    measures = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    pairs = {key: f"{value:g}" for key, value in measures.items()}
    return tag("rect", "", class_=name, **pairs, **attributes)


def path(d: str, name: str, x: float = 0, y: float = 0) -> str:
    place = f"translate({x:g} {y:g})" if x or y else None
    return tag("path", "", d=d, class_=name, transform=place)

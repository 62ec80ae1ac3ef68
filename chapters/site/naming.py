"""Links and lists in the descriptions of public names: an extension of griffe, which reads code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import griffe

from chapters.course import PACKAGE
from chapters.site.reference import public_names

ARGUMENT = re.compile(r"(?<=\n)(?P<name>[a-z_]+): (?P<said>.+(?:\n(?![a-z_]+: ).+)*)")
"""A line of a docstring that begins with an argument's name, and the lines that belong to it."""


class PublicNames(griffe.Extension):
    """Makes links of the public names in docstrings: bare ones with a capital, others in code."""

    def __init__(self, root: str = ".") -> None:
        names = public_names(Path(root))
        classes = "|".join(name for name in names if name[0].isupper())
        self._mention = re.compile(rf"`({'|'.join(names)})`|\b({classes})\b(?![`.])")

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrites the docstring of one object."""
        if obj.docstring is None:
            return

        def link(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            if name == obj.name:
                return found[0]
            return f"[{found[0]}][{PACKAGE}.{name}]"

        obj.docstring.value = itemised(self._mention.sub(link, obj.docstring.value))


def itemised(text: str) -> str:
    """A docstring whose lines on arguments, `name: what it is`, are a list in Markdown."""

    def item(found: re.Match[str]) -> str:
        said = found["said"].replace("\n", "\n  ")
        begins = "" if found.string[: found.start()].endswith("\n\n") else "\n"
        return f"{begins}- `{found['name']}`: {said}"

    return ARGUMENT.sub(item, text)

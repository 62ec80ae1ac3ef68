"""The `reference` block: public names of the package, for mkdocstrings to describe.

A line is a name, then the members to describe when these are not all public ones::

    ```reference
    ReverseProxy add_target serve aclose
    run
    ```

With `rest="A heading"` the block holds, under that heading, whatever the page's other blocks do not
list, so that a new public name appears by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from chapters.course import PACKAGE
from chapters.errors import CourseError
from chapters.fences import Fence, read_page
from chapters.site.page import SitePage, bare, only

LANGUAGE = "reference"


def reference(fence: Fence, page: SitePage) -> list[str]:
    """The lines of Markdown that mkdocstrings turns into descriptions."""
    only(fence, options=("rest",))
    public = public_names(page.book.root)
    if "rest" not in fence.options:
        return [line for name in listed(fence) for line in directive(name, public)]
    bare(fence)
    text = (page.book.docs / page.path).read_text(encoding="utf-8")
    others = [other for other in read_page(text).fences if other.language == LANGUAGE]
    told = {entry[0] for other in others for entry in listed(other)}
    rest = [name for name in public if name not in told]
    lines = [line for name in rest for line in directive([name], public)]
    return [f"## {fence.options['rest']}", "", *lines] if lines else []


def listed(fence: Fence) -> list[list[str]]:
    """A block's lines, each as a name and the members to describe."""
    return [line.split() for line in fence.lines if line.strip()]


def directive(entry: list[str], public: list[str]) -> Iterator[str]:
    """What mkdocstrings reads for one name. CourseError when the package has no such name."""
    name, *members = entry
    if name not in public:
        raise CourseError(f"{name} is no public name: there are {', '.join(sorted(public))}")
    yield f"::: {PACKAGE}.{name}"
    if members:
        yield f"    options: {{members: [{', '.join(members)}]}}"
    yield ""


def public_names(root: Path) -> list[str]:
    """What the package's `__all__` says, read without importing it."""
    path = root / PACKAGE / "__init__.py"
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return list(ast.literal_eval(value))
    raise CourseError(f"{PACKAGE}/__init__.py has no __all__")

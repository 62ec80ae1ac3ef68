"""The `diff` block: a whole chapter as a diff, folded."""

from __future__ import annotations

import difflib
import html
from collections.abc import Iterator
from dataclasses import dataclass

from chapters.course import PACKAGE, Tree
from chapters.fences import Fence
from chapters.site.markup import code_block, counted, highlighted, tag
from chapters.site.page import SitePage, bare, only

CONTEXT = 3
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a chapter does to one file, as the lines of a unified diff without its file header."""

    path: str
    is_new: bool
    lines: tuple[str, ...]

    @property
    def added(self) -> int:
        """How many lines the file gains."""
        return sum(line.startswith("+") for line in self.lines)

    @property
    def removed(self) -> int:
        """How many lines the file loses."""
        return sum(line.startswith("-") for line in self.lines)


def changes(before: Tree, after: Tree) -> Iterator[FileChange]:
    """What differs between two trees in the code: the package and the program that runs it."""
    for path in sorted({*before, *after}):
        if path != "main.py" and not path.startswith(f"{PACKAGE}/"):
            continue
        old, new = before.get(path, b""), after.get(path, b"")
        if old != new:
            diff = difflib.unified_diff(lines_of(old), lines_of(new), lineterm="", n=CONTEXT)
            yield FileChange(path, path not in before, tuple(diff)[2:])


def lines_of(content: bytes) -> list[str]:
    return content.decode("utf-8", errors="replace").splitlines()


def difference(fence: Fence, page: SitePage) -> str:
    """The chapter's diff, one block a file, behind a summary with its size."""
    only(fence, options=("tree",))
    bare(fence)
    number = page.number(fence)
    files = list(changes(page.before(fence), page.tree(fence)))
    summary = f"The whole chapter as a diff: {counted(len(files), 'file')}, {size(files)}"
    command = tag("code", f"make diff CH={number:02}")
    told = tag("p", f"The same in your terminal: {command}", class_="difference-told")
    blocks = "\n".join(one_file(file) for file in files)
    return tag("details", tag("summary", summary) + told + blocks, class_="difference")


def size(files: list[FileChange]) -> str:
    """'+142 lines', '+142 -12 lines' (with a real minus sign)."""
    added, removed = sum(file.added for file in files), sum(file.removed for file in files)
    return f"+{added} {MINUS}{removed} lines" if removed else f"+{added} lines"


def one_file(file: FileChange) -> str:
    state = "new" if file.is_new else size([file])
    place = tag(
        "div",
        tag("span", html.escape(file.path), class_="listing-path")
        + tag("span", state, class_="listing-state"),
        class_="listing-place",
    )
    rows = [
        tag("span", f"{text}\n", class_="row")
        for text in highlighted("\n".join(file.lines), ".diff")
    ]
    return tag("div", place + code_block(rows), class_="listing")

"""The `console` block: commands and what they print, as a terminal shows them."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from chapters.console.blocks import Action, Kind, read_block
from chapters.errors import CourseError
from chapters.fences import Fence
from chapters.site.markup import code_block, tag
from chapters.site.page import SitePage


def console(fence: Fence, page: SitePage) -> str:
    """Prompts, commands and output told apart; the copy button takes the commands alone."""
    block = read_block(fence, page.chapter or 0)
    if not block.actions:
        raise CourseError("console is empty: write `$ command` and what it prints")
    named = fence.options.get("terminal")
    name = f"terminal: {named}" if named else "terminal"
    rows = [each for action in block.actions for each in rows_of(action)]
    copied = to_copy(block.actions)
    return tag(
        "div",
        tag("div", html.escape(name), class_="console-title") + code_block(rows),
        class_="console" if copied else "console no-copy",
        role="group",
        aria_label=name,
        data_copy=copied or None,
    )


def to_copy(actions: Sequence[Action]) -> str:
    """The commands; where there are none, what is typed into a command that runs already."""
    entered = {kind: [each for each in actions if each.kind is kind] for kind in Kind}
    if entered[Kind.RUN]:
        return "\n".join(action.text for action in entered[Kind.RUN])
    typed = (action.text for action in entered[Kind.TYPE] if action.text != "\x04")
    return "".join(typed).removesuffix("\n")


def rows_of(action: Action) -> Iterator[str]:
    """The rows of one action: what is entered, then what is printed."""
    match action.kind:
        case Kind.RUN:
            first, *others = action.text.split("\n")
            yield entered_row("$ ", first)
            yield from (entered_row("> ", other) for other in others)
        case Kind.TYPE if action.text == "\x04":
            yield key_row("Ctrl-D")
        case Kind.TYPE:
            yield entered_row("> ", action.text.removesuffix("\n"), "row row-typed")
        case Kind.INTERRUPT:
            yield key_row("Ctrl-C")
        case Kind.WATCH:
            pass
    yield from (output_row(line) for line in action.expected)


def entered_row(prompt: str, text: str, name: str = "row row-command") -> str:
    mark = tag("span", html.escape(prompt), class_="prompt")
    return tag("span", f"{mark}{html.escape(text, quote=False)}\n", class_=name)


def key_row(key: str) -> str:
    return tag("span", tag("kbd", key) + "\n", class_="row row-key")


def output_row(line: str) -> str:
    if line.strip() == "...":
        return tag("span", "⋯\n", class_="row row-gap", aria_label="and so on")
    return tag("span", f"{html.escape(line, quote=False)}\n", class_="row row-output")

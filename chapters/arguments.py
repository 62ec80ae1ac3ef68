"""The arguments that several verbs share."""

from __future__ import annotations

import click


def chapter_number(text: str) -> int | None:
    """A chapter's number; "." is the chapter of the workbook one is in."""
    if text == ".":
        return None
    if not text.isdecimal():
        raise click.BadParameter(f"{text!r} is no chapter; give a number, such as 1 or 01")
    return int(text)


def step_number(text: str) -> int:
    if not text.isdecimal():
        raise click.BadParameter(f"{text!r} is no step; give a number, such as 2")
    return int(text)


chapter = click.argument("number", metavar="N", type=chapter_number)
optional_chapter = click.argument("number", metavar="[N]", type=chapter_number, default=".")
optional_step = click.argument("step", metavar="[K]", type=step_number, required=False)

"""Longer texts: in colour and pages on a terminal, as they are when piped."""

from __future__ import annotations

import os

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.text import Text


def show_markdown(console: Console, text: str) -> None:
    if console.is_terminal:
        console.print(Markdown(text))
    else:
        click.echo(text)


def show_code(console: Console, where: str, text: str) -> None:
    """A piece of Python, under a comment that says where it is."""
    code = f"# {where}\n{text.rstrip()}\n"
    if console.is_terminal:
        console.print(coloured(code, "python"), soft_wrap=True)
    else:
        click.echo(code)


def show_diff(console: Console, text: str) -> None:
    """A diff, through the pager on a terminal."""
    if not text:
        console.print("No difference.")
    elif not console.is_terminal:
        click.echo(text, nl=False)
    else:
        with console.capture() as capture:
            console.print(coloured(text, "diff"), soft_wrap=True)
        # None: click itself tells less to let colours through, and leaves them out for others.
        click.echo_via_pager(capture.get(), color=False if "NO_COLOR" in os.environ else None)


def coloured(text: str, language: str) -> Text:
    """Code in the terminal's own colours; long lines are whole, so that they can be copied."""
    return Syntax(text, language, theme="ansi_dark", background_color="default").highlight(text)

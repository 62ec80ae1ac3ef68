"""`python -m chapters`: the command itself. Its verbs are in `reading` and `authoring`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from chapters.authoring import edit, figures, save, verify
from chapters.errors import CourseError
from chapters.reading import check, diff, hint, list_chapters, solution, start, tags, watch
from chapters.session import Session
from chapters.simulation.verb import simulate

TOUR = """\
A book in code: you build a reverse proxy, chapter by chapter.

Every chapter has a page to read, a few exercises, and tests that say how far you are. You work in
a workbook: a git worktree of its own, in which the exercises are stubs. So nothing that you do can
damage the book, and git keeps all of it.

\b
  $ python -m chapters list             what there is, and how far you are
  $ python -m chapters start 1          makes workbook/01
  $ cd workbook/01                      read the page, edit the code here
  $ make check                          the first step that is not there yet:
\b
      ✓ 1  A URL, checked at the door   1 attempt
      ✗ 2  A list, not a dict           1 attempt
        3  The second message
\b
      Expected  two Set-Cookie lines go in, and two come out
      Got       only the last Set-Cookie arrived
      Why       a dict keeps one of them, and somebody is logged out
\b
  $ make hint                           a nudge; again, for more
  $ make watch                          check, on every save

Every verb has a twin in make (make check CH=01), and those for a workbook have one there; make also
sets up what it needs. Without N, a verb means the workbook you are in, or else the one you used
last.

\b
Exit codes: 0 all is well, 1 a checkpoint or a promise does not hold, 2 it could not be done,
3 the tool itself failed, 130 it was stopped with Ctrl-C.
"""


INTERRUPTED = 130
"""What shells report of a program that was stopped with Ctrl-C."""


class InOrder(click.Group):
    """Lists its verbs in the order in which a reader meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a verb. Ctrl-C ends it with 130; click would say 1, which means something else."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=InOrder, help=TOUR, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    if not isinstance(context.obj, Session):
        context.obj = Session(Path.cwd(), Console(highlight=False))


READERS = (list_chapters, start, check, watch, hint, solution, diff, tags, simulate)
AUTHORS = (edit, save, verify, figures)

for verb in (*READERS, *AUTHORS):
    cli.add_command(verb)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one verb and ends the process, with the exit codes that the help names."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows a question mark; it is no reason to fail.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    try:
        cli.main(arguments, prog_name="python -m chapters", standalone_mode=True)
    except CourseError as error:
        console = Console(stderr=True, highlight=False)
        console.print("[bold red]error:[/]", end=" ")
        console.print(str(error), markup=False, soft_wrap=True)
        sys.exit(2)

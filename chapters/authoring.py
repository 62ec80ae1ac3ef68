"""The verbs for authors: edit, save, verify, figures."""

from __future__ import annotations

import sys

import click

from chapters import arguments
from chapters import edit as editing
from chapters.figures import recording
from chapters.session import Session
from chapters.telling import commands, plainly
from chapters.workbook import shown_from


@click.command()
@arguments.chapter
@click.pass_obj
def edit(session: Session, number: int | None) -> None:
    """For authors: opens the code of chapter N, to change it.

    It is a git worktree, workbook/edit-NN, in which make test and make run work. What you change in
    it goes back into the course with save.
    """
    chapter = session.chapter(number)
    folder = editing.edit(session.course, chapter)
    place = shown_from(session.root, folder)
    plainly(session.console, f"The code as chapter {chapter.number} leaves it is in {place}.")
    commands(
        session.console,
        [
            (f"cd {place}", "change what you like; make test and make run work there"),
            (
                f"make save CH={chapter.number:02}",
                "in the main checkout: carries it into the course",
            ),
        ],
    )


@click.command()
@arguments.optional_chapter
@click.pass_obj
def save(session: Session, number: int | None) -> None:
    """For authors: writes what edit changed into the course.

    Each change in workbook/edit-NN goes into the version of its file that chapter N sees, and is
    carried through the later versions by git merge-file. If it does not merge somewhere, nothing is
    written at all: the conflicts are laid out in workbook/edit-NN/.conflicts, to be put right there
    and saved again. Without N it is the one chapter that is open.
    """
    if number is None:
        number = editing.open_number(session.root, session.here)
    chapter = session.chapter(number)
    saved = editing.save(session.course, chapter)
    console, root = session.console, session.root
    for conflict in saved.conflicts:
        plainly(console, f"{conflict.path}, in {conflict.version.name}: {conflict.reason}", "bold")
        plainly(console, f"    {shown_from(root, conflict.text)}")
    if saved.conflicts:
        again = f"make save CH={chapter.number:02}"
        plainly(console, f"Nothing was written. Put these files right, then once more: {again}")
        sys.exit(1)
    if not saved.written:
        plainly(console, "There was nothing to save: all of it is in the course.")
    for path in saved.written:
        plainly(console, f"saved {shown_from(root, path)}")
    if saved.trouble:
        plainly(console, f"The tags cannot be built from it yet: {saved.trouble}", "bold red")
        sys.exit(1)
    if saved.written:
        commands(console, [("make verify", "whether the course keeps its promises with that")])


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every checkpoint on every chapter.")
@click.option(
    "--only", type=int, multiple=True, metavar="I", help="Only promise I; may be given repeatedly."
)
@click.pass_obj
def verify(session: Session, everything: bool, only: tuple[int, ...]) -> None:
    """Checks the eight promises that the course keeps, a line each.

    Checkpoints are red before a chapter and green after it; named mistakes are caught; every new
    line is on its page; consoles show what they do; tags are the same everywhere; the layers hold.
    """
    # Imported here: it needs what authors have installed, and readers may not.
    from chapters.verify import run

    if not run(session.course, everything=everything, console=session.console, only=only):
        sys.exit(1)


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when one is stale.")
@click.pass_obj
def figures(session: Session, only_check: bool) -> None:
    """For authors: records the traces of the figures that move.

    Each is made by running the code of its own chapter, and written below docs/assets.
    """
    if only_check:
        stale = recording.stale(session.course)
        for figure in stale:
            plainly(session.console, f"{figure.file} is stale: make figures records it", "bold")
        sys.exit(1 if stale else 0)
    for figure in recording.RECORDED:
        done = "recorded" if recording.write(session.course, figure) else "unchanged"
        plainly(session.console, f"{done} {figure.file}")

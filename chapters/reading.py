"""The verbs for readers: list, start, check, watch, hint, solution, diff, tags."""

from __future__ import annotations

import json
import sys

import click
from rich.text import Text

from chapters import arguments, telling, workbook
from chapters.checking import check_once
from chapters.course import Chapter
from chapters.hints import LEVELS, load_hints
from chapters.places import planned_chapters
from chapters.session import Session
from chapters.showing import show_code, show_diff, show_markdown
from chapters.solutions import chapter_diff
from chapters.solutions import solution as code_of
from chapters.tags import TagChange, build_tags
from chapters.watch import watch as watch_folder


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
@click.pass_obj
def list_chapters(session: Session, as_json: bool) -> None:
    """The chapters of the book, and how far you are.

    A chapter that is not written yet is "to come".
    """
    written = {chapter.number: chapter for chapter in session.course.chapters}
    planned = {each.number: (each.part, each.title) for each in planned_chapters(session.root)}
    planned |= {each.number: (each.part, each.title) for each in written.values()}
    rows = []
    for number, (part, title) in sorted(planned.items()):
        chapter = written.get(number)
        if as_json:
            click.echo(json.dumps(facts(session, number, title, chapter), ensure_ascii=False))
        rows.append((part, number, title, how_far(session, chapter)))
    if not as_json:
        telling.contents(session.console, rows)


def facts(session: Session, number: int, title: str, chapter: Chapter | None) -> dict[str, object]:
    tally = session.progress.tally(number)
    return {
        "number": number,
        "title": title,
        "ready": chapter is not None,
        "steps": len(chapter.steps) if chapter else 0,
        "passed": sorted(tally.passed),
        "attempts": tally.attempts,
    }


def how_far(session: Session, chapter: Chapter | None) -> Text:
    if chapter is None:
        return Text(telling.SOON, "dim")
    return telling.progress_of(chapter, session.progress.tally(chapter.number))


@click.command()
@arguments.chapter
@click.option("--fresh", is_flag=True, help="Begin again; what you have is kept on another branch.")
@click.pass_obj
def start(session: Session, number: int | None, fresh: bool) -> None:
    """Makes the workbook of chapter N.

    That is a git worktree, workbook/NN, on a new branch, my-chapter-NN. It holds the book's code up
    to this chapter, with the chapter's exercises as stubs. If you have one already, it stays as it
    is.

    \b
      $ python -m chapters start 1
      $ cd workbook/01
      $ make check
    """
    chapter = session.chapter(number)
    mine = workbook.start(session.course, chapter, fresh=fresh)
    began = mine.state in ("new", "fresh")
    session.progress.add(chapter.number, 0, "started" if began else "opened")
    telling.begun(session.console, session.root, chapter, mine)


@click.command()
@arguments.optional_chapter
@click.pass_obj
def check(session: Session, number: int | None) -> None:
    """How far you are, and the first step that is not there.

    It runs the chapter's tests in your workbook. Of what fails it shows one test only: what was
    expected, what was got, why it matters, and where to read. When all of them pass, it runs those
    of the earlier chapters too. Attempts are counted in workbook/attempts.jsonl.
    """
    chapter = session.chapter(number)
    mine = workbook.required(session.root, chapter)
    if not check_once(session, chapter, mine):
        sys.exit(1)


@click.command()
@arguments.optional_chapter
@click.pass_obj
def watch(session: Session, number: int | None) -> None:
    """The same as check, again on every save, until Ctrl-C."""
    chapter = session.chapter(number)
    folder = workbook.required(session.root, chapter).folder

    def look() -> None:
        session.console.clear()
        check_once(session, chapter, workbook.required(session.root, chapter))
        where = workbook.shown_from(session.root, folder)
        telling.plainly(session.console, f"\nWatching {where}; Ctrl-C ends it.", "dim")

    watch_folder(folder, look)
    telling.plainly(session.console)


@click.command()
@arguments.optional_chapter
@arguments.optional_step
@click.option("--level", type=click.IntRange(1, 3), help="This hint, instead of the next.")
@click.pass_obj
def hint(session: Session, number: int | None, step: int | None, level: int | None) -> None:
    """The next hint for step K of chapter N.

    There are three: a nudge, the approach, and nearly the code. Each call shows the next one. N may
    be "." for the workbook you are in. Without K it is the first step that has not passed.

    \b
      $ python -m chapters hint 1 2
      $ python -m chapters hint . 2 --level 1
    """
    chapter = session.chapter(number)
    asked = session.step(chapter, step)
    hints = load_hints(chapter)[asked.number]
    before = session.progress.hint_level(chapter.number, asked.number)
    level = level or min(before + 1, len(LEVELS))
    session.progress.add(chapter.number, asked.number, "hint", str(level))
    telling.plainly(
        session.console,
        f"Chapter {chapter.number}, step {asked.number}, {asked.title}: hint {level} of"
        f" {len(LEVELS)}, {LEVELS[level - 1].lower()}\n",
        "bold",
    )
    show_markdown(session.console, hints[level - 1])
    target = f"CH={chapter.number:02} STEP={asked.number}"
    more = (f"make hint {target}", f"the next: {LEVELS[level].lower()}") if level < 3 else None
    session.console.print()
    telling.commands(
        session.console, [more or (f"make solution {target}", "that was the last; the code itself")]
    )


@click.command()
@arguments.optional_chapter
@arguments.optional_step
@click.pass_obj
def solution(session: Session, number: int | None, step: int | None) -> None:
    """The book's code of step K of chapter N.

    With it come the imports and the helpers that it needs.

    N may be "." for the workbook you are in. Without K it is the first step that has not passed.
    """
    chapter = session.chapter(number)
    asked = session.step(chapter, step)
    session.progress.add(chapter.number, asked.number, "solution")
    for excerpt in code_of(session.course, chapter, asked):
        show_code(session.console, excerpt.where, excerpt.text)


@click.command()
@arguments.optional_chapter
@click.option("--solution", "from_start", is_flag=True, help="Only what the exercises change.")
@click.option("--tests", is_flag=True, help="With the tests.")
@click.pass_obj
def diff(session: Session, number: int | None, from_start: bool, tests: bool) -> None:
    """Chapter N as a diff of the book's code.

    \b
    The tags give the same, and the tests with it:
      $ git diff chapter-05 chapter-06          the chapter
      $ git diff chapter-06-start chapter-06    the solution of its exercises
    """
    chapter = session.chapter(number)
    show_diff(
        session.console,
        chapter_diff(session.course, chapter, from_start=from_start, tests=tests),
    )


@click.command()
@click.pass_obj
def tags(session: Session) -> None:
    """Builds the git tags chapter-NN-start and chapter-NN.

    They are one linear history, derived from the course: the same hashes on every machine. No
    branch is touched, and a tag that is right already stays.
    """
    for change in build_tags(session.course):
        telling.plainly(session.console, f"{change.name:<18}{change.new[:10]}  {became(change)}")


def became(change: TagChange) -> str:
    if change.old is None:
        return "new"
    return f"moved from {change.old[:10]}" if change.moved else "unchanged"

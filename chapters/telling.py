"""What the tool says on the terminal, in words and in few colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from chapters.checkpoint import Outcome, Status, Verdict
from chapters.course import Chapter
from chapters.progress import Tally
from chapters.workbook import Workbook, shown_from

MOST = 20
"""Lines that are shown of what was raised, or printed."""

LONGEST = 500
"""Letters that are shown of one such line."""

STYLES: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "unwritten": ("✗", "bold yellow"),
    "untested": (" ", "dim"),
}


def plainly(console: Console, text: str = "", style: str = "") -> None:
    """Prints text as it is: no markup, no line breaks of our own, for what may be copied."""
    console.print(Text(text, style), soft_wrap=True)


def commands(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    """Commands to type, each with what it does."""
    listed = list(lines)
    width = max(len(command) for command, _ in listed)
    for command, meaning in listed:
        console.print(f"  [bold]{escape(command):<{width}}[/]   {escape(meaning)}", soft_wrap=True)


def steps(console: Console, chapter: Chapter, verdict: Verdict, tally: Tally) -> None:
    """A line a step: passed, or the first that is not; those behind it wait for their turn."""
    console.print()
    for step in chapter.steps:
        status = verdict.statuses[step.number]
        if status != "passed" and step != verdict.gap:
            status = "untested"
        mark, style = STYLES[status]
        if not console.encoding.lower().startswith("utf"):
            mark = {"✓": "ok", "✗": "no"}.get(mark, "  ")
        tried = attempts(tally.attempts.get(step.number, 0))
        line = Text.assemble("  ", (mark, style), f" {step.number}  {step.title}")
        console.print(line + Text(f"   {tried}", "dim") if tried else line, soft_wrap=True)
    console.print()


def attempts(number: int) -> str:
    return "" if number == 0 else "1 attempt" if number == 1 else f"{number} attempts"


def failure(console: Console, chapter: Chapter, outcome: Outcome) -> None:
    """One failing test, from what was expected to where to read."""
    page = chapter.page.relative_to(chapter.root).as_posix()
    got = f"not written yet: {outcome.unwritten}" if outcome.unwritten else brief(outcome.message)
    read = f"{outcome.read.rstrip('.')} ({page})" if outcome.read else page
    said = [("Expected", outcome.expected), ("Got", got), ("Where", outcome.where)]
    said += [("Why", outcome.why), ("Read", read)]
    said.append(("Printed", "\n".join(map(cut, outcome.output.rstrip().splitlines()[-MOST:]))))
    said.append(("Test", "" if outcome.phase == "collect" else outcome.nodeid))
    console.print()
    for name, text in said:
        if text:
            label, told = f"  {name:<10}", hanging(text, console.width, 12)
            console.print(Text.assemble((label, "bold"), told), soft_wrap=True)
    console.print()


def brief(message: str) -> str:
    """What was raised, without the blank lines and not at full length."""
    lines = [line for line in message.splitlines() if line.strip()]
    more = [f"… {len(lines) - MOST} lines more: make test ARGS=-v"] if len(lines) > MOST else []
    return "\n".join([*map(cut, lines[:MOST]), *more])


def cut(line: str) -> str:
    """The line, not at full length: code under test may print a megabyte without a line end."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} … ({len(line):,} letters)"


def hanging(text: str, width: int, indent: int) -> str:
    """The text, wrapped between words, with every line but the first moved in."""
    room = max(20, width - indent)
    wrap = textwrap.TextWrapper(room, break_long_words=False, break_on_hyphens=False)
    lines = [part for line in text.splitlines() for part in wrap.wrap(line) or [""]]
    return ("\n" + indent * " ").join(lines)


def headline(verdict: Verdict, outcome: Outcome) -> str:
    """What a failure is, in one line."""
    if outcome.phase == "collect":
        return "The tests cannot import your code."
    if verdict.gap is None:
        return "Every step passes, but another test of this chapter does not."
    number, title = verdict.gap.number, verdict.gap.title
    if verdict.statuses[number] == "unwritten":
        return f'Step {number}, "{title}", is not written yet.'
    return f'Step {number}, "{title}", does not hold yet.'


def progress_of(chapter: Chapter, tally: Tally) -> Text:
    """How far the reader is with a chapter, in a few words."""
    done, whole = len(tally.passed), len(chapter.steps)
    tried = sum(tally.attempts.values())
    if whole and done >= whole:
        return Text(f"done, {attempts(tried)}", "green")
    if tried or done:
        return Text(
            ", ".join(filter(None, [f"{done} of {whole} steps", attempts(tried)])), "yellow"
        )
    return Text("ready")


def contents(console: Console, rows: Iterable[tuple[str, int, str, Text]]) -> None:
    """The whole book: a row is (part, number, title, progress); parts are headings."""
    for part, chapters in groupby(rows, key=lambda row: row[0]):
        console.print(Text(f"\nPart {part}", "bold"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="right", min_width=4)
        grid.add_column(min_width=36)
        grid.add_column()
        for _, number, title, progress in chapters:
            style = "dim" if progress.plain == SOON else ""
            grid.add_row(f"{number:02}", Text(title, style), progress)
        console.print(grid)


SOON = "to come"


def begun(console: Console, root: Path, chapter: Chapter, mine: Workbook) -> None:
    """Where the workbook is, what became of it, and the next three commands."""
    place, number = shown_from(root, mine.folder), chapter.number
    said = {
        "new": f"{place} is ready, on the branch {mine.branch}: chapter {number}, {chapter.title}.",
        "there": f"{place} is there already, on the branch {mine.branch}; it stays as it is.",
        "reattached": f"{place} is back, with your branch {mine.branch}.",
        "fresh": f"{place} begins again; what you had is on the branch {mine.kept}.",
    }
    plainly(console, said[mine.state])
    page = chapter.page.relative_to(root).as_posix()
    commands(
        console,
        [
            ("make site", f"the page to read ({page})"),
            (f"cd {place}", "your code"),
            ("make check", "how far you are; make watch, on every save"),
        ],
    )
    if mine.state == "there":
        plainly(console, f"To begin again: make start CH={number:02} FRESH=1 (yours is kept)")

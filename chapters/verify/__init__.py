"""`make verify`: the eight promises that the course keeps, each checked.

Each check is a function of the course that hands back a Report; `run` prints them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from chapters.course import Course
from chapters.errors import CourseError
from chapters.verify.checkpoints import check_colours, check_earlier
from chapters.verify.consoles import check_consoles
from chapters.verify.finding import Finding, Report
from chapters.verify.layers import check_layers
from chapters.verify.listed import check_listings
from chapters.verify.mistakes import check_mistakes
from chapters.verify.shown import check_shown
from chapters.verify.suites import Suites
from chapters.verify.tagging import check_tags

__all__ = ["INVARIANTS", "Finding", "Invariant", "Report", "run"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise in words, and the function that checks it; `everything` asks for all pairs."""

    number: int
    title: str
    check: Callable[[Course, Suites, bool], Report]


INVARIANTS = (
    Invariant(
        1, "A checkpoint is red before its chapter and green ever after",
        lambda course, suites, everything: check_colours(course, suites, everything=everything),
    ),
    Invariant(
        2, "A chapter's start breaks no earlier checkpoint",
        lambda course, suites, _: check_earlier(course, suites),
    ),
    Invariant(
        3, "Every named mistake is caught, in its own words",
        lambda course, suites, _: check_mistakes(course, suites),
    ),
    Invariant(
        4, "Every new line is on its chapter's page",
        lambda course, *_: check_shown(course),
    ),
    Invariant(
        5, "Listings come from the code, by address",
        lambda course, *_: check_listings(course),
    ),
    Invariant(
        6, "Consoles show what a terminal shows",
        lambda course, *_: check_consoles(course),
    ),
    Invariant(
        7, "Tags are the same everywhere, and every file is on one list",
        lambda course, *_: check_tags(course),
    ),
    Invariant(
        8, "The package keeps its layers",
        lambda course, *_: check_layers(course),
    ),
)  # fmt: skip


def run(course: Course, *, everything: bool, console: Console, only: Sequence[int] = ()) -> bool:
    """Checks the invariants and prints a line for each, with its findings below.

    Args:
        course: what is checked.
        everything: every checkpoint on every tree, not only the telling ones.
        console: where to print.
        only: the numbers of the invariants to check; all of them when empty.

    Returns:
        Whether every invariant that was checked holds.

    Raises:
        CourseError: `only` has a number that no invariant has.
    """
    known = [invariant.number for invariant in INVARIANTS]
    for number in only:
        if number not in known:
            raise CourseError(f"there is no invariant {number}; there are 1 to {known[-1]}")
    holds = True
    with Suites(course) as suites:
        for invariant in INVARIANTS:
            if not only or invariant.number in only:
                holds &= check(invariant, course, suites, console, everything=everything)
    return holds


def check(
    invariant: Invariant, course: Course, suites: Suites, console: Console, *, everything: bool
) -> bool:
    """Checks one invariant and prints its line. A check that cannot be made is a finding."""
    began = time.monotonic()
    try:
        with console.status(f"{invariant.number} {invariant.title}"):
            report = invariant.check(course, suites, everything)
    except (CourseError, OSError, SyntaxError, UnicodeError) as error:
        finding = Finding(course.root.name, str(error), "a course that can be read")
        report = Report.of("not to the end", [finding])
    seconds = time.monotonic() - began
    mark = "[bold red]no[/]" if report.findings else "[green]ok[/]"
    checked = escape(report.checked)
    console.print(
        f"{mark} {invariant.number} {invariant.title} [dim]({checked}, {seconds:.1f} s)[/]",
        soft_wrap=True,
    )
    for finding in report.findings:
        show(finding, console)
    return not report.findings


def show(finding: Finding, console: Console) -> None:
    """A finding as a small paragraph; what was found keeps its own lines."""
    console.print(f"     [bold]{escape(finding.where)}[/]", highlight=False, soft_wrap=True)
    for line in finding.found.splitlines():
        console.print(f"       {escape(line)}", highlight=False, soft_wrap=True)
    console.print(
        f"       [dim]allowed:[/] {escape(finding.allowed)}", soft_wrap=True, highlight=False
    )

"""Invariant 6: what a page shows in a terminal is what a terminal shows."""

from __future__ import annotations

from chapters.console import Block, blocks_of, run_page
from chapters.course import Course
from chapters.verify.finding import Finding, Report, count
from chapters.verify.pages import newest, pages_of


def check_consoles(course: Course) -> Report:
    """Invariant 6."""
    pages, findings = pages_of(course)
    commands = shown_only = 0
    for source in pages:
        try:
            blocks = blocks_of(source.page, source.chapter or newest(course))
        except ValueError as error:
            findings.append(Finding(source.name, str(error), "the options of a console block"))
            continue
        shown_only += sum(block.norun for block in blocks)
        run = run_page(course, blocks, avoid=source.text) if runs(blocks) else None
        if run is not None:
            commands += run.commands
            findings += [
                Finding(f"{source.name}:{one.line}", one.found, one.allowed)
                for one in run.mismatches
            ]
    checked = f"{count(commands, 'command')} on {count(len(pages), 'page')}"
    return Report.of(f"{checked}, {count(shown_only, 'block')} not run", findings)


def runs(blocks: list[Block]) -> bool:
    return any(not block.norun for block in blocks)

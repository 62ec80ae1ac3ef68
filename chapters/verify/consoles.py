"""Invariant 6: what a page shows in a terminal is what a terminal shows."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from chapters.console import Block, PageRun, blocks_of, run_page
from chapters.course import Course
from chapters.verify.finding import Finding, Report, count
from chapters.verify.pages import Source, newest, pages_of

AT_ONCE = 3
"""Pages that run side by side: most of what they do is wait."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The console blocks of a page, and why they cannot be read; "" when they can."""

    source: Source
    blocks: list[Block]
    problem: str

    @property
    def runs(self) -> bool:
        return any(not block.norun for block in self.blocks)


def check_consoles(course: Course) -> Report:
    """Invariant 6."""
    pages, findings = pages_of(course)
    shown = [shown_on(source, course) for source in pages]
    ran = run_pages(course, [page for page in shown if page.runs])
    for page in shown:
        if page.problem:
            allowed = "the options of a console block"
            findings.append(Finding(page.source.name, page.problem, allowed))
        findings += [
            Finding(f"{page.source.name}:{one.line}", one.found, one.allowed)
            for one in ran.get(page.source.name, PageRun()).mismatches
        ]
    commands = count(sum(run.commands for run in ran.values()), "command")
    unseen = count(sum(block.norun for page in shown for block in page.blocks), "block")
    return Report.of(f"{commands} on {count(len(pages), 'page')}, {unseen} not run", findings)


def shown_on(source: Source, course: Course) -> Shown:
    try:
        return Shown(source, blocks_of(source.page, source.chapter or newest(course)), "")
    except ValueError as error:
        return Shown(source, [], str(error))


def run_pages(course: Course, pages: list[Shown]) -> dict[str, PageRun]:
    """Runs pages side by side, those with much to do first; the runs by the pages' names."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        runs: dict[str, Future[PageRun]] = {
            page.source.name: pool.submit(run_page, course, page.blocks, avoid=page.source.text)
            for page in sorted(pages, key=lambda page: len(page.blocks), reverse=True)
        }
        return {name: run.result() for name, run in runs.items()}
    finally:
        pool.shutdown(cancel_futures=True)

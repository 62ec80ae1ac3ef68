"""Runs the console blocks of a page in order and says where the output is not the page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chapters.console.blocks import Block
from chapters.console.desk import Desk, Mismatch, Stuck
from chapters.console.ports import Ports
from chapters.console.stage import Stage
from chapters.course import Course


@dataclass(slots=True)
class PageRun:
    """What came of running a page: how many commands ran, and what was not as the page says."""

    commands: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)


def run_page(course: Course, blocks: Sequence[Block], *, avoid: str = "") -> PageRun:
    """Runs blocks in their terminals, in order; no port will have a number that is in `avoid`.

    A command that never ends, or never prints what it should before it goes on, ends the run of the
    page. Whatever was started has ended when this returns.
    """
    run = PageRun()
    with Ports(avoid) as ports, Stage(course, ports) as stage, Desk(stage) as desk:
        try:
            for block in blocks:
                for mismatch in desk.play(block):
                    run.mismatches.append(mismatch)
        except Stuck as stuck:
            run.mismatches.append(stuck.mismatch)
        run.commands = desk.commands
    return run

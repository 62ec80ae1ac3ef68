"""The report: the stories of all proxies in one table, for a terminal or for a page."""

import math
from collections.abc import Callable, Iterator, Mapping

from rich.table import Table

from bench.compare import results
from bench.compare.results import Phase
from bench.compare.story import DRAINED, GOES_ON, KILLED, PHASES, STARTED, STOPPED, Story

Row = tuple[str, ...]

NOTES = (
    "a request belongs to the phase in which it was meant to begin, and its time counts from then",
    "times are those of good answers; skew is the share of the busiest upstream, 1 is a fair one",
    "tries in vain are what clients would have seen without retries; HAProxy's log counts requests",
)
"""How to read the table."""


def rows(stories: Mapping[str, Story]) -> list[Row]:
    """The head and the lines of the table."""
    lines: list[Row] = [("", *stories)]
    for name in PHASES:
        requests = max(
            (results.phase(story, name).requests for story in stories.values()), default=0
        )
        lines.append((f"errors of {requests}: {name}", *cells(stories, name, errors)))
    for what, cell in (
        (f"tries in vain: {KILLED}", lambda story: tries(*results.in_vain(story, KILLED))),
        (f"first answer: {STARTED}", lambda story: after(results.back(story, "b", story.started))),
        (f"tries in vain: {STOPPED}", lambda story: tries(*results.in_vain(story, STOPPED))),
        (f"share of c: {STOPPED}", lambda story: f"{results.share(story, 'c', STOPPED):.0%}"),
        (f"first answer: {GOES_ON}", lambda story: after(results.back(story, "c", story.went_on))),
        (f"slow answer: {DRAINED}", lambda story: story.slow),
        (f"requests to a: {DRAINED}", lambda story: reached(*results.after_drain(story, "a"))),
    ):
        lines.append((what, *(cell(story) for story in stories.values())))
    for what, of_phase in (("p50 / p99, ms", times), ("skew", skew)):
        lines += [(f"{what}: {name}", *cells(stories, name, of_phase)) for name in PHASES]
    reopened = (str(story.reopened) for story in stories.values())
    lines.append(("kept connections closed between requests", *reopened))
    return lines


def cells(stories: Mapping[str, Story], name: str, cell: Callable[[Phase], str]) -> Iterator[str]:
    """One cell for each proxy; a dash for the drain where there was none."""
    for story in stories.values():
        has_been = name != DRAINED or story.drained is not None
        yield cell(results.phase(story, name)) if has_been else "-"


def errors(phase: Phase) -> str:
    """How many errors, and of which kinds: "3 (502: 2, reset: 1)"."""
    if not phase.errors:
        return "0"
    each = ", ".join(f"{kind}: {count}" for kind, count in phase.errors.most_common())
    return f"{phase.errors.total()} ({each})"


def times(phase: Phase) -> str:
    """The median, and what one of a hundred is slower than."""
    return f"{phase.p50:.0f} / {phase.p99:.0f}"


def skew(phase: Phase) -> str:
    """A multiple of the fair share."""
    return f"{phase.skew:.2f}"


def tries(count: int, last: float) -> str:
    """How many tries, and when the last one was known."""
    return f"{count}, last after {last:.1f} s" if count else "0"


def after(seconds: float) -> str:
    """A time, or never."""
    return "never" if math.isnan(seconds) else f"after {seconds:.1f} s"


def reached(count: int | None, last: float) -> str:
    """How many requests reached the drained one."""
    if count is None:
        return "-"
    return f"{count}, last after {last:.2f} s" if count else "0"


def table(lines: list[Row]) -> Table:
    """For a terminal."""
    head, *rest = lines
    made = Table(*head)
    for line in rest:
        made.add_row(*line)
    return made


def markdown(facts: list[str], lines: list[Row]) -> str:
    """For a page: what was measured, how, and the table."""
    head, *rest = ("| " + " | ".join(line) + " |" for line in lines)
    rule = "|---" * len(lines[0]) + "|"
    told = (f"- {fact}" for fact in (*facts, *NOTES))
    return "\n".join([*told, "", head, rule, *rest, ""])

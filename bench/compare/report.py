"""The report: the stories of all proxies in one table, for a terminal or for a page."""

import math
from collections import Counter
from collections.abc import Mapping

from rich.table import Table

from bench.compare import results
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
    phases = {name: [results.phase(story, name) for story in stories.values()] for name in PHASES}
    for name, seen in phases.items():
        requests = seen[0].requests if seen else 0
        lines.append((f"errors of {requests}: {name}", *(kinds(each.errors) for each in seen)))
    for what, cell in (
        (f"tries in vain: {KILLED}", lambda story: tries(*results.in_vain(story, KILLED))),
        (f"first answer: {STARTED}", lambda story: after(results.back(story, "b", story.started))),
        (f"tries in vain: {STOPPED}", lambda story: tries(*results.in_vain(story, STOPPED))),
        (f"share of c: {STOPPED}", lambda story: percent(results.share(story, "c", STOPPED))),
        (f"first answer: {GOES_ON}", lambda story: after(results.back(story, "c", story.went_on))),
        (f"slow answer: {DRAINED}", lambda story: story.slow),
        (f"requests to a: {DRAINED}", reached),
    ):
        lines.append((what, *(cell(story) for story in stories.values())))
    for name, seen in phases.items():
        lines.append((f"p50 / p99, ms: {name}", *(f"{e.p50:.0f} / {e.p99:.0f}" for e in seen)))
    for name, seen in phases.items():
        lines.append((f"skew: {name}", *(f"{each.skew:.2f}" for each in seen)))
    reopened = (str(story.reopened) for story in stories.values())
    lines.append(("kept connections closed between requests", *reopened))
    return lines


def kinds(errors: Counter[str]) -> str:
    """How many errors, and of which kinds: "3 (502: 2, reset: 1)"."""
    if not errors:
        return "0"
    each = ", ".join(f"{kind}: {count}" for kind, count in errors.most_common())
    return f"{errors.total()} ({each})"


def tries(count: int, last: float) -> str:
    """How many tries, and when the last one was known."""
    return f"{count}, last after {last:.1f} s" if count else "0"


def after(seconds: float) -> str:
    """A time, or never."""
    return "never" if math.isnan(seconds) else f"after {seconds:.1f} s"


def percent(share: float) -> str:
    """A share."""
    return f"{share:.0%}"


def reached(story: Story) -> str:
    """The requests that reached the drained one."""
    if story.drained is None:
        return "-"
    count, last = results.after_drain(story, "a")
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

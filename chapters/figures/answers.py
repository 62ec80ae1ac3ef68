"""A lane for each upstream, a bar for each request: as high as its answer took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chapters.figures.over_time import Course, Seen
from chapters.figures.trace import Entry, Score
from chapters.simulation.percentile import percentile
from chapters.simulation.requests import Request

NAMES = ("first", "second", "third")


def course(done: Sequence[Request], gap: float) -> Course:
    """A bar for each request, and a cross for each that got no answer.

    `gap`: seconds from one request to the next, so that bars of an upstream do not touch.
    """
    seen = []
    for request in done:
        lane, at = NAMES[request.tries[0].upstream], request.arrival.at
        if request.has_failed:
            entry = Entry(lane, "lost", at, at)
        else:
            entry = Entry(lane, "first", at, round(at + 2 * gap, 3), round(request.took * 1000))
        seen.append(Seen(request.ended, entry))
    seen.sort(key=lambda each: each.at)
    return Course(seen, lambda now: scores(done, now), 0.4)


def scores(done: Sequence[Request], now: float) -> Iterator[Score]:
    """How many answers there were up to a moment, and how long they took."""
    for number, name in enumerate(NAMES):
        own = [each for each in done if each.tries[0].upstream == number and each.ended <= now]
        took = [each.took for each in own if not each.has_failed]
        lost = len(own) - len(took)
        if own:
            counted = f"{len(took)} answered" + (f", {lost} lost" if lost else "")
            yield Score(name, f"{counted + ':':<24} p50 {ms(took, 50)}, p99 {ms(took, 99)} ms")


def ms(took: Sequence[float], percent: int) -> str:
    """A percentile in whole milliseconds."""
    value = percentile(took, percent)
    return "-" if value is None else f"{value * 1000:.0f}"


def answered(done: Sequence[Request], number: int) -> int:
    """How many answers came of one upstream."""
    return sum(each.tries[0].upstream == number and not each.has_failed for each in done)

"""Invariants 1 and 2: checkpoint tests are red before their chapter and green ever after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from chapters.checkpoint import Outcome
from chapters.course import Chapter, Course
from chapters.verify.derived import unclean_trees
from chapters.verify.finding import Finding, Report, count
from chapters.verify.suites import Suite, Suites

AIM = 2.0
"""Seconds that the tests of one checkpoint should take together, at most."""

SECONDS = 3.0
"""What they may take: a busy machine is no finding."""

AGAIN = 2
"""How often a checkpoint that took longer is run again."""

Run = Future[Suite]


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs that one chapter's checkpoint is judged by."""

    chapter: Chapter
    before: list[tuple[str, Run]]
    """Trees of earlier chapters: the set is red."""
    start: Run
    steps: list[Run]
    """The tree after each step but the last, from the first on."""
    end: Run
    after: list[tuple[str, Run]]
    """Trees from the chapter's end on, by name: each test is green."""


def check_colours(course: Course, suites: Suites, *, everything: bool) -> Report:
    """Invariant 1: red before and at the start, greener step by step, green from the end on."""
    # The last first: theirs are the longest runs, and nothing should wait for those alone.
    late = [runs_of(one, course, suites, everything=everything) for one in course.chapters[::-1]]
    asked = late[::-1]
    findings = [finding for runs in asked for finding in judge(runs)]
    seconds = {runs.chapter.tests: quickest(runs, course, suites) for runs in asked}
    findings += [slow(tests, took) for tests, took in seconds.items() if took > SECONDS]
    findings += unclean_trees(course)
    slowest = max(seconds.values(), default=0.0)
    tests = sum(len(run.end.result().of_chapter(run.chapter.tests)) for run in asked)
    trees = sum(len(run.before) + 1 + len(run.steps) + len(run.after) for run in asked)
    took = f"slowest suite {slowest:.2f} s of {AIM:g} s"
    return Report.of(f"{count(tests, 'test')} on {count(trees, 'tree')}, {took}", findings)


def check_earlier(course: Course, suites: Suites) -> Report:
    """Invariant 2: what earlier chapters taught still holds at the start of a chapter."""
    runs = [(chapter, start_of(chapter, course, suites)) for chapter in course.chapters]
    findings: list[Finding] = []
    tests = 0
    for chapter, run in runs:
        suite = run.result()
        where = f"start of chapter {chapter.number:02}"
        if suite.error:
            findings.append(Finding(where, suite.error, "a run of pytest"))
        earlier = [one for one in suite.outcomes if one.chapter != chapter.tests]
        tests += len(earlier)
        findings += not_green(earlier, where, "green: the start may take nothing away")
    return Report.of(f"{count(tests, 'test')} on {count(len(runs), 'start tree')}", findings)


def runs_of(chapter: Chapter, course: Course, suites: Suites, *, everything: bool) -> Runs:
    """Asks for every run of a chapter's checkpoint, so that they run side by side."""
    number = chapter.number
    numbers = [one.number for one in course.chapters]
    earlier = [0, *(one for one in numbers if one < number)]
    later = [one for one in numbers if one > number]
    ended = later
    if not everything:
        earlier, ended, later = earlier[-1:], [], later[:1]
    ends = [(f"end of {one:02}", suites.run(course.tree(one), numbers[:one])) for one in ended]
    starts = [
        (f"start of {one:02}", start_of(course.chapter(one), course, suites)) for one in later
    ]
    return Runs(
        chapter,
        before=[(f"end of {one:02}", suites.run(course.tree(one), [number])) for one in earlier],
        start=start_of(chapter, course, suites),
        steps=[suites.run(course.at(number, step.number), [number]) for step in chapter.steps[:-1]],
        end=suites.run(course.tree(number), [number]),
        after=[*ends, *starts, ("HEAD", suites.run_head())],
    )


def start_of(chapter: Chapter, course: Course, suites: Suites) -> Run:
    numbers = [one.number for one in course.chapters if one.number <= chapter.number]
    return suites.run(course.start(chapter.number), numbers)


def judge(runs: Runs) -> Iterator[Finding]:
    chapter = runs.chapter
    end = runs.end.result()
    if end.error:
        yield Finding(f"end of chapter {chapter.number:02}", end.error, "a run of pytest")
        return
    yield from judge_steps(chapter, end.of_chapter(chapter.tests))
    yield from judge_start(runs)
    for name, run in runs.before:
        outcomes = run.result().of_chapter(chapter.tests)
        if outcomes and all(outcome.is_green for outcome in outcomes):
            found = f"every test of {chapter.tests} is green"
            yield Finding(name, found, "red: the chapter has to bring something new")
    yield from judge_progress(runs)
    for name, run in [(f"end of {chapter.number:02}", runs.end), *runs.after]:
        suite = run.result()
        if suite.error:
            yield Finding(name, suite.error, "a run of pytest")
        yield from not_green(suite.of_chapter(chapter.tests), name, "green from the chapter on")


def quickest(runs: Runs, course: Course, suites: Suites) -> float:
    """What the checkpoint's tests take; a run that seems slow is repeated, without company."""
    seconds = runs.end.result().seconds
    for _ in range(AGAIN):
        if seconds <= SECONDS:
            break
        number = runs.chapter.number
        again = suites.run_alone(course.tree(number), number)
        seconds = min(seconds, again.seconds)
    return seconds


def slow(tests: str, seconds: float) -> Finding:
    found = f"the tests take {seconds:.2f} s"
    allowed = f"{AIM:g} s, and {SECONDS:g} s on a busy machine; longer ones belong to tests/slow"
    return Finding(tests, found, allowed)


def judge_steps(chapter: Chapter, outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    """Every test names a step of the chapter, and every step has a test."""
    steps = {step.number for step in chapter.steps}
    named = set()
    for outcome in outcomes:
        named.add(outcome.step)
        if outcome.step not in steps:
            mark = "no @step" if outcome.step is None else f"@step({outcome.step})"
            yield Finding(outcome.nodeid, f"it has {mark}", f"@step of {sorted(steps)}")
    for step in sorted(steps - named):
        yield Finding(chapter.tests, f"no test has @step({step})", "a test for each step")


def judge_start(runs: Runs) -> Iterator[Finding]:
    name = f"start of {runs.chapter.number:02}"
    suite = runs.start.result()
    if suite.error:
        yield Finding(name, suite.error, "a run of pytest")
    allowed = "red in the test itself, never in its setup or its import"
    for outcome in suite.outcomes:
        ours = outcome.chapter == runs.chapter.tests
        if ours and not outcome.is_red:
            yield Finding(name, str(outcome), allowed)


def judge_progress(runs: Runs) -> Iterator[Finding]:
    """With K steps solved, their tests are green and those of step K + 1 are red."""
    for solved, run in enumerate(runs.steps, 1):
        name = f"chapter {runs.chapter.number:02} with {count(solved, 'step')} solved"
        suite = run.result()
        if suite.error:
            yield Finding(name, suite.error, "a run of pytest")
        for outcome in suite.outcomes:
            step = outcome.step or 0
            if step <= solved and not outcome.is_green:
                yield Finding(name, str(outcome), f"green: it is a test of step {step}")
            if step == solved + 1 and not outcome.is_red:
                yield Finding(name, str(outcome), f"red: step {step} is not solved yet")


def not_green(outcomes: Iterable[Outcome], where: str, allowed: str) -> Iterator[Finding]:
    for outcome in outcomes:
        if not outcome.is_green:
            yield Finding(where, str(outcome), allowed)

"""The log of attempts: what counts as one."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chapters.checkpoint import Status, Verdict
from chapters.course import Step
from chapters.errors import CourseError
from chapters.progress import Progress, Tally, digest

STEPS = {number: Step(number, "A step", (), ()) for number in (1, 2)}


def verdict(first: Status, second: Status) -> Verdict:
    """Of a chapter of two steps."""
    found: dict[int, Status] = {1: first, 2: second}
    gaps = [STEPS[number] for number, status in found.items() if status != "passed"]
    return Verdict(found, gaps[0] if gaps else None, None, "")


def progress(folder: Path) -> Progress:
    minutes = iter(range(60))
    return Progress(
        folder,
        clock=lambda: datetime(2025, 1, 31, 12, tzinfo=UTC) + timedelta(minutes=next(minutes)),
    )


def outcomes(folder: Path) -> list[tuple[int, str]]:
    lines = (folder / "workbook/attempts.jsonl").read_text(encoding="utf-8").splitlines()
    return [(event["step"], event["outcome"]) for event in map(json.loads, lines)]


def test_new_code_is_an_attempt_and_looking_again_is_not(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(1, verdict("unwritten", "unwritten"), "a")
    log.judged(1, verdict("failed", "unwritten"), "b")
    log.judged(1, verdict("failed", "unwritten"), "b")
    log.judged(1, verdict("failed", "unwritten"), "c")
    log.judged(1, verdict("passed", "unwritten"), "d")
    log.judged(1, verdict("passed", "unwritten"), "e")
    assert outcomes(tmp_path) == [
        (1, "unwritten"),
        (1, "failed"),
        (1, "failed"),
        (1, "passed"),
        (2, "unwritten"),
        (2, "unwritten"),
    ]
    tally = log.tally(1)
    assert tally.passed == {1}
    assert tally.attempts == {1: 3}


def test_the_digest_of_a_workbook_is_of_all_its_code_and_of_nothing_else(tmp_path: Path) -> None:
    found = set()
    for path, text in [("a.py", "1"), ("a.py", "2"), ("b/c.py", "1"), ("b/d.py", "1")]:
        target = tmp_path / "reverseproxy" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        found.add(digest(tmp_path))
    assert len(found) == 4
    (tmp_path / "main.py").write_text("1", encoding="utf-8")
    assert digest(tmp_path) in found


def test_a_step_behind_the_first_gap_is_not_judged_unless_it_passes(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(1, verdict("failed", "failed"), "a")
    assert outcomes(tmp_path) == [(1, "failed")]
    log.judged(1, verdict("failed", "passed"), "b")
    assert log.tally(1).attempts == {1: 2, 2: 1}


def test_a_step_that_is_only_reached_is_no_attempt(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(1, verdict("passed", "failed"), "a")
    log.judged(1, verdict("passed", "failed"), "a")
    assert log.tally(1).attempts == {1: 1}
    log.judged(1, verdict("passed", "failed"), "b")
    assert log.tally(1).attempts == {1: 1, 2: 1}


def test_a_step_that_breaks_again_is_no_longer_passed(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(1, verdict("passed", "passed"), "a")
    assert log.tally(1).passed == {1, 2}
    log.judged(1, verdict("failed", "passed"), "b")
    assert log.tally(1).passed == {2}


def test_a_line_says_when_and_for_which_code(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(7, verdict("failed", "unwritten"), "abc")
    (line,) = (tmp_path / "workbook/attempts.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "time": "2025-01-31T12:00:00+00:00",
        "chapter": 7,
        "step": 1,
        "outcome": "failed",
        "code": "abc",
    }


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "workbook").write_text("no folder", encoding="utf-8")
    with pytest.raises(CourseError, match=r"attempts\.jsonl cannot be written: "):
        progress(tmp_path).add(1, 0, "started")


def test_a_new_start_begins_to_count_anew_and_chapters_are_apart(tmp_path: Path) -> None:
    log = progress(tmp_path)
    log.judged(1, verdict("passed", "failed"), "a")
    log.judged(2, verdict("passed", "passed"), "a")
    log.add(1, 2, "hint", "2")
    assert (log.latest(), log.hint_level(1, 2)) == (1, 2)
    log.add(1, 0, "started")
    assert log.tally(1) == Tally(frozenset(), {})
    assert log.hint_level(1, 2) == 0
    assert log.tally(2).passed == {1, 2}

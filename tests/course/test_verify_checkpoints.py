"""Invariants 1 to 3, on a course that keeps them and on one with a violation of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapters.course import Course, Tree
from chapters.verify import checkpoints
from chapters.verify.checkpoints import check_colours, check_earlier
from chapters.verify.derived import unclean_trees
from chapters.verify.finding import Finding, Report
from chapters.verify.mistakes import check_mistakes
from chapters.verify.suites import Suites
from tests.course.fixture_course import edit
from tests.course.verified_course import make_verified_course

CROOKED_TESTS = """
    import pytest

    from tests.support.steps import step

    from reverseproxy import greet
    from reverseproxy.greeting import name_of


    @pytest.fixture
    def words():
        return greet("bo")


    @step(1)
    def test_green_from_the_start():
        assert True


    @step(2)
    def test_red_in_its_setup(words):
        assert words


    @step(2)
    def test_never_green():
        assert greet("bo") == "nothing of the kind"


    @step(2)
    @pytest.mark.skip
    def test_skipped():
        assert greet("bo")


    @step(2)
    def test_green_too_early():
        assert name_of("bo")


    @step(1)
    def test_green_too_late():
        assert greet("bo")


    def test_of_no_step():
        assert greet("bo")


    @step(9)
    def test_of_an_unknown_step():
        assert greet("bo")
"""

EMPTY_TESTS = """
    from tests.support.steps import step


    @step(1)
    def test_green_without_the_chapter():
        assert True
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_verified_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def suites(course: Course) -> Iterator[Suites]:
    with Suites(course) as runs:
        yield runs


@pytest.fixture(scope="module")
def crooked(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What is found with tests that break every rule for tests."""
    files = {
        "tests/chapter_01/test_crooked.py": CROOKED_TESTS,
        "tests/chapter_02/test_loud.py": EMPTY_TESTS,
    }
    course = make_verified_course(tmp_path_factory.mktemp("crooked"), files)
    with Suites(course) as runs:
        return check_colours(course, runs, everything=False)


def about(report: Report, *words: str) -> list[Finding]:
    """The findings that say all these words, somewhere."""
    return [
        finding
        for finding in report.findings
        if all(word in f"{finding.where} {finding.found} {finding.allowed}" for word in words)
    ]


def test_a_clean_course_keeps_the_first_three(course: Course, suites: Suites) -> None:
    assert check_colours(course, suites, everything=True).findings == ()
    assert check_earlier(course, suites).findings == ()
    report = check_mistakes(course, suites)
    assert report.findings == ()
    assert report.checked == "1 mistake made"


@pytest.mark.parametrize(
    ("test", "where", "said"),
    [
        ("test_green_from_the_start", "start of 01", "passed"),
        ("test_red_in_its_setup", "start of 01", "failed in setup"),
        ("test_never_green", "end of 01", "failed"),
        ("test_never_green", "start of 02", "failed"),
        ("test_never_green", "HEAD", "failed"),
        ("test_skipped", "end of 01", "skipped"),
        ("test_skipped", "start of 01", "skipped"),
        ("test_green_too_early", "chapter 01 with 1 step solved", "passed"),
        ("test_green_too_late", "chapter 01 with 1 step solved", "failed"),
        ("test_of_no_step", "", "no @step"),
        ("test_of_an_unknown_step", "", "@step(9)"),
    ],
)
def test_a_crooked_test_is_found(crooked: Report, test: str, where: str, said: str) -> None:
    assert about(crooked, test, where, said)


def test_straight_tests_beside_crooked_ones_are_not_accused(crooked: Report) -> None:
    assert not about(crooked, "test_greeting.py")


def test_a_chapter_that_brings_nothing_new_is_found(crooked: Report) -> None:
    assert about(crooked, "end of 01", "every test of tests/chapter_02 is green")


def test_a_step_without_a_test_is_found(crooked: Report) -> None:
    assert about(crooked, "tests/chapter_02", "no test has @step(2)")


def test_a_test_that_cannot_be_imported_is_neither_red_nor_green(tmp_path: Path) -> None:
    course = make_verified_course(
        tmp_path, {"tests/chapter_02/test_loud.py": "import no_such_module\n"}
    )
    with Suites(course) as runs:
        (outcome,) = runs.run(course.start(2), [2]).result().outcomes
    assert not outcome.is_green
    assert not outcome.is_red
    assert "failed in collect: ModuleNotFoundError" in str(outcome)


def test_a_tree_in_which_pytest_cannot_run_says_why(tmp_path: Path) -> None:
    course = make_verified_course(tmp_path, {"tests/conftest.py": "import no_such_module\n"})
    with Suites(course) as runs:
        assert "no_such_module" in runs.run(course.tree(1), [1]).result().error
        assert about(check_earlier(course, runs), "start of chapter 02", "no_such_module")


def test_a_run_without_a_word_is_no_run(course: Course, suites: Suites) -> None:
    conftest = b"import os\nos._exit(1)\n"
    run = suites.run({**course.tree(1), "tests/chapter_01/conftest.py": conftest}, [1])
    assert run.result().error == "pytest ended with exit code 1"


def test_a_slow_checkpoint_is_found(
    course: Course, suites: Suites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS", -1.0)
    monkeypatch.setattr(checkpoints, "AGAIN", 1)
    report = check_colours(course, suites, everything=False)
    assert [finding.where for finding in report.findings] == [
        "tests/chapter_01",
        "tests/chapter_02",
    ]
    assert "the tests take" in report.findings[0].found


def test_a_checkpoint_that_takes_a_little_longer_than_it_should_is_no_finding(
    course: Course, suites: Suites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "AIM", 0.0)
    report = check_colours(course, suites, everything=False)
    assert report.findings == ()
    assert report.checked.endswith(" s of 0 s")


def test_a_start_that_breaks_an_earlier_chapter_is_found(tmp_path: Path) -> None:
    tests = """
        from tests.support.steps import step

        from reverseproxy import greet

        @step(2)
        def test_a_greeting_is_quiet():
            assert greet("bo") == "hello bo!"
    """
    course = make_verified_course(tmp_path, {"tests/chapter_01/test_quiet.py": tests})
    toml = course.root / "chapters" / "02-loud" / "chapter.toml"
    edit(toml, "told =", 'given = ["reverseproxy/greeting.py:greet"]\ntold =')
    edit(toml, '\n[[steps]]\ntitle = "A loud greeting"\n', "")
    edit(toml, 'symbols = ["reverseproxy/greeting.py:greet"]\n', "")
    course = Course.load(course.root)
    with Suites(course) as runs:
        report = check_earlier(course, runs)
    assert about(report, "start of chapter 02", "test_a_greeting_is_quiet", "failed")


def test_loose_ends_in_a_tree_on_the_way_are_found(tmp_path: Path) -> None:
    course = make_verified_course(tmp_path)
    edit(course.root / "reverseproxy" / "loud.py", "words.upper()", "words.upper() + missing")
    findings = list(unclean_trees(Course.load(course.root)))
    assert [finding.where for finding in findings] == [
        "chapter 02 with 1 step solved",
        "chapter 02 with 2 steps solved",
    ]
    assert all("F821" in finding.found for finding in findings)


class Forgetful(Course):
    """A course whose steps do not lead to its end."""

    __slots__ = ()

    def at(self, number: int, step: int) -> Tree:
        tree = dict(super().at(number, step))
        tree.pop("reverseproxy/greeting.py")
        return tree


def test_steps_that_do_not_lead_to_the_end_are_found(course: Course) -> None:
    findings = list(unclean_trees(Forgetful.load(course.root)))
    assert {finding.found for finding in findings} == {
        "reverseproxy/greeting.py is not as at the chapter's end"
    }


def test_suites_run_with_none_of_our_own_settings(
    course: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Suites(course) as runs:
        suite = runs.run(course.tree(1), [1]).result()
    assert suite.error == ""
    assert all(outcome.is_green for outcome in suite.outcomes)

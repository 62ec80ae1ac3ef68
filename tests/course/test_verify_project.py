"""Invariants 7 and 8, and the report of all eight."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from chapters.course import Course
from chapters.errors import CourseError
from chapters.verify import INVARIANTS, run, tagging
from chapters.verify.finding import Finding
from chapters.verify.layers import check_layers
from chapters.verify.tagging import check_tags
from tests.course.fixture_course import edit
from tests.course.verified_course import make_verified_course, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_verified_course(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course that nothing is planted in."""
    return make_verified_course(tmp_path_factory.mktemp("course"))


def layers(root: Path) -> tuple[Finding, ...]:
    return check_layers(Course.load(root)).findings


def misplaced(root: Path) -> list[Finding]:
    return list(tagging.misplaced_files(Course.load(root)))


def printed(course: Course, *only: int, everything: bool = False) -> tuple[bool, str]:
    console = Console(file=io.StringIO(), width=200)
    holds = run(course, everything=everything, console=console, only=only)
    assert isinstance(console.file, io.StringIO)
    return holds, console.file.getvalue()


def test_a_clean_course_has_the_same_tags_everywhere(course: Course) -> None:
    report = check_tags(course)
    assert report.findings == ()
    assert report.checked == "4 tags twice, 3 files"


def test_tags_that_depend_on_the_machine_are_found(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = "import json, os; print(json.dumps({'chapter-01': os.environ.get('TZ', 'here')}))"
    monkeypatch.setattr(tagging, "BUILD", build)
    (finding,) = check_tags(course).findings
    assert finding.where == "chapter-01"
    assert "Kiritimati" in finding.found


def test_tags_that_cannot_be_built_are_found(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tagging, "BUILD", "raise SystemExit('no such luck')")
    (finding,) = check_tags(course).findings
    assert "no such luck" in finding.found


def test_a_file_on_no_list_is_found(root: Path) -> None:
    write(root, "reverseproxy/stray.py", "A = 1\n")
    (finding,) = misplaced(root)
    assert (finding.where, finding.found) == ("reverseproxy/stray.py", "it is on no list")


def test_a_file_on_two_lists_is_found(root: Path) -> None:
    course = Course.load(root)
    toml = root / "chapters" / "02-loud" / "chapter.toml"
    edit(toml, 'added = ["', 'added = ["reverseproxy/greeting.py", "')
    (finding, *_) = tagging.misplaced_files(course)
    assert "reverseproxy/greeting.py" in finding.found


def test_a_version_that_changes_nothing_is_found(root: Path) -> None:
    old = root / "chapters" / "01-greet" / "reverseproxy" / "greeting.py"
    old.write_bytes((root / "reverseproxy" / "greeting.py").read_bytes())
    findings = misplaced(root)
    assert "the version of chapter 02 is that of chapter 01" in [one.found for one in findings]


def test_a_version_that_no_chapter_needs_is_found(root: Path) -> None:
    course = Course.load(root)
    write(root, "chapters/01-greet/reverseproxy/loud.py", "A = 1\n")
    (finding,) = tagging.misplaced_files(course)
    assert "must not be here" in finding.found


def test_a_clean_package_keeps_its_layers(course: Course) -> None:
    report = check_layers(course)
    assert report.findings == ()
    assert report.checked == "3 modules"


def test_an_import_that_goes_up_is_found(root: Path) -> None:
    loud = root / "reverseproxy" / "loud.py"
    loud.write_text(f"import reverseproxy.greeting\n{loud.read_text()}")
    (finding,) = layers(root)
    assert "reverseproxy.loud is not allowed to import reverseproxy.greeting" in finding.found


def test_a_module_on_no_layer_is_found(root: Path) -> None:
    write(root, "reverseproxy/stray.py", "A = 1\n")
    (finding,) = layers(root)
    assert "reverseproxy.stray" in finding.found


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import time", "it imports time"),
        ("from time import monotonic", "it imports monotonic from time"),
        ("import asyncio.events", "it imports asyncio.events"),
        ("from socket import AF_INET", "it imports AF_INET from socket"),
        ("from random import choice", "it imports choice from random"),
        ("import random as r\n\nA = r.random()", "it uses random.random"),
    ],
)
def test_an_impure_core_is_found(root: Path, code: str, said: str) -> None:
    greeting = root / "reverseproxy" / "greeting.py"
    greeting.write_text(f"{greeting.read_text()}\n{code}\n")
    assert said in [finding.found for finding in layers(root)]


def test_a_random_source_that_is_passed_in_is_no_finding(root: Path) -> None:
    greeting = root / "reverseproxy" / "greeting.py"
    code = "import random\nfrom random import Random\n\nA = (random.Random, Random)\n"
    greeting.write_text(f"{greeting.read_text()}\n{code}")
    assert layers(root) == ()


def test_a_module_of_the_core_that_no_contract_keeps_pure_is_found(root: Path) -> None:
    edit(root / "pyproject.toml", '"(greeting)"', '"(greeting) : (polite)"')
    write(root, "reverseproxy/polite.py", "A = 1\n")
    (finding,) = layers(root)
    assert "reverseproxy.polite is in the core" in finding.found


def test_contracts_that_are_missing_are_found(root: Path) -> None:
    edit(root / "pyproject.toml", 'type = "layers"', 'type = "independence"')
    (finding,) = layers(root)
    assert "layers" in finding.found


def test_a_line_is_printed_for_each_invariant_that_is_asked_for(course: Course) -> None:
    holds, text = printed(course, 4, 8)
    assert holds
    first, second = text.splitlines()
    assert first.startswith("ok 4 Every new line is on its chapter's page (8 lines of 2 chapters, ")
    assert first.endswith(" s)")
    assert second.startswith("ok 8")


def test_findings_are_printed_below_their_invariant(root: Path) -> None:
    page = root / "docs" / "chapters" / "01-greet.md"
    edit(page, "reverseproxy/greeting.py:name_of", "reverseproxy/greeting.py:[bold]")
    holds, text = printed(Course.load(root), 5)
    assert not holds
    lines = text.splitlines()
    assert lines[0].startswith("no 5")
    assert lines[1].strip() == "docs/chapters/01-greet.md:5"
    assert "reverseproxy/greeting.py:[bold]" in lines[2]
    assert lines[3].strip().startswith("allowed:")


def test_a_course_that_cannot_be_read_any_more_is_a_finding(root: Path) -> None:
    course = Course.load(root)
    (root / "reverseproxy" / "loud.py").unlink()
    holds, text = printed(course, 5)
    assert not holds
    assert "loud.py" in text


def test_an_invariant_that_there_is_not_is_refused(course: Course) -> None:
    with pytest.raises(CourseError, match="no invariant 9; there are 1 to 8"):
        printed(course, 9)


def test_there_are_eight_invariants() -> None:
    assert [invariant.number for invariant in INVARIANTS] == [1, 2, 3, 4, 5, 6, 7, 8]

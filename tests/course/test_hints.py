"""`hint`, `solution` and `diff`: help in doses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chapters.hints import sections
from chapters.solutions import chapter_diff
from chapters.trees import write_tree
from tests.course.fixture_course import PROJECT
from tests.course.terminal import Terminal, package


def test_each_call_shows_the_next_hint_and_the_last_points_to_the_solution(
    terminal: Terminal,
) -> None:
    texts = ("Read the docstring.", "Do what it says.", "Return what it promises.")
    for level, text in enumerate(texts, 1):
        said = terminal.run("hint", "1", "2")
        assert said.code == 0
        assert f"hint {level} of 3" in said.out
        assert text in said.out
        assert sum(other in said.out for other in texts) == 1
    assert "make solution CH=01 STEP=2" in said.out
    assert "hint 3 of 3" in terminal.run("hint", "1", "2").out
    assert "hint 1 of 3" in terminal.run("hint", "1", "1").out


def test_a_level_can_be_asked_for(terminal: Terminal) -> None:
    assert "hint 2 of 3" in terminal.run("hint", "1", "2", "--level", "2").out
    assert "hint 1 of 3" in terminal.run("hint", "1", "2", "--level", "1").out
    assert "hint 3 of 3" in terminal.run("hint", "1", "2").out
    assert terminal.run("hint", "1", "2", "--level", "4").code == 2


def test_without_a_step_the_hint_is_for_the_first_that_has_not_passed(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 1)
    terminal.run("check")
    assert "step 2, The first one counts" in terminal.run("hint").out


@pytest.mark.parametrize("verb", ["hint", "solution"])
def test_an_unknown_step_is_named_with_those_that_there_are(terminal: Terminal, verb: str) -> None:
    said = terminal.run(verb, "1", "4")
    assert said.code == 2
    assert "chapter 1 has no step 4; there are steps 1 to 3" in said.err


def test_a_hint_that_is_missing_is_named_with_its_file(terminal: Terminal) -> None:
    hints = terminal.root / "chapters/01-fields/hints.md"
    text = hints.read_text(encoding="utf-8")
    hints.write_text(text.replace("### Approach", "### Aproach"), encoding="utf-8")
    said = terminal.run("hint", "1", "1")
    assert said.code == 2
    assert "chapters/01-fields/hints.md: no text under '## Step 1', '### Approach'" in said.err
    hints.write_text("## Step 1\n```text\n### Nudge\n", encoding="utf-8")
    assert "hints.md: line 2: the block opened here" in terminal.run("hint", "1", "1").err
    hints.unlink()
    assert "hints.md does not exist" in terminal.run("hint", "1", "1").err


def test_a_heading_in_a_code_block_is_code() -> None:
    text = "## Step 1\none\n```text\n## no heading\n```\n## Step 2\ntwo"
    found = sections(text, "##")
    assert found == {"Step 1": "one\n```text\n## no heading\n```", "Step 2": "two"}


def test_the_solution_is_the_code_of_the_step_with_what_it_needs(terminal: Terminal) -> None:
    said = terminal.run("solution", "1", "1")
    assert said.code == 0
    assert "# reverseproxy/fields.py: imports\nimport re\n" in said.out
    assert "TOKEN = re.compile(" in said.out
    assert "if not TOKEN.fullmatch(normal(name)):\n        raise FieldInvalid(name)" in said.out
    assert "def parse" not in said.out
    assert "\x1b[" not in said.out


def test_the_solution_of_a_step_that_removes_something_says_so(terminal: Terminal) -> None:
    said = terminal.run("solution", "3", "2")
    assert said.code == 0
    assert "# _unfolded is not there any more" in said.out


def test_every_solution_can_be_shown(terminal: Terminal) -> None:
    for chapter in terminal.course().chapters:
        for step in chapter.steps:
            said = terminal.run("solution", str(chapter.number), str(step.number))
            assert said.code == 0, said.err
            assert "NotImplementedError" not in said.out


def test_a_chapter_as_a_diff_has_no_tests_unless_they_are_asked_for(terminal: Terminal) -> None:
    said = terminal.run("diff", "3")
    assert said.code == 0
    assert "+++ b/reverseproxy/compat.py" in said.out
    assert "--- a/reverseproxy/legacy.py\n+++ /dev/null" in said.out
    assert "tests/" not in said.out
    assert "+++ b/tests/chapter_03/test_guards.py" in terminal.run("diff", "3", "--tests").out


def test_the_diff_of_the_solution_replaces_stubs(terminal: Terminal) -> None:
    said = terminal.run("diff", "1", "--solution")
    assert '-    raise NotImplementedError("Chapter 1, step 1: ' in said.out
    assert "main.py" not in said.out


@pytest.mark.parametrize(("colours", "flags"), [({}, "-R"), ({"NO_COLOR": "1"}, "")])
def test_a_pager_gets_colours_only_when_it_is_told_to_show_them(
    terminal: Terminal, tmp_path: Path, colours: dict[str, str], flags: str
) -> None:
    less = tmp_path / "less"
    less.write_text(f'#!/bin/sh\n(echo "$LESS"; cat) > "{tmp_path}/shown"\n', encoding="utf-8")
    less.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name != "LESS"}
    main, screen = os.openpty()
    try:
        subprocess.run(
            [sys.executable, str(PROJECT / "chapters"), "diff", "1"],
            stdin=screen, stdout=screen, stderr=screen, check=True, cwd=terminal.root,
            env=kept | {"PAGER": str(less), "TERM": "xterm"} | colours,
        )  # fmt: skip
    finally:
        os.close(screen)
        os.close(main)
    said, text = (tmp_path / "shown").read_text(encoding="utf-8").split("\n", 1)
    assert said == flags
    assert ("\x1b[" in text) == (not colours)
    assert "+++ b/main.py" in text


@pytest.mark.parametrize("from_start", [False, True])
def test_a_diff_applies_to_what_was_before(terminal: Terminal, from_start: bool) -> None:
    course = terminal.course()
    for chapter in course.chapters:
        number = chapter.number
        before = course.start(number) if from_start else course.tree(number - 1)
        place = terminal.root / f"applied-{number}"
        place.mkdir()
        write_tree(before, place)
        text = chapter_diff(course, chapter, from_start=from_start, tests=True)
        subprocess.run(
            ["git", "apply", "--directory", place.name, "--unsafe-paths", "-"],
            input=text.encode(), cwd=terminal.root, check=True,
        )  # fmt: skip
        made = {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in place.rglob("*")
            if path.is_file()
        }
        assert package(made) == package(course.tree(number))

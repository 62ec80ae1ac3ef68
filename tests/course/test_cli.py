"""The command as a whole: its help, its exit codes, its errors, and where it works."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chapters.cli import cli
from tests.course.fixture_course import PROJECT
from tests.course.terminal import Terminal, edit
from tests.course.verified_course import make_verified_course

VERBS = (
    "list", "start", "check", "watch", "hint", "solution", "diff", "tags",
    "simulate", "edit", "save", "verify", "figures",
)  # fmt: skip
PLAN = """
[[chapters]]
number = 1
folder = "01-fields"
title = "Names and values"
part = "I: Fields"
builds = "fields"

[[chapters]]
number = 4
folder = "04-later"
title = "Something for later"
part = "III: Later"
builds = "nothing yet"
"""


def test_help_is_a_tour_that_names_every_verb_in_the_order_of_meeting_them(
    terminal: Terminal,
) -> None:
    said = terminal.run("--help")
    assert said.code == 0
    commands = said.out[said.out.index("Commands:") :].splitlines()[1:]
    assert tuple(line.split()[0] for line in commands if line.strip()) == VERBS
    for line in ("$ python -m chapters start 1", "Exit codes: 0", "git worktree"):
        assert line in said.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_in_whole_sentences(terminal: Terminal, verb: str) -> None:
    said = terminal.run(verb, "--help")
    assert said.code == 0
    assert cli.commands[verb].get_short_help_str(200).endswith(".")


def test_list_tells_the_chapters_that_are_ready_from_those_to_come(terminal: Terminal) -> None:
    terminal.write(".", {"chapters/plan.toml": PLAN.encode()})
    said = terminal.run("list")
    lines = [line.split() for line in said.out.splitlines() if line]
    assert ["01", "Names", "and", "values", "ready"] in lines
    assert ["04", "Something", "for", "later", "to", "come"] in lines
    assert [line for line in lines if line[0] == "Part"] == [
        ["Part", "I:", "Fields"],
        ["Part", "II:", "Systems"],
        ["Part", "III:", "Later"],
    ]


def test_list_can_be_read_by_programs(terminal: Terminal) -> None:
    rows = [json.loads(line) for line in terminal.run("list", "--json").out.splitlines()]
    assert [(row["number"], row["ready"], row["steps"]) for row in rows] == [
        (1, True, 3),
        (2, True, 4),
        (3, True, 3),
    ]


def test_an_unknown_chapter_is_named_with_those_that_there_are(terminal: Terminal) -> None:
    for verb in ("start", "check", "watch", "hint", "solution", "diff", "edit", "save"):
        said = terminal.run(verb, "9")
        assert (said.code, said.out) == (2, ""), verb
        assert said.err == "error: there is no chapter 9; there are chapters 1 to 3\n"


def test_a_chapter_that_is_only_planned_says_so(terminal: Terminal) -> None:
    terminal.write(".", {"chapters/plan.toml": PLAN.encode()})
    said = terminal.run("start", "4")
    assert said.code == 2
    assert '"Something for later", is planned but not written yet; chapters 1 to 3 are' in said.err


def test_what_is_no_number_is_no_chapter(terminal: Terminal) -> None:
    said = terminal.run("start", "one")
    assert said.code == 2
    assert "'one' is no chapter; give a number, such as 1 or 01" in said.err


def test_a_leading_zero_is_not_octal(terminal: Terminal) -> None:
    assert "there is no chapter 8;" in terminal.run("check", "08").err


def test_without_a_chapter_begun_check_asks_which(terminal: Terminal) -> None:
    said = terminal.run("check")
    assert said.code == 2
    assert "which chapter?" in said.err
    assert "make start CH=01" in said.err


def test_check_before_start_says_how_to_begin(terminal: Terminal) -> None:
    said = terminal.run("check", "2")
    assert said.code == 2
    assert "make start CH=02" in said.err


def test_outside_of_any_clone_the_error_says_what_to_do(terminal: Terminal) -> None:
    terminal.here = ".."
    said = terminal.run("list")
    assert said.code == 2
    assert "is in no clone of the course" in said.err


def test_in_a_clone_at_a_tag_the_error_says_where_the_course_is(terminal: Terminal) -> None:
    terminal.git("switch", "-q", "--detach", "chapter-01")
    said = terminal.run("list")
    assert said.code == 2
    assert "git switch main" in said.err


def test_without_a_repository_reading_works_and_workbooks_say_what_they_need(
    terminal: Terminal,
) -> None:
    shutil.rmtree(terminal.root / ".git")
    assert terminal.run("list").code == 0
    assert terminal.run("diff", "1").code == 0
    for verb in ("tags", "start 1", "check 1", "edit 1", "save 1"):
        said = terminal.run(*verb.split())
        assert said.code == 2, verb
        assert "is not a git repository" in said.err
        assert "clone the course with git" in said.err


def test_without_git_the_error_says_that_it_is_missing(terminal: Terminal) -> None:
    terminal.monkeypatch.setenv("PATH", "/nowhere")
    said = terminal.run("start", "1")
    assert said.code == 2
    assert "git is not installed" in said.err


def test_a_mistake_in_the_course_is_one_line(terminal: Terminal) -> None:
    edit(terminal.root / "chapters/01-fields/chapter.toml", "minutes = 30", "minuts = 30")
    said = terminal.run("list")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "minuts is unknown" in said.err


def test_colours_are_for_terminals_that_want_them(terminal: Terminal) -> None:
    assert "\x1b[" not in terminal.run("list").out
    terminal.monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in terminal.run("list").out
    terminal.monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in terminal.run("list").out


def test_tags_says_which_are_new_which_moved_and_which_did_not(terminal: Terminal) -> None:
    terminal.git("tag", "-d", "chapter-01-start")
    terminal.git("tag", "-f", "chapter-03", "main")
    said = terminal.run("tags")
    became = {line.split()[0]: " ".join(line.split()[2:]) for line in said.out.splitlines()}
    main = terminal.git("rev-parse", "main")[:10]
    assert became == {
        "chapter-01-start": "new",
        "chapter-01": "unchanged",
        "chapter-02-start": "unchanged",
        "chapter-02": "unchanged",
        "chapter-03-start": "unchanged",
        "chapter-03": f"moved from {main}",
    }


def test_a_verb_means_the_chapter_one_is_in_and_else_the_latest(terminal: Terminal) -> None:
    terminal.run("start", "2")
    terminal.run("start", "1")
    assert "Chapter 1," in terminal.run("hint").out
    terminal.here = "workbook/02/tests"
    assert "Chapter 2," in terminal.run("hint").out
    assert "Chapter 2, step 3," in terminal.run("hint", ".", "3").out
    terminal.here = "."
    assert "Chapter 2," in terminal.run("hint").out
    assert "Chapter 1," in terminal.run("hint", "01").out


def test_verify_ends_with_1_when_a_promise_does_not_hold(
    terminal: Terminal, tmp_path: Path
) -> None:
    make_verified_course(tmp_path / "kept")
    terminal.here = str(tmp_path / "kept")
    assert terminal.run("verify", "--only", "5").code == 0
    for page in (tmp_path / "kept/docs/chapters").glob("02-*.md"):
        page.write_text("```listing\nreverseproxy/nothing.py\n```\n", encoding="utf-8")
    said = terminal.run("verify", "--only", "5")
    assert said.code == 1
    assert "reverseproxy/nothing.py" in said.out
    assert terminal.run("verify", "--only", "9").code == 2


def test_the_tool_runs_from_a_workbook_which_has_no_copy_of_it(terminal: Terminal) -> None:
    terminal.run("start", "2")
    done = subprocess.run(
        [sys.executable, str(PROJECT / "chapters"), "hint"],
        cwd=terminal.root / "workbook/02", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Chapter 2, step 1, One more field: hint 1 of 3" in done.stdout


def test_ctrl_c_is_told_from_a_checkpoint_that_does_not_hold(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.commands["list"], "callback", interrupted)
    assert terminal.run("list").code == 130


@pytest.mark.parametrize(
    "broken", ["import no_such_module", "def main():\n    raise RuntimeError('a mistake of ours')"]
)
def test_a_mistake_of_the_tool_is_told_from_a_checkpoint_that_does_not_hold(
    tmp_path: Path, broken: str
) -> None:
    folder = tmp_path / "chapters"
    folder.mkdir()
    shutil.copy(PROJECT / "chapters/__main__.py", folder)
    (folder / "cli.py").write_text(broken, encoding="utf-8")
    for command in (["-m", "chapters"], [str(folder)]):
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 3
        assert "Traceback" in done.stderr

"""`start`: a workbook for a chapter, and never a loss of what is in it."""

import os
import shutil
from pathlib import Path

import pytest

from tests.course.terminal import Terminal, edit

FIELDS = "workbook/01/reverseproxy/fields.py"


def test_start_makes_a_worktree_on_a_branch_of_its_own_and_says_what_to_type_next(
    terminal: Terminal,
) -> None:
    said = terminal.run("start", "1")
    assert said.code == 0, said.err
    assert terminal.git("branch", "--show-current", folder="workbook/01") == "my-chapter-01"
    assert terminal.git("rev-parse", "my-chapter-01") == terminal.git(
        "rev-parse", "chapter-01-start^{commit}"
    )
    assert "NotImplementedError" in terminal.text(FIELDS)
    for command in ("make site", "cd workbook/01", "make check"):
        assert command in said.out
    assert "docs/chapters/01-fields.md" in said.out


def test_a_workbook_is_not_seen_by_git_in_the_main_checkout(terminal: Terminal) -> None:
    (terminal.root / ".gitignore").unlink()
    terminal.git("commit", "-q", "-a", "-m", "Ignore nothing")
    terminal.run("start", "1")
    assert terminal.git("status", "--porcelain") == ""


def test_start_builds_the_tags_when_there_are_none(terminal: Terminal) -> None:
    before = terminal.git("rev-parse", "chapter-02-start")
    for tag in terminal.git("tag", "--list").split():
        terminal.git("tag", "-d", tag)
    assert terminal.run("start", "2").code == 0
    assert terminal.git("rev-parse", "my-chapter-02") == before


def test_a_second_start_leaves_everything_as_it_is_and_says_so(terminal: Terminal) -> None:
    terminal.run("start", "1")
    edit(terminal.root / FIELDS, "SEPARATOR = ", "MINE = ")
    said = terminal.run("start", "1")
    assert said.code == 0
    assert "there already" in said.out
    assert "MINE = " in terminal.text(FIELDS)


def test_a_branch_without_its_worktree_gets_it_back(terminal: Terminal) -> None:
    terminal.run("start", "1")
    edit(terminal.root / FIELDS, "SEPARATOR = ", "MINE = ")
    terminal.git("commit", "-q", "-a", "-m", "Mine", folder="workbook/01")
    shutil.rmtree(terminal.root / "workbook/01")
    said = terminal.run("start", "1")
    assert said.code == 0, said.err
    assert "is back" in said.out
    assert "MINE = " in terminal.text(FIELDS)


def test_a_workbook_that_was_moved_is_found_where_it_is(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.git("worktree", "move", "workbook/01", "elsewhere")
    said = terminal.run("start", "1")
    assert (said.code, "elsewhere is there already" in said.out) == (0, True)


def test_in_a_workbook_that_was_moved_a_verb_means_its_chapter(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.run("start", "1")
    terminal.run("start", "2")
    terminal.git("worktree", "move", "workbook/01", str(tmp_path / "else where"))
    assert f"cd '{tmp_path}/else where'" in terminal.run("start", "1").out
    terminal.run("start", "2")
    terminal.here = str(tmp_path / "else where" / "tests")
    assert "Chapter 1," in terminal.run("hint").out


def test_the_chapter_that_was_opened_last_is_meant_without_a_number(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.run("start", "2")
    terminal.run("start", "1")
    assert "Chapter 1," in terminal.run("hint").out
    shutil.rmtree(terminal.root / "workbook")
    terminal.run("start", "2")
    assert "Chapter 2," in terminal.run("hint").out


@pytest.mark.parametrize("copied", [False, True])
def test_a_clone_that_was_moved_or_copied_keeps_its_workbooks(
    terminal: Terminal, copied: bool
) -> None:
    terminal.run("start", "1")
    terminal.run("edit", "1")
    edit(terminal.root / FIELDS, "SEPARATOR = ", "MINE = ")
    before, after = terminal.root, terminal.root.with_name("another place")
    if copied:
        shutil.copytree(before, after)
        edit(before / FIELDS, "MINE = ", "NOT_MINE = ")
    else:
        before.rename(after)
    terminal.root = after
    assert "workbook/01 is there already" in terminal.run("start", "1").out
    assert "nothing to save" in terminal.run("save", "1").out
    status = terminal.git("status", "--porcelain", folder="workbook/01")
    assert status == "M reverseproxy/fields.py"
    if copied:
        terminal.root = before
        assert "workbook/01 is there already" in terminal.run("start", "1").out
        assert "NOT_MINE = " in terminal.git("diff", folder="workbook/01")


def test_a_backup_of_a_workbook_is_not_taken_for_it(terminal: Terminal) -> None:
    terminal.run("start", "1")
    shutil.copytree(terminal.root / "workbook/01", terminal.root / "workbook/01-before")
    terminal.root = terminal.root.rename(terminal.root.with_name("another place"))
    assert "workbook/01 is there already" in terminal.run("start", "1").out


def test_fresh_refuses_while_there_are_changes_that_are_not_committed(terminal: Terminal) -> None:
    terminal.run("start", "1")
    edit(terminal.root / FIELDS, "SEPARATOR = ", "MINE = ")
    said = terminal.run("start", "1", "--fresh")
    assert said.code == 2
    assert "reverseproxy/fields.py" in said.err
    assert "git -C workbook/01 commit" in said.err
    assert "MINE = " in terminal.text(FIELDS)
    assert terminal.git("branch", "--list", "my-*").split() == ["+", "my-chapter-01"]


def test_fresh_refuses_also_when_a_name_is_no_text(terminal: Terminal) -> None:
    terminal.run("start", "1")
    (terminal.root / "workbook/01" / os.fsdecode(b"caf\xe9")).write_text("mine", encoding="utf-8")
    said = terminal.run("start", "1", "--fresh")
    assert (said.code, "(caf" in said.err) == (2, True)


def test_fresh_refuses_while_there_are_new_files(terminal: Terminal) -> None:
    terminal.run("start", "1")
    (terminal.root / "workbook/01/notes.txt").write_text("mine", encoding="utf-8")
    said = terminal.run("start", "1", "--fresh")
    assert (said.code, "notes.txt" in said.err) == (2, True)


def test_fresh_keeps_what_was_committed_on_a_branch_of_the_next_free_name(
    terminal: Terminal,
) -> None:
    terminal.run("start", "1")
    for number in (2, 3):
        edit(terminal.root / FIELDS, "SEPARATOR = ", f"MINE_{number} = ")
        terminal.git("commit", "-q", "-a", "-m", "Mine", folder="workbook/01")
        said = terminal.run("start", "1", "--fresh")
        assert said.code == 0, said.err
        assert f"my-chapter-01-{number}" in said.out
        assert "SEPARATOR = " in terminal.text(FIELDS)
        assert '"outcome": "started"' in terminal.text("workbook/attempts.jsonl").splitlines()[-1]
        kept = terminal.git("show", f"my-chapter-01-{number}:reverseproxy/fields.py")
        assert f"MINE_{number} = " in kept


@pytest.mark.parametrize("there", [True, False])
def test_fresh_keeps_no_branch_without_a_commit_of_the_readers(
    terminal: Terminal, there: bool
) -> None:
    terminal.run("start", "1")
    if not there:
        shutil.rmtree(terminal.root / "workbook/01")
    said = terminal.run("start", "1", "--fresh")
    assert said.code == 0, said.err
    assert "workbook/01 is ready, on the branch my-chapter-01:" in said.out
    assert terminal.git("branch", "--list", "my-*").split() == ["+", "my-chapter-01"]


def test_fresh_keeps_commits_that_are_on_no_branch(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.git("switch", "-q", "--detach", folder="workbook/01")
    edit(terminal.root / FIELDS, "SEPARATOR = ", "ADRIFT = ")
    terminal.git("commit", "-q", "-a", "-m", "Adrift", folder="workbook/01")
    adrift = terminal.git("rev-parse", "HEAD", folder="workbook/01")
    assert terminal.run("start", "1", "--fresh").code == 0
    assert terminal.git("branch", "--contains", adrift) != ""
    assert terminal.git("branch", "--show-current", folder="workbook/01") == "my-chapter-01"


def test_start_does_not_write_over_what_is_in_its_place(terminal: Terminal) -> None:
    place = terminal.root / "workbook/01"
    place.mkdir(parents=True)
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    said = terminal.run("start", "1")
    assert said.code == 2
    assert "workbook/01 is in the way" in said.err
    assert (place / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_start_works_from_inside_another_workbook(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.here = "workbook/01/reverseproxy"
    assert terminal.run("start", "2").code == 0
    assert (terminal.root / "workbook/02/main.py").is_file()

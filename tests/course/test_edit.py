"""`edit` and `save`: a change goes home, and on through later versions; nothing is lost."""

import pytest

from tests.course.terminal import Terminal, edit

FIELDS = "reverseproxy/fields.py"
VERSIONS = {
    1: f"chapters/01-fields/{FIELDS}",
    2: f"chapters/02-streams/{FIELDS}",
    3: FIELDS,
}
NORMAL = ("return name.strip().lower()", "return name.lower().strip()")  # in all three
ADD = ("Adds a field behind the others.", "Adds a field, behind the others.")  # in two
VALUES = ("found[key].append(value)", "found[key] += [value]")  # in the newest
JOINED = '"""All the values of that name in one line."""'
SAID = '"""All the values of that name, with commas."""'


def change(terminal: Terminal, number: int, old: str, new: str, path: str = FIELDS) -> None:
    """Opens a chapter and changes a text in one file."""
    said = terminal.run("edit", str(number))
    assert said.code == 0, said.err
    edit(terminal.root / f"workbook/edit-{number:02}" / path, old, new)


def snapshot(terminal: Terminal) -> dict[str, bytes]:
    """The files of the main checkout."""
    return {name: (terminal.root / name).read_bytes() for name in terminal.git("ls-files").split()}


def test_edit_opens_the_chapters_code_without_a_branch(terminal: Terminal) -> None:
    said = terminal.run("edit", "2")
    assert said.code == 0
    assert "cd workbook/edit-02" in said.out
    opened = terminal.root / "workbook/edit-02" / FIELDS
    assert opened.read_bytes() == terminal.course().tree(2)[FIELDS]
    assert terminal.git("branch", "--show-current", folder="workbook/edit-02") == ""
    assert terminal.git("status", "--porcelain") == ""


def test_a_change_is_carried_from_its_version_through_all_later_ones(terminal: Terminal) -> None:
    change(terminal, 1, *NORMAL)
    said = terminal.run("save", "1")
    assert said.code == 0, said.out + said.err
    for path in VERSIONS.values():
        assert NORMAL[1] in terminal.text(path)
        assert path in said.out
    assert sorted(terminal.git("diff", "--name-only").splitlines()) == sorted(VERSIONS.values())
    assert "3 files changed, 3 insertions(+), 3 deletions(-)" in terminal.git("diff", "--stat")


def test_earlier_versions_stay_as_they_are(terminal: Terminal) -> None:
    before = terminal.text(VERSIONS[1])
    change(terminal, 2, *ADD)
    assert terminal.run("save", "2").code == 0
    assert terminal.text(VERSIONS[1]) == before
    assert ADD[1] in terminal.text(VERSIONS[2])
    assert ADD[1] in terminal.text(VERSIONS[3])


def test_after_saving_the_tags_and_the_worktree_are_those_of_the_new_course(
    terminal: Terminal,
) -> None:
    before = terminal.git("rev-parse", "chapter-01")
    change(terminal, 1, *NORMAL)
    terminal.run("save", "1")
    assert terminal.git("rev-parse", "chapter-01") != before
    assert NORMAL[1] in terminal.git("show", f"chapter-02-start:{FIELDS}")
    assert terminal.git("status", "--porcelain", folder="workbook/edit-01") == ""
    again = terminal.run("save", "1")
    assert (again.code, "nothing to save" in again.out) == (0, True)


def test_a_change_that_a_later_version_contradicts_is_written_nowhere(terminal: Terminal) -> None:
    change(terminal, 1, JOINED, SAID)
    edit(terminal.root / "workbook/edit-01" / FIELDS, *NORMAL)
    edit(terminal.root / "workbook/edit-01/main.py", "print", "print  ")
    before, tag = snapshot(terminal), terminal.git("rev-parse", "chapter-01")
    said = terminal.run("save", "1")
    assert said.code == 1
    assert f"{FIELDS}, in chapter-03: has been changed in the same lines" in said.out
    assert f"workbook/edit-01/.conflicts/chapter-03/{FIELDS}" in said.out
    assert snapshot(terminal) == before
    assert terminal.git("rev-parse", "chapter-01") == tag
    assert SAID in terminal.text(f"workbook/edit-01/{FIELDS}")
    conflicted = terminal.text(f"workbook/edit-01/.conflicts/chapter-03/{FIELDS}")
    assert "<<<<<<< chapter-03 as it is" in conflicted
    assert ">>>>>>> your edit" in conflicted


def test_a_conflict_that_was_put_right_is_saved(terminal: Terminal) -> None:
    change(terminal, 1, JOINED, SAID)
    terminal.run("save", "1")
    newest = terminal.text(FIELDS)
    resolved = terminal.root / "workbook/edit-01/.conflicts/chapter-03" / FIELDS
    resolved.write_text("still <<<\n" + resolved.read_text(encoding="utf-8"), encoding="utf-8")
    assert terminal.run("save", "1").code == 1
    assert resolved.read_text(encoding="utf-8").startswith("still <<<\n")
    resolved.write_text("no Python\n", encoding="utf-8")
    assert terminal.run("save", "1").code == 1
    resolved.write_text(newest, encoding="utf-8")
    assert terminal.run("save", "1").code == 0
    assert all(SAID in terminal.text(VERSIONS[number]) for number in (1, 2))
    assert terminal.text(FIELDS) == newest
    assert not resolved.exists()


def test_what_was_put_right_for_another_change_is_kept_aside_and_not_used(
    terminal: Terminal,
) -> None:
    change(terminal, 1, JOINED, SAID)
    terminal.run("save", "1")
    resolved = terminal.root / "workbook/edit-01/.conflicts/chapter-03" / FIELDS
    resolved.write_text("PUT_RIGHT = 1\n", encoding="utf-8")
    edit(terminal.root / "workbook/edit-01" / FIELDS, SAID, '"""Something else."""')
    said = terminal.run("save", "1")
    assert said.code == 1
    assert "<<<<<<< " in resolved.read_text(encoding="utf-8")
    assert resolved.with_name("fields.py.1").read_text(encoding="utf-8") == "PUT_RIGHT = 1\n"


def test_what_was_changed_in_the_main_checkout_meanwhile_is_kept(terminal: Terminal) -> None:
    change(terminal, 3, *VALUES)
    edit(terminal.root / FIELDS, "LONGEST = 64", "LONGEST = 65")
    assert terminal.run("save", "3").code == 0
    assert VALUES[1] in terminal.text(FIELDS)
    assert "LONGEST = 65" in terminal.text(FIELDS)
    assert "LONGEST = 65" in terminal.text(f"workbook/edit-03/{FIELDS}")


def test_what_was_changed_otherwise_in_the_main_checkout_meanwhile_is_a_conflict(
    terminal: Terminal,
) -> None:
    change(terminal, 3, "LONGEST = 64", "LONGEST = 128")
    edit(terminal.root / FIELDS, "LONGEST = 64", "LONGEST = 65")
    said = terminal.run("save", "3")
    assert (said.code, "in chapter-03" in said.out) == (1, True)
    assert "LONGEST = 65" in terminal.text(FIELDS)


def test_a_derived_file_is_merged_into_the_newest(terminal: Terminal) -> None:
    init = "reverseproxy/__init__.py"
    change(terminal, 1, '__version__ = "3"', '__version__ = "4"', init)
    said = terminal.run("save", "1")
    assert said.code == 0, said.out + said.err
    assert '__version__ = "4"' in terminal.text(init)
    assert "from reverseproxy.compat import Registry" in terminal.text(init)


def test_tests_programs_and_the_template_go_home_as_well(terminal: Terminal) -> None:
    homes = {
        "tests/chapter_01/test_fields.py": "tests/chapter_01/test_fields.py",
        "tests/support/steps.py": "tests/support/steps.py",
        "main.py": "chapters/02-streams/main.py",
        "Makefile": "chapters/template/Makefile",
        ".gitignore": "chapters/template/.gitignore",
    }
    terminal.run("edit", "2")
    for path in homes:
        with (terminal.root / "workbook/edit-02" / path).open("a", encoding="utf-8") as file:
            file.write("# edited\n")
    new = terminal.root / "workbook/edit-02/tests/chapter_02/test_more.py"
    new.write_text("# new\n", encoding="utf-8")
    said = terminal.run("save", "2")
    assert said.code == 0, said.err
    for home in homes.values():
        assert terminal.text(home).endswith("# edited\n")
    assert terminal.text("tests/chapter_02/test_more.py") == "# new\n"
    assert (
        terminal.git("diff", "--name-only", "--", "chapters/01-fields", "chapters/03-guards") == ""
    )


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("reverseproxy/new.py", "put it on `added` in chapters/01-fields/chapter.toml"),
        ("reverseproxy/compat.py", "put it on `added` in chapters/01-fields/chapter.toml"),
        ("notes.txt", "is no part of chapter 1"),
        ("tests/chapter_02/test_early.py", "is no part of chapter 1"),
    ],
)
def test_a_new_file_without_a_place_is_refused_with_what_to_do(
    terminal: Terminal, path: str, advice: str
) -> None:
    change(terminal, 1, *NORMAL)
    before = snapshot(terminal)
    terminal.write("workbook/edit-01", {path: b"NEW = 1\n"})
    said = terminal.run("save", "1")
    assert said.code == 2
    assert path in said.err
    assert advice in said.err
    assert snapshot(terminal) == before


def test_a_deleted_file_is_refused_with_the_way_back(terminal: Terminal) -> None:
    terminal.run("edit", "1")
    (terminal.root / "workbook/edit-01" / FIELDS).unlink()
    said = terminal.run("save", "1")
    assert said.code == 2
    way_back = said.err.strip().splitlines()[-1].strip()
    assert way_back == f"git -C workbook/edit-01 checkout refs/edit/chapter-01 -- {FIELDS}"
    terminal.git(*way_back.split()[1:])
    assert "nothing to save" in terminal.run("save", "1").out


def test_edit_refuses_while_there_is_something_to_save(terminal: Terminal) -> None:
    change(terminal, 1, *NORMAL)
    said = terminal.run("edit", "1")
    assert said.code == 2
    assert "make save CH=01" in said.err
    assert NORMAL[1] in terminal.text(f"workbook/edit-01/{FIELDS}")


def test_edit_brings_an_open_worktree_up_to_date(terminal: Terminal) -> None:
    terminal.run("edit", "3")
    edit(terminal.root / FIELDS, *VALUES)
    assert terminal.run("edit", "3").code == 0
    assert VALUES[1] in terminal.text(f"workbook/edit-03/{FIELDS}")


def test_save_without_edit_says_how_to_begin(terminal: Terminal) -> None:
    said = terminal.run("save", "1")
    assert said.code == 2
    assert "make edit CH=01" in said.err


def test_save_without_a_chapter_means_the_one_that_is_open(terminal: Terminal) -> None:
    terminal.run("start", "1")
    change(terminal, 3, *VALUES)
    assert "saved reverseproxy/fields.py" in terminal.run("save").out
    assert VALUES[1] in terminal.text(FIELDS)


def test_save_without_a_chapter_asks_when_none_or_several_are_open(terminal: Terminal) -> None:
    said = terminal.run("save")
    assert (said.code, "make edit CH=01" in said.err) == (2, True)
    terminal.run("edit", "1")
    terminal.run("edit", "3")
    said = terminal.run("save")
    assert (said.code, "make save CH=01 or make save CH=03?" in said.err) == (2, True)
    terminal.here = "workbook/edit-03/reverseproxy"
    assert terminal.run("save").code == 0


def test_commits_in_the_edit_worktree_are_saved_too(terminal: Terminal) -> None:
    change(terminal, 1, *NORMAL)
    terminal.git("commit", "-q", "-a", "-m", "Half way", folder="workbook/edit-01")
    terminal.here = "workbook/edit-01"
    assert terminal.run("save").code == 0
    assert NORMAL[1] in terminal.text(VERSIONS[3])


def test_a_change_that_the_course_cannot_take_is_saved_and_told(terminal: Terminal) -> None:
    change(terminal, 3, *VALUES)
    toml = terminal.root / "chapters/03-guards/chapter.toml"
    edit(toml, '"reverseproxy/fields.py:values", ', "")
    said = terminal.run("save", "3")
    assert said.code == 1
    assert "The tags cannot be built from it yet" in said.out
    assert "reverseproxy/fields.py:values" in said.out
    assert VALUES[1] in terminal.text(FIELDS)
    assert VALUES[1] in terminal.text(f"workbook/edit-03/{FIELDS}")
    terminal.git("checkout", "-q", "--", "chapters/03-guards/chapter.toml")
    assert "all of it is in the course" in terminal.run("save", "3").out
    assert VALUES[1] in terminal.git("show", f"chapter-03:{FIELDS}")
    assert terminal.run("edit", "3").code == 0

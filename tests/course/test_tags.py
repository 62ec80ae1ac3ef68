"""Tags hold exactly a tree each, in one line of commits, and leave everything else alone."""

from pathlib import Path

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from chapters.git import git, git_bytes
from chapters.tags import build_tags
from tests.course.fixture_course import edit, make_course
from tests.course.repository import TAGS, make_repository, shell

pytestmark = pytest.mark.usefixtures("plain_git")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_repository(tmp_path / "course")


def files_of(root: Path, tag: str) -> dict[str, tuple[str, bytes]]:
    """Mode and content by path, as git has them."""
    found = {}
    for line in git(root, "ls-tree", "-r", "-z", tag).split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, _, blob = about.split()
        found[path] = (mode, git_bytes(root, "cat-file", "blob", blob))
    return found


def test_a_tag_holds_exactly_its_tree(course: Course):
    build_tags(course)
    for number in (1, 2, 3):
        for tag, tree in (
            (f"chapter-{number:02}-start", course.start(number)),
            (f"chapter-{number:02}", course.tree(number)),
        ):
            modes = {path: ("100644", content) for path, content in tree.items()}
            assert files_of(course.root, tag) == modes


def test_the_tags_are_one_line_of_commits_with_nobody_s_name_and_rising_dates(course: Course):
    changes = build_tags(course)
    assert [change.name for change in changes] == TAGS
    log = shell(
        course.root,
        "git",
        "log",
        "--reverse",
        "--format=%H|%P|%an|%ae|%cn|%ce|%ai|%ci|%s|%e",
        "chapter-03",
    )
    commits = [line.split("|") for line in log.splitlines()]
    assert [commit[0] for commit in commits] == [change.new for change in changes]
    assert [commit[1] for commit in commits] == ["", *[change.new for change in changes[:-1]]]
    assert {tuple(commit[2:6]) for commit in commits} == {("The book", "book@example.org") * 2}
    dates = [commit[6] for commit in commits]
    assert dates == sorted(set(dates)) == [commit[7] for commit in commits]
    assert [commit[8:] for commit in commits[2:4]] == [
        ["Chapter 02: Bodies on their way — in chunks, start", ""],
        ["Chapter 02: Bodies on their way — in chunks", ""],
    ]


def test_tags_are_light(course: Course):
    for change in build_tags(course):
        assert git(course.root, "cat-file", "-t", f"refs/tags/{change.name}") == "commit"


def test_building_again_moves_nothing_and_a_change_moves_what_comes_after_it(course: Course):
    first = build_tags(course)
    assert all(change.moved and change.old is None for change in first)
    again = build_tags(course)
    assert [change.old for change in again] == [change.new for change in first]
    assert not any(change.moved for change in again)
    edit(course.root / "reverseproxy/flow/taps.py", "heard.append(chunk)", "heard += [chunk]")
    moved = {change.name for change in build_tags(Course.load(course.root)) if change.moved}
    assert moved == {"chapter-02", "chapter-03-start", "chapter-03"}


def test_nothing_but_the_tags_is_touched(course: Course):
    edit(course.root / "chapters/03-guards/main.py", "print(repr", "print(str")
    shell(course.root, "git", "add", "-A")
    edit(course.root / "chapters/03-guards/main.py", "print(str", "print(len")

    def state() -> list[str]:
        commands = (["for-each-ref", "refs/heads", "refs/stash"], ["diff"], ["status"], ["reflog"])
        return [shell(course.root, "git", *command) for command in commands]

    before, index = state(), (course.root / ".git/index").read_bytes()
    build_tags(Course.load(course.root))
    assert (course.root / ".git/index").read_bytes() == index
    assert state() == before


def test_executable_bits_and_names_that_are_not_ascii_are_the_same_everywhere(course: Course):
    chapter = course.root / "tests/chapter_01"
    (chapter / "grüße und mehr.txt").write_text("ü\n", encoding="utf-8")
    (chapter / "test_fields.py").chmod(0o755)
    build_tags(course)
    files = files_of(course.root, "chapter-01")
    assert files["tests/chapter_01/grüße und mehr.txt"] == ("100644", "ü\n".encode())
    assert files["tests/chapter_01/test_fields.py"][0] == "100644"


def test_what_git_is_told_to_ignore_or_to_filter_is_in_a_tag_as_it_is(course: Course):
    attributes = "*.py filter=shout text eol=crlf ident\n"
    (course.root / ".gitattributes").write_text(attributes, encoding="utf-8")
    (course.root / ".git/info/exclude").write_text("*\n", encoding="utf-8")
    shell(course.root, "git", "config", "filter.shout.clean", "tr a-z A-Z")
    build_tags(course)
    content = files_of(course.root, "chapter-03")["reverseproxy/fields.py"][1]
    assert content == (course.root / "reverseproxy/fields.py").read_bytes()


def test_a_repository_with_longer_hashes_has_tags_too(tmp_path: Path):
    course = make_course(tmp_path / "course")
    shell(course.root, "git", "init", "-q", "--object-format=sha256")
    assert {len(change.new) for change in build_tags(course)} == {64}


def test_a_tag_that_somebody_made_is_replaced_and_said_to_be(course: Course):
    head = shell(course.root, "git", "rev-parse", "HEAD")
    shell(course.root, "git", "tag", "chapter-02")
    change = next(each for each in build_tags(course) if each.name == "chapter-02")
    assert change.old == head
    assert change.moved


def test_when_one_tag_cannot_be_written_none_is(course: Course):
    shell(course.root, "git", "tag", "chapter-03/mine")
    with pytest.raises(CourseError, match=r"git update-ref .* failed: .*chapter-03"):
        build_tags(course)
    assert shell(course.root, "git", "tag") == "chapter-03/mine"


def test_a_folder_without_git_is_an_error_that_says_what_to_do(tmp_path: Path):
    course = make_course(tmp_path / "course")
    with pytest.raises(CourseError, match=r"is not a git repository.*run `git init` there"):
        build_tags(course)


def test_a_folder_within_another_repository_is_an_error(tmp_path: Path):
    shell(tmp_path, "git", "init", "-q")
    course = make_course(tmp_path / "course")
    with pytest.raises(CourseError, match="is a folder within another git repository"):
        build_tags(course)


def test_a_machine_without_git_is_an_error_that_says_so(
    course: Course, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(course.root))
    with pytest.raises(CourseError, match="git is not installed"):
        build_tags(course)

"""A course whose files are not where they should be, or not what they should be: each is named."""

import shutil
from pathlib import Path

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from tests.course.fixture_course import edit, make_course


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course").root


def test_a_file_on_no_list_is_named(root: Path):
    (root / "reverseproxy/flow/extra.py").write_text("x = 1\n", encoding="utf-8")
    (root / "reverseproxy/flow/.hidden.swp").write_text("", encoding="utf-8")
    course = Course.load(root)
    assert course.unlisted() == ["reverseproxy/flow/extra.py"]
    with pytest.raises(CourseError, match=r"on no list: reverseproxy/flow/extra.py"):
        course.check()


def test_a_file_of_an_appendix_is_listed_and_in_no_tree(root: Path):
    (root / "reverseproxy/splice.py").write_text("x = 1\n", encoding="utf-8")
    appendix = root / "chapters/appendix.toml"
    appendix.write_text('[[appendix]]\ntitle = "S"\nfiles = ["reverseproxy/splice.py"]\n', "utf-8")
    course = Course.load(root)
    assert course.unlisted() == []
    assert "reverseproxy/splice.py" not in course.tree(3)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("reverseproxy/fields.py", "but a chapter lists it as well"),
        ("reverseproxy/none.py", "but there is no such file"),
    ],
)
def test_an_appendix_lists_what_there_is_and_nobody_else_has(root: Path, path: str, complaint: str):
    appendix = root / "chapters/appendix.toml"
    appendix.write_text(f'[[appendix]]\ntitle = "S"\nfiles = ["{path}"]\n', encoding="utf-8")
    with pytest.raises(CourseError, match=f"{path}.*{complaint}"):
        Course.load(root)


def test_an_old_version_that_nobody_needs_is_named(root: Path):
    kept = root / "chapters/03-guards/reverseproxy"
    kept.mkdir()
    shutil.copy(root / "reverseproxy/compat.py", kept)
    with pytest.raises(CourseError, match=r"03-guards/reverseproxy/compat.py: no later chapter ch"):
        Course.load(root)


def test_an_old_version_that_is_missing_is_named(root: Path):
    (root / "chapters/02-streams/reverseproxy/fields.py").unlink()
    with pytest.raises(CourseError, match=r"02-streams/reverseproxy/fields.py does not exist"):
        Course.load(root)


def test_a_change_that_changes_nothing_is_named(root: Path):
    old = root / "chapters/01-fields/reverseproxy/greetings.txt"
    old.write_bytes((root / "reverseproxy/greetings.txt").read_bytes())
    with pytest.raises(
        CourseError, match=r"changed lists 'reverseproxy/greetings.txt', but the ch"
    ):
        Course.load(root).check()


@pytest.mark.parametrize("text", ["def f(:\n", "x = 'ü'\n".encode("latin-1")])
def test_a_file_that_is_not_python_is_named(root: Path, text: str | bytes):
    content = text.encode() if isinstance(text, str) else text
    (root / "reverseproxy/secret.py").write_bytes(content)
    with pytest.raises(CourseError, match=r"reverseproxy/secret.py is not Python"):
        Course.load(root).check()


def test_an_init_that_uses_what_an_earlier_tree_lacks_is_named(root: Path):
    edit(root / "reverseproxy/__init__.py", '__version__ = "3"', "__version__ = reveal()")
    with pytest.raises(CourseError, match=r"reverseproxy/__init__.py uses reveal, which"):
        Course.load(root).tree(1)


def test_a_member_that_is_there_before_its_class_is_named(root: Path):
    toml = root / "chapters/03-guards/chapter.toml"
    edit(toml, '    "reverseproxy/compat.py:Registry",\n', "")
    edit(
        toml,
        '"reverseproxy/secret.py",',
        '"reverseproxy/secret.py", "reverseproxy/compat.py:Registry",',
    )
    edit(toml, '    "reverseproxy/compat.py:Registry.names",\n', "")
    edit(toml, 'LONGEST"]', 'LONGEST", "reverseproxy/compat.py:Registry.names"]')
    with pytest.raises(CourseError, match=r"Registry.names, which is in it, is there before: with"):
        Course.load(root).check()


def test_the_constructor_of_a_new_class_is_no_exercise(root: Path):
    source = root / "reverseproxy/flow/taps.py"
    source.write_text("class Tap:\n    def __init__(self): self.a = 1\n", encoding="utf-8")
    toml = root / "chapters/02-streams/chapter.toml"
    edit(toml, '"reverseproxy/flow/taps.py:tap"', '"reverseproxy/flow/taps.py:Tap.__init__"')
    with pytest.raises(CourseError, match=r"the __init__ of a new class is given or withheld"):
        Course.load(root).check()


def test_chapters_are_numbered_without_gaps(root: Path):
    (root / "chapters/02-streams").rename(root / "chapters/04-streams")
    with pytest.raises(CourseError, match=r"03-guards is number 3, where 2 was expected"):
        Course.load(root)


def test_a_chapter_s_folder_is_two_digits_and_words(root: Path):
    (root / "chapters/03-guards").rename(root / "chapters/3_guards")
    with pytest.raises(CourseError, match=r"chapters/3_guards is not a chapter's name"):
        Course.load(root)


def test_a_folder_without_chapters_is_no_course(tmp_path: Path):
    with pytest.raises(CourseError, match="is not a course: it has no folder chapters"):
        Course.load(tmp_path)


def test_a_chapter_without_its_toml_is_named(root: Path):
    (root / "chapters/03-guards/chapter.toml").unlink()
    with pytest.raises(CourseError, match=r"chapter.toml is missing"):
        Course.load(root)

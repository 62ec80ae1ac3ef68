"""The trees of a hard course: each is whole, and no start tree tells an answer."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from chapters.trees import write_tree
from tests.course.fixture_course import make_course

FIELDS = "reverseproxy/fields.py"
MOMENTS = [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (2, 3), (3, 0), (3, 1), (3, 2)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def planted(tmp_path: Path) -> Course:
    """A course of one's own, to plant an error in."""
    return make_course(tmp_path / "course")


def package(tree) -> dict[str, str]:
    return {path: text.decode() for path, text in tree.items() if path.startswith("reverseproxy/")}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_chapter_with_all_its_steps_solved_is_the_chapter_s_tree(course: Course, number: int):
    assert course.at(number, len(course.chapter(number).steps)) == course.tree(number)


def test_the_last_tree_is_the_package_as_it_stands(course: Course):
    on_disk = {
        path.relative_to(course.root).as_posix(): path.read_text(encoding="utf-8")
        for path in (course.root / "reverseproxy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package(course.tree(3)) == on_disk


def named(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Functions, classes and assignments with their qualified names, found without the tool."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from named(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.Assign):
            yield prefix + ast.unparse(child.targets[0]), child
        elif isinstance(child, ast.If | ast.Try | ast.ExceptHandler):
            yield from named(child, prefix)


def answer(node: ast.stmt) -> list[ast.stmt]:
    """What only the solution may say: a function's body but its docstring, anything else whole."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node]
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return [part for part in body if ast.unparse(part) != "..."]


def answers(course: Course, number: int) -> Iterator[tuple[str, str]]:
    """The lines of a chapter's exercises and withheld symbols, with the files they are in."""
    tree, steps = package(course.tree(number)), course.chapter(number).steps
    for address in {each for step in steps for each in (*step.symbols, *step.withheld)}:
        if address.path.endswith(".py") and address.path in tree:
            text = tree[address.path]
            for name, node in named(ast.parse(text)):
                if address.symbol in (None, name):
                    for part in answer(node):
                        for line in text.split("\n")[part.lineno - 1 : part.end_lineno]:
                            yield address.path, line.strip().rpartition(": return ")[2]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_start_tree_has_no_line_of_an_answer_that_was_not_there_before(
    course: Course, number: int
):
    start, before = package(course.start(number)), package(course.tree(number - 1))
    looked_for = [(path, line) for path, line in answers(course, number) if len(line) > 8]
    assert len(looked_for) > 5
    for path, line in looked_for:
        assert line not in start.get(path, "") or line in before.get(path, ""), f"{path} tells it"


def test_comments_in_and_above_an_answer_are_not_told(course: Course):
    assert "smuggle" not in package(course.start(1))[FIELDS]
    assert "waiting" not in package(course.start(2))["reverseproxy/flow/stream.py"]


@pytest.mark.parametrize(("number", "step"), MOMENTS)
def test_every_moment_satisfies_ruff_s_f_rules_and_keeps_imports_sorted(
    course: Course, tmp_path: Path, number: int, step: int
):
    write_tree(course.at(number, step), tmp_path)
    done = run(tmp_path, "-m", "ruff", "check", "--isolated", "--select", "F,I", "reverseproxy")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_module_of_a_start_tree_can_be_imported(course: Course, tmp_path: Path, number: int):
    tree = course.start(number)
    write_tree(tree, tmp_path)
    modules = [path[:-3].replace("/", ".") for path in package(tree) if path.endswith(".py")]
    statements = [f"import {each.removesuffix('.__init__')}" for each in modules]
    done = run(tmp_path, "-W", "error", "-c", "; ".join(statements))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [1, 2, 3])
def test_at_the_start_the_chapter_s_own_checkpoint_is_red_and_the_earlier_ones_are_green(
    course: Course, tmp_path: Path, number: int
):
    write_tree(course.start(number), tmp_path)
    own = f"tests/chapter_{number:02}"
    pytest_ = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    earlier = run(tmp_path, *pytest_, "tests", f"--ignore={own}")
    assert earlier.returncode == (5 if number == 1 else 0), earlier.stdout
    mine = run(tmp_path, *pytest_, own)
    assert mine.returncode == 1, mine.stdout
    assert " passed" not in mine.stdout


def test_an_init_lists_and_imports_what_the_tree_has(course: Course):
    first, last = (package(course.tree(number))["reverseproxy/__init__.py"] for number in (1, 3))
    assert "from reverseproxy.fields import Fields, parse\n" in first
    assert "Registry" in last
    assert "flow" not in first
    assert '"Stream"' not in first
    assert '"parse"' in first


def test_a_file_lives_from_its_first_version_to_the_step_that_removes_it(course: Course):
    legacy = "reverseproxy/legacy.py"
    assert legacy in course.tree(2)
    assert legacy in course.at(3, 2)
    assert legacy not in course.at(3, 3)
    assert legacy not in course.tree(3)


def test_a_withheld_file_comes_with_its_step(course: Course):
    assert "reverseproxy/secret.py" not in course.at(3, 2)
    assert "reverseproxy/secret.py" in course.at(3, 3)
    greetings = "reverseproxy/greetings.txt"
    assert course.at(2, 1)[greetings] == course.tree(1)[greetings]
    assert course.at(2, 2)[greetings] == course.tree(2)[greetings]


def test_versions_say_who_made_them_and_where_they_are(course: Course):
    assert course.versions(FIELDS) == [1, 2, 3]
    assert course.versions("reverseproxy/nowhere.py") == []
    assert course.origin(FIELDS, 1) == course.chapter(1).folder / FIELDS
    assert course.origin(FIELDS, 3) == course.root / FIELDS
    assert course.origin("reverseproxy/legacy.py", 2) == (
        course.chapter(1).folder / "reverseproxy/legacy.py"
    )
    with pytest.raises(CourseError, match="removed by chapter 3"):
        course.origin("reverseproxy/legacy.py", 3)


def test_before_the_first_chapter_there_is_no_package(course: Course):
    tree = course.tree(0)
    assert not package(tree)
    assert {"pyproject.toml", "Makefile", "tests/conftest.py"} <= set(tree)
    assert "main.py" not in tree


def test_a_tree_has_the_tests_and_the_program_of_its_chapter_and_no_later_ones(course: Course):
    tree = course.start(2)
    assert tree["main.py"] == (course.chapter(2).folder / "main.py").read_bytes()
    assert "tests/chapter_02/test_streams.py" in tree
    assert "tests/chapter_03/test_guards.py" not in tree
    assert "tests/support/steps.py" in tree
    assert list(tree) == sorted(tree)


def test_what_tools_and_checkouts_leave_is_not_in_a_tree(planted: Course):
    clean = planted.tree(3)
    for path in (
        "tests/support/__pycache__/x.pyc",
        "tests/chapter_01/.hidden",
        "chapters/template/.Makefile.swp",
        "chapters/template/Makefile~",
    ):
        (planted.root / path).parent.mkdir(exist_ok=True)
        (planted.root / path).write_bytes(b"debris")
    fields = planted.root / FIELDS
    fields.write_bytes(fields.read_bytes().replace(b"\n", b"\r\n"))
    assert planted.tree(3) == clean


def test_a_tree_is_written_as_it_is(course: Course, tmp_path: Path):
    tree = course.tree(1)
    write_tree(tree, tmp_path / "new")
    assert {path: (tmp_path / "new" / path).read_bytes() for path in tree} == tree


def test_the_whole_course_passes_its_check(course: Course):
    course.check()


@pytest.mark.parametrize(("number", "step"), [(0, 0), (4, 0), (1, 4), (1, -1)])
def test_a_moment_that_there_is_not_is_an_error(course: Course, number: int, step: int):
    with pytest.raises(CourseError, match=r"there is no (chapter|step).*; there are .*(3|none)"):
        course.at(number, step)

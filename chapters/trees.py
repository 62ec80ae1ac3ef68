"""The trees of the course: every file that a reader has at a point of it; derived, never kept."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chapters.derive import Moment, derive
from chapters.errors import CourseError
from chapters.exports import fit
from chapters.history import is_debris, is_init
from chapters.lists import Lists
from chapters.validation import check_lists, text_of_file

if TYPE_CHECKING:
    from chapters.course import Course

Tree = Mapping[str, bytes]


def tree(course: "Course", number: int) -> Tree:
    """The files as chapter `number` leaves them; number 0 has no package."""
    if number != 0:
        course.chapter(number)
    return _whole(course, number, fit(_package(course, number)))


def at(course: "Course", number: int, step: int) -> Tree:
    """The files within a chapter, with the steps up to `step` solved."""
    chapter = course.chapter(number)
    if not 0 <= step <= len(chapter.steps):
        allowed = f"0 (none solved) to {len(chapter.steps)}"
        raise CourseError(f"there is no step {step} in chapter {number}; there are {allowed}")
    old, new = fit(_package(course, number - 1)), _package(course, number)
    lists = Lists(chapter)
    check_lists(chapter, lists, old, new)
    package = {path: new[path] for path in new if path not in chapter.changed}
    for path in [*chapter.added, *chapter.changed, *chapter.removed]:
        content = _content(Moment(path, lists, step), old, new)
        package.pop(path, None)
        if content is not None:
            package[path] = content
    return _whole(course, number, fit(package))


def write_tree(files: Tree, folder: Path) -> None:
    """Writes a tree into a folder, which is made when it is not there."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _content(moment: Moment, old: Tree, new: Tree) -> bytes | None:
    """One file that a chapter touches, None while or since there is none."""
    path, lists = moment.path, moment.lists
    if path not in new:
        entry = lists.file(path)
        removed = moment.is_due(entry.step if entry else len(lists.chapter.steps))
        return None if removed else old[path]
    if is_init(path):
        return new[path]
    if not path.endswith(".py"):
        due = moment.is_due(lists.required_file(path).step)
        return new[path] if due else old.get(path)
    before = text_of_file(path, old) if path in old else None
    text = derive(before, text_of_file(path, new), moment)
    return None if text is None else text.encode()


def _package(course: "Course", number: int) -> dict[str, bytes]:
    return {path: read(course.origin(path, number)) for path in course.history.alive(number)}


def _whole(course: "Course", number: int, package: Mapping[str, bytes]) -> Tree:
    return dict(sorted({**package, **dict(_around(course, number))}.items()))


def _around(course: "Course", number: int) -> Iterator[tuple[str, bytes]]:
    """What a tree has besides the package: the template, the program, the tests."""
    for name, path in template_files(course.root).items():
        yield name, read(path)
    mains = [chapter.folder / "main.py" for chapter in course.chapters[:number]]
    for main in [path for path in mains if path.is_file()][-1:]:
        yield "main.py", read(main)
    tests = course.root / "tests"
    folders = ["support", *(f"chapter_{each:02}" for each in range(1, number + 1))]
    for path in [tests / "__init__.py", tests / "conftest.py"]:
        if path.is_file():
            yield path.relative_to(course.root).as_posix(), read(path)
    for folder in folders:
        for path in _files(tests / folder):
            if not is_debris(path.relative_to(tests)):
                yield path.relative_to(course.root).as_posix(), read(path)


def template_files(root: Path) -> dict[str, Path]:
    """Where the files of the template are, by their path in a tree."""
    folder = root / "chapters" / "template"
    named = {path.relative_to(folder): path for path in _files(folder)}
    return {
        name.as_posix(): path
        for name, path in named.items()
        if name.name == ".gitignore" or not is_debris(name)
    }


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def read(path: Path) -> bytes:
    """A file with the line ends of the repository, whatever a checkout made of them."""
    content = path.read_bytes()
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")

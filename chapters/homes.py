"""Where the files of a tree are kept in the course, and in how many versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chapters.course import PACKAGE, Course
from chapters.errors import CourseError
from chapters.merging import Version
from chapters.trees import template_files

TESTS = re.compile(r"tests/(conftest\.py|__init__\.py|support/.+|chapter_(?P<number>\d\d)/.+)")


def require_versions(course: Course, number: int, path: str) -> list[Version]:
    """The version of a file that `tree(number)` shows, and the later ones in their order.

    Raises:
        CourseError: the file has no place in that tree; with what to do.
    """
    found = list(versions(course, number, path))
    if found:
        return found
    if path.startswith(f"{PACKAGE}/"):
        toml = course.chapter(number).toml.relative_to(course.root).as_posix()
        raise CourseError(
            f"{path} is new to chapter {number}: copy it into {PACKAGE}/ of the main checkout, put"
            f" it on `added` in {toml}, its symbols on `given` or a step, and save again"
        )
    raise CourseError(
        f"{path} is no part of chapter {number}, and nothing was saved. What can be saved:"
        f" {PACKAGE}/, main.py, tests/conftest.py, tests/support/, tests/chapter_01 to"
        f" {course.chapter(number).tests}, {', '.join(template_files(course.root))}."
        " Move it elsewhere"
    )


def versions(course: Course, number: int, path: str) -> Iterator[Version]:
    if path.startswith(f"{PACKAGE}/"):
        yield from package_versions(course, number, path)
    elif path == "main.py":
        yield from program(course, number)
    elif path in (template := template_files(course.root)):
        yield Version("template", template[path])
    elif (tests := TESTS.fullmatch(path)) and int(tests["number"] or 0) <= number:
        yield Version("tests", course.root / path)


def package_versions(course: Course, number: int, path: str) -> Iterator[Version]:
    """From the chapter that made what this one sees, until a chapter removes the file."""
    for chapter in range(number, len(course.chapters) + 1):
        if path not in course.history.alive(chapter):
            return
        made = [each for each in course.versions(path) if each <= chapter][-1]
        if chapter in (number, made):
            yield Version(f"chapter-{made:02}", course.origin(path, chapter))


def program(course: Course, number: int) -> Iterator[Version]:
    """The newest main.py up to a chapter. Later ones are programs of their own."""
    for chapter in reversed(course.chapters[:number]):
        if (chapter.folder / "main.py").is_file():
            yield Version(f"chapter-{chapter.number:02}", chapter.folder / "main.py")
            return

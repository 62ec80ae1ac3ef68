"""Where the course is, seen from any folder in it or in one of its workbooks."""

from __future__ import annotations

from pathlib import Path

from chapters.checkout import WORKBOOK, common_folder
from chapters.course import Chapter, Course
from chapters.errors import CourseError
from chapters.git import GitError
from chapters.plan import Planned, plan


def find_root(here: Path) -> Path:
    """The main checkout that `here` belongs to: a folder above it, else the one git knows of.

    Raises:
        CourseError: there is none.
    """
    for folder in [here, *here.parents]:
        if is_course(folder):
            return folder
    try:
        main = common_folder(here).parent
    except GitError as error:
        raise CourseError(
            f"{here} is in no clone of the course, nor in any git repository; go into the clone"
            " (git clone makes one) and try again"
        ) from error
    if is_course(main):
        return main
    raise CourseError(
        f"{here} is in no clone of the course: {main} has no chapters/NN-name/chapter.toml."
        " If a tag of the course is checked out there, git switch main brings the course back"
    )


def is_course(folder: Path) -> bool:
    return any((folder / "chapters").glob("[0-9][0-9]-*/chapter.toml"))


def workbook_number(root: Path, here: Path) -> int | None:
    """The chapter whose workbook, or edit worktree, `here` is in."""
    home = root.resolve() / WORKBOOK
    if not here.resolve().is_relative_to(home):
        return None
    name = next(iter(here.resolve().relative_to(home).parts), "")
    number = name.removeprefix("edit-")
    return int(number) if number.isdigit() else None


def ready_chapter(course: Course, number: int) -> Chapter:
    """A chapter that can be worked on. Raises CourseError, which says when it is only planned."""
    planned = {each.number: each for each in planned_chapters(course.root)}
    known = len(course.chapters)
    if number in planned and not 1 <= number <= known:
        ready = "only chapter 1 is" if known == 1 else f"chapters 1 to {known} are"
        raise CourseError(
            f'chapter {number}, "{planned[number].title}", is planned but not written yet; {ready}'
        )
    return course.chapter(number)


def planned_chapters(root: Path) -> list[Planned]:
    """The plan of the whole book; empty when the course has none."""
    return plan(root) if (root / "chapters/plan.toml").is_file() else []

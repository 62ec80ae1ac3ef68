"""`edit` and `save`: change the course as it is at a chapter, and carry that through later ones.

An edit worktree, `workbook/edit-05`, is at the tag of its chapter. Saving merges each changed file
into the version that the chapter sees, what that changes into the next version, and so on:
three-way, by `git merge-file`. Nothing is written before everything is merged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chapters.checkout import WORKBOOK, commit_of, git_logged, has_ref, uncommitted, worktrees
from chapters.course import Chapter, Course
from chapters.errors import CourseError
from chapters.git import git, git_bytes
from chapters.homes import require_versions
from chapters.merging import Change, Conflict, Desk
from chapters.tags import build_tags, tag_names
from chapters.trees import read
from chapters.workbook import make_room

CONFLICTS = ".conflicts"
EDITED = re.compile(r"edit-(\d+)$")


@dataclass(frozen=True, slots=True)
class Saved:
    """What `save` wrote, or where merging stopped: then nothing was written.

    `trouble` says why the tags of the course, as it now is, cannot be built; "" when they are.
    """

    written: tuple[Path, ...]
    conflicts: tuple[Conflict, ...] = ()
    trouble: str = ""


def folder_for(root: Path, number: int) -> Path:
    return root / WORKBOOK / f"edit-{number:02}"


def open_number(root: Path, here: Path) -> int:
    """The chapter whose edit worktree one is in, else the only one that is open.

    Raises:
        CourseError: none is open, or several are.
    """
    folders = [worktree.folder.resolve() for worktree in worktrees(root)]
    numbers = {folder: int(name[1]) for folder in folders if (name := EDITED.match(folder.name))}
    inside = [number for folder, number in numbers.items() if here.resolve().is_relative_to(folder)]
    found = inside or sorted(numbers.values())
    if len(found) == 1:
        return found[0]
    if found:
        shown = " or ".join(f"make save CH={number:02}" for number in found)
        raise CourseError(f"several chapters are open for editing: {shown}?")
    raise CourseError("no chapter is open for editing; make edit CH=01 opens one")


def opened_ref(number: int) -> str:
    """Remembers, and keeps, the commit that an edit worktree was opened at."""
    return f"refs/edit/chapter-{number:02}"


def end_tag(number: int) -> str:
    return f"refs/tags/{tag_names(number)[1]}"


def edit(course: Course, chapter: Chapter) -> Path:
    """Opens the tree of a chapter as a worktree, or brings the one that is there up to date.

    Raises:
        CourseError: it has changes that were not saved, or something else is in its place.
    """
    root, number = course.root, chapter.number
    build_tags(course)
    folder = folder_for(root, number)
    if not is_open(root, folder):
        make_room(root, folder)
        git_logged(root, "worktree", "add", "-q", "--detach", str(folder), end_tag(number))
    elif changed := changed_files(folder, number):
        shown = f"workbook/{folder.name}"
        raise CourseError(
            f"{shown} is open, with changes that are not saved ({', '.join(changed[:3])}). Save"
            f" them with make save CH={number:02}, or throw them away with\n"
            f"    git worktree remove --force {shown}"
        )
    else:
        git_logged(folder, "switch", "-q", "--detach", end_tag(number))
    git(root, "update-ref", opened_ref(number), commit_of(root, end_tag(number)))
    return folder


def save(course: Course, chapter: Chapter) -> Saved:
    """Writes what was changed in the edit worktree of a chapter back into the course.

    Raises:
        CourseError: the worktree is not open, or a change has no place in the course. Then, as with
            a conflict, nothing was written.
    """
    root, number = course.root, chapter.number
    folder = folder_for(root, number)
    if not is_open(root, folder) or not has_ref(root, opened_ref(number)):
        raise CourseError(
            f"chapter {number} is not open for editing; make edit CH={number:02} opens it"
        )
    desk = Desk(folder / CONFLICTS)
    changed = changed_files(folder, number)
    for path in changed:
        if not (folder / path).is_file():
            refuse_deletion(folder, number, path)
        places = require_versions(course, number, path)
        change: Change | None = Change(path, opened(root, number, path), read(folder / path))
        for version in places:
            change = desk.carry(change, version) if change else None
    if desk.conflicts:
        return Saved((), tuple(desk.conflicts))
    written = desk.write()
    return Saved(written, (), reopen(course, number, folder) if changed else "")


def reopen(course: Course, number: int, folder: Path) -> str:
    """Moves the edit worktree to the tree as it now is; if that cannot be built, says why."""
    try:
        build_tags(Course.load(course.root))
    except CourseError as error:
        return str(error)
    # Everything in it lies in the course by now, so that nothing is lost.
    git_logged(folder, "reset", "-q", "--hard", end_tag(number))
    git(folder, "update-ref", opened_ref(number), "HEAD")
    return ""


def is_open(root: Path, folder: Path) -> bool:
    return any(each.folder.resolve() == folder.resolve() for each in worktrees(root))


def changed_files(folder: Path, number: int) -> list[str]:
    """The files that are not as they were when the worktree was opened, new ones included."""
    diff = git(folder, "diff", "--name-only", "-z", "--no-renames", opened_ref(number), "--")
    return sorted({*filter(None, diff.split("\0")), *uncommitted(folder)})


def opened(root: Path, number: int, path: str) -> bytes:
    """A file as it was when the worktree was opened; empty when there was none."""
    commit = opened_ref(number)
    if not git(root, "ls-tree", "--full-tree", "--name-only", commit, "--", path):
        return b""
    return git_bytes(root, "cat-file", "blob", f"{commit}:{path}")


def refuse_deletion(folder: Path, number: int, path: str) -> None:
    shown = f"workbook/{folder.name}"
    raise CourseError(
        f"{path} was deleted in {shown}, which save does not carry: a file of the package leaves"
        " the course by `removed` in a chapter.toml, any other by being deleted in tests/."
        f" Bring it back with\n    git -C {shown} checkout {opened_ref(number)} -- {path}"
    )

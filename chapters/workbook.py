"""Workbooks: a git worktree a chapter, in which the reader works and git guards it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from chapters.checkout import (
    WORKBOOK,
    commit_of,
    git_logged,
    has_ref,
    is_held,
    refuse_uncommitted,
    worktrees,
)
from chapters.course import Chapter, Course
from chapters.errors import CourseError
from chapters.git import git
from chapters.tags import build_tags, tag_names

State = Literal["new", "there", "reattached", "fresh"]


@dataclass(frozen=True, slots=True)
class Workbook:
    """A chapter's worktree and its branch; `kept` is the branch of what was there before."""

    number: int
    folder: Path
    branch: str
    state: State = "there"
    kept: str = ""


def branch_name(number: int) -> str:
    return f"my-chapter-{number:02}"


def number_at(here: Path) -> int | None:
    """The chapter whose branch is checked out in the worktree that `here` is in."""
    try:
        found = re.fullmatch(r"my-chapter-(\d+)", git(here, "branch", "--show-current"))
    except CourseError:  # no git, or no repository: then there is no workbook either
        return None
    return int(found[1]) if found else None


def start_tag(number: int) -> str:
    return f"refs/tags/{tag_names(number)[0]}"


def find(root: Path, number: int) -> Workbook | None:
    """The workbook of a chapter: the worktree at its place, else the one that has its branch."""
    branch, place = branch_name(number), folder_for(root, number)
    known = worktrees(root)
    here = [each for each in known if each.folder.resolve() == place.resolve()]
    there = [each for each in known if each.branch == branch]
    for worktree in [*here, *there]:
        return Workbook(number, worktree.folder, worktree.branch or branch)
    return None


def required(root: Path, chapter: Chapter) -> Workbook:
    """The same; CourseError when there is none, with how to begin."""
    workbook = find(root, chapter.number)
    if workbook is None:
        number = chapter.number
        raise CourseError(
            f"there is no workbook for chapter {number} yet; begin with make start CH={number:02}"
        )
    return workbook


def start(course: Course, chapter: Chapter, *, fresh: bool = False) -> Workbook:
    """Makes the workbook of a chapter, or finds it.

    Args:
        course: the whole course.
        chapter: the chapter to work on.
        fresh: begin again; what was there is kept on a branch of another name.

    Raises:
        CourseError: something else is where the workbook belongs, or `fresh` finds changes that
            are not committed. Then nothing has been changed.
    """
    root, number = course.root, chapter.number
    found = find(root, number)
    if found is not None and not fresh:
        return found
    build_tags(course)
    if fresh:
        return start_again(root, number, found)
    folder, branch = folder_for(root, number), branch_name(number)
    make_room(root, folder)
    if has_ref(root, f"refs/heads/{branch}"):
        git_logged(root, "worktree", "add", "-q", str(folder), branch)
        return Workbook(number, folder, branch, "reattached")
    add(root, folder, branch, number)
    return Workbook(number, folder, branch, "new")


def start_again(root: Path, number: int, found: Workbook | None) -> Workbook:
    """A fresh branch from the chapter's start; the old one gets the next free name.

    But for one that has no commit of the reader's: that is begun anew as it is.
    """
    branch = branch_name(number)
    folder = found.folder if found else folder_for(root, number)
    if found:
        refuse_uncommitted(folder, shown_from(root, folder), "and start again.")
    else:
        make_room(root, folder)
    kept = ""
    if found and not is_held(folder, "HEAD"):
        kept = free_name(root, branch)
        git_logged(root, "branch", "--no-track", kept, commit_of(folder, "HEAD"))
    full_name = f"refs/heads/{branch}"
    if has_ref(root, full_name) and not is_held(root, full_name, "refs/tags"):
        kept = free_name(root, branch)
        git_logged(root, "branch", "-m", branch, kept)
    if found:
        git_logged(folder, "switch", "-q", "--no-track", "-C", branch, start_tag(number))
    else:
        add(root, folder, branch, number)
    return Workbook(number, folder, branch, "fresh" if kept else "new", kept)


def add(root: Path, folder: Path, branch: str, number: int) -> None:
    tag = start_tag(number)
    git_logged(root, "worktree", "add", "-q", "--no-track", "-B", branch, str(folder), tag)


def make_room(root: Path, folder: Path) -> None:
    """Makes the folder of all workbooks. Raises CourseError for what is in the way."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        shown = shown_from(root, folder)
        raise CourseError(
            f"{shown} is in the way: it is not empty, and git knows no worktree there;"
            " move it somewhere else"
        )
    folder.parent.mkdir(exist_ok=True)
    ignore = folder.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def free_name(root: Path, branch: str) -> str:
    """The first of my-chapter-NN-2, -3, ... that no branch has."""
    names = (f"{branch}-{number}" for number in count(2))
    return next(name for name in names if not has_ref(root, f"refs/heads/{name}"))


def folder_for(root: Path, number: int) -> Path:
    return root / WORKBOOK / f"{number:02}"


def shown_from(root: Path, path: Path) -> str:
    """A path as it is typed in the main checkout: relative to it when it is in there."""
    path, root = path.resolve(), root.resolve()
    return shlex.quote(str(path.relative_to(root) if path.is_relative_to(root) else path))

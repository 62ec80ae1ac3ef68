"""A copy of the whole project as it stands: what git tracks, and what is new and not ignored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from chapters.git import git

LEFT_OUT = (".git", ".venv", "workbook", "site", "__pycache__")


def copy_project(root: Path, target: Path) -> None:
    """Copies the project's files; without a repository at `root`, all but what tools leave."""
    for name in project_files(root):
        source, copy = root / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy, follow_symlinks=False)


def project_files(root: Path) -> Iterator[str]:
    """The files' paths relative to the root."""
    if (root / ".git").exists():
        listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = [name for name in listed.split("\0") if name]
    else:
        names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*"))]
        names = [name for name in names if not set(name.split("/")).intersection(LEFT_OUT)]
    yield from (name for name in names if (root / name).is_file())


def commit_all(folder: Path) -> None:
    """Makes the folder a repository with one commit of everything in it."""
    variables = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Reader"), ("EMAIL", "reader@example.org"))
    }
    git(folder, "init", "-q", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "The course", variables=variables)

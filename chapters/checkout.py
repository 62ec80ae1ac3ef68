"""What the course asks of git about branches and worktrees, each question a function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chapters.errors import CourseError
from chapters.git import git, require_repository

WORKBOOK = "workbook"
"""The folder of the main checkout that the course's worktrees are in."""


@dataclass(frozen=True, slots=True)
class Worktree:
    """A worktree that git knows. `branch` is "" while no branch is checked out in it."""

    folder: Path
    branch: str


def git_logged(folder: Path, *arguments: str) -> str:
    """git, for what touches a person's branches: the reflog keeps what they were."""
    return git(folder, "-c", "core.logAllRefUpdates=true", *arguments)


def common_folder(here: Path) -> Path:
    """The `.git` folder that all worktrees share. Raises CourseError outside of a repository."""
    found = git(here, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return Path(found)


def worktrees(root: Path) -> list[Worktree]:
    """Every worktree whose folder is there; what git remembers of others is forgotten.

    Raises CourseError when `root` is not a repository of its own.
    """
    require_repository(root)
    mend_links(root)
    git(root, "worktree", "prune")
    found = []
    # Without -z, which git 2.36 was the first to know here; Ubuntu 22.04 has 2.34.
    for entry in git(root, "worktree", "list", "--porcelain").split("\n\n"):
        facts = dict(line.partition(" ")[::2] for line in entry.split("\n"))
        if folder := facts.get("worktree"):
            branch = facts.get("branch", "").removeprefix("refs/heads/")
            found.append(Worktree(Path(folder), branch))
    return found


def mend_links(root: Path) -> None:
    """Finds the worktrees in `root` again when it was moved, or copied, with them.

    A worktree and its repository know each other by absolute paths, and what git does not find it
    forgets.
    """
    known = common_folder(root) / "worktrees"
    for link in (root / WORKBOOK).glob("*/.git"):
        if not link.is_file():
            continue
        target = link.parent / link.read_text("utf-8").removeprefix("gitdir:").strip()
        own = known / target.name
        if target.resolve() != own.resolve() and remembered(own) == link.parent.name:
            link.write_text(f"gitdir: {own}\n", "utf-8")
            git(root, "worktree", "repair", str(link.parent))


def remembered(entry: Path) -> str:
    """The name of the folder that an entry of git's is for; "" without one."""
    back = entry / "gitdir"
    return Path(back.read_text("utf-8").strip()).parent.name if back.is_file() else ""


def has_ref(root: Path, name: str) -> bool:
    """Whether there is a ref of that full name, such as refs/heads/main."""
    return git(root, "for-each-ref", "--format=%(refname)", name) == name


def commit_of(folder: Path, revision: str) -> str:
    return git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")


def is_held(folder: Path, revision: str, refs: str = "refs") -> bool:
    """Whether a branch or tag, or one of these refs, keeps a commit from being forgotten."""
    return bool(git(folder, "for-each-ref", "--count=1", "--contains", revision, refs))


def uncommitted(folder: Path) -> list[str]:
    """The files of a worktree that differ from its commit or are new, ignored ones aside."""
    status = git(folder, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    return [line[3:] for line in status.split("\0") if line]


def refuse_uncommitted(folder: Path, shown: str, then: str) -> None:
    """Raises CourseError, with what to do, when work in `folder` is not committed."""
    changed = uncommitted(folder)
    if changed:
        names = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        raise CourseError(
            f"{shown} has changes that are not committed ({names}), and nothing of yours is thrown"
            f" away. Keep them with\n    git -C {shown} add --all\n"
            f'    git -C {shown} commit -m "My attempt"\n{then}'
        )

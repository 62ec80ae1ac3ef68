"""git as a function: the same answers whatever the user's configuration and environment are."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from chapters.errors import CourseError

# Settings that change what git writes, or that run other people's programs while it does.
SETTINGS = {
    "commit.gpgSign": "false",
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.logAllRefUpdates": "false",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "gc.auto": "0",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "tag.gpgSign": "false",
}

# What tells git where it is installed and may look; all else that begins with GIT_ would tell it
# which repository, index, identity or date to use, as it does inside a hook.
KEPT = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH")


class GitError(CourseError):
    """git refused. `code` is its exit code, `said` what it wrote to standard error."""

    def __init__(self, arguments: tuple[str, ...], code: int, said: str) -> None:
        super().__init__(f"git {' '.join(arguments)} failed: {said or f'exit code {code}'}")
        self.code = code
        self.said = said


def git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    variables: Mapping[str, str] | None = None,
) -> str:
    """What `git <arguments>` in a folder answers, without the last line end.

    `variables` are added to the environment. Raises GitError when git exits with another code than
    0, CourseError when it is not installed.
    """
    answer = git_bytes(folder, *arguments, stdin=stdin, variables=variables)
    return os.fsdecode(answer).rstrip("\n")


def git_bytes(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    variables: Mapping[str, str] | None = None,
) -> bytes:
    """The same, untouched."""
    settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    try:
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env={**environment(), **(variables or {})},
            check=False,
        )
    except FileNotFoundError:
        if not folder.is_dir():
            raise CourseError(f"{folder} is not a folder") from None
        raise CourseError(
            "git is not installed, or not on the PATH; tags and workbooks need it"
        ) from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise GitError(arguments, done.returncode, said)
    return done.stdout


def environment() -> dict[str, str]:
    """The process's environment without what would lead git elsewhere, its messages in English."""
    return {
        "GIT_NO_REPLACE_OBJECTS": "1",
        **{key: value for key, value in os.environ.items() if _is_harmless(key)},
        "LC_ALL": "C",
    }


def require_repository(root: Path) -> None:
    """Raises CourseError when `root` is not itself the top of a git work tree."""
    try:
        prefix = git(root, "rev-parse", "--show-prefix")
    except GitError as error:
        if "not a git repository" not in error.said:
            raise
        raise CourseError(
            f"{root} is not a git repository, and tags live in one; clone the course with git, or"
            " run `git init` there"
        ) from None
    if prefix:
        raise CourseError(
            f"{root} is a folder within another git repository, which the course's tags would end"
            " up in; run `git init` there to give the course one of its own"
        )


def _is_harmless(variable: str) -> bool:
    if not variable.startswith("GIT_"):
        return variable not in ("LANGUAGE", "LC_ALL")
    return variable in KEPT or variable.startswith("GIT_CONFIG")

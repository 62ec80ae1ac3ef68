"""Invariant 7: tags are the same everywhere, and every file of the package is on one list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from chapters.console.project import commit_all, copy_project
from chapters.course import Course
from chapters.errors import CourseError
from chapters.verify.finding import Finding, Report, count

TOOL = Path(__file__).resolve().parents[2]

BUILD = """
import json, pathlib, sys
from chapters.course import Course
from chapters.tags import build_tags
tags = build_tags(Course.load(pathlib.Path(sys.argv[1])))
json.dump({change.name: change.new for change in tags}, sys.stdout)
"""

HOSTILE_SETTINGS = """[user]
\tname = Zoë Ünïcode
\temail = zoe@example.com
\tsigningKey = nobody
[core]
\tautocrlf = true
\tquotePath = true
\tfileMode = false
\tabbrev = 5
\tignoreCase = true
[i18n]
\tcommitEncoding = ISO-8859-1
[commit]
\tgpgSign = true
[tag]
\tgpgSign = true
\tforceSignAnnotated = true
[gpg]
\tprogram = false
[init]
\tdefaultBranch = trunk
"""

HOSTILE_VARIABLES = {
    "GIT_AUTHOR_NAME": "Somebody else",
    "GIT_AUTHOR_DATE": "1999-12-31T23:59:59+1400",
    "GIT_COMMITTER_EMAIL": "else@example.com",
    "GIT_INDEX_FILE": "/nowhere/index",
    "TZ": "Pacific/Kiritimati",
}


def check_tags(course: Course) -> Report:
    """Invariant 7."""
    findings = list(misplaced_files(course))
    try:
        plain, hostile = build_twice(course)
    except CourseError as error:
        findings.append(Finding("tags", str(error), "tags that can be built"))
        return Report.of("no tags", findings)
    allowed = "the same hash with every configuration of git"
    for name in sorted(plain.keys() | hostile.keys()):
        if plain.get(name) != hostile.get(name):
            found = f"{plain.get(name)} here, {hostile.get(name)} in a hostile clone"
            findings.append(Finding(name, found, allowed))
    files = len(course.history.events)
    return Report.of(f"{count(len(plain), 'tag')} twice, {count(files, 'file')}", findings)


def misplaced_files(course: Course) -> Iterator[Finding]:
    """Files on no list or on two, and versions that nobody needs."""
    allowed = "each file in `added` of one chapter, or in an appendix"
    try:
        Course.load(course.root).check()
    except CourseError as error:
        # That unlisted files are the reason is said below, file by file.
        if not course.unlisted():
            yield Finding("chapters", str(error), allowed)
    for path in course.unlisted():
        yield Finding(path, "it is on no list", allowed)
    for (path, first, older), (other, second, newer) in pairwise(course.history.stored()):
        if path == other and older.read_bytes() == newer.read_bytes():
            found = f"the version of chapter {second:02} is that of chapter {first:02}"
            yield Finding(path, found, "`changed` only where something does")


def build_twice(course: Course) -> tuple[dict[str, str], dict[str, str]]:
    """The tags' hashes, built in a plain clone and in one that is set up to get in the way.

    Raises:
        CourseError: they cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="tags-", ignore_cleanup_errors=True) as temporary:
        root = Path(temporary)
        copy_project(course.root, root / "plain")
        commit_all(root / "plain")
        settings = root / "hostile.gitconfig"
        settings.write_text(HOSTILE_SETTINGS, encoding="utf-8")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        clean |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        hostile = clean | {"GIT_CONFIG_GLOBAL": str(settings)}
        clone = ["git", "clone", "-q", str(root / "plain"), str(root / "hostile")]
        tool(clone, hostile)
        build = [sys.executable, "-c", BUILD]
        path = {"PYTHONPATH": str(TOOL), "PYTHONDONTWRITEBYTECODE": "1"}
        plainly = json.loads(tool([*build, str(root / "plain")], clean | path))
        whatever = json.loads(
            tool([*build, str(root / "hostile")], hostile | HOSTILE_VARIABLES | path)
        )
        return plainly, whatever


def tool(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints. Raises CourseError with its complaint when it fails."""
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    except FileNotFoundError:
        raise CourseError(f"{command[0]} is not installed") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word why"]
        raise CourseError(f"{command[0]}: {lines[-1]}")
    return done.stdout

"""The small course in a git repository of its own, on a machine without settings."""

import subprocess
from pathlib import Path

from chapters.course import Course
from tests.course.fixture_course import make_course

TAGS = [
    "chapter-01-start",
    "chapter-01",
    "chapter-02-start",
    "chapter-02",
    "chapter-03-start",
    "chapter-03",
]


def shell(folder: Path, *command: str) -> str:
    """A command as a user runs it."""
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n")


def make_repository(folder: Path) -> Course:
    """The course, committed."""
    course = make_course(folder)
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        shell(folder, "git", *identity, *command)
    return course

"""A small course with every hard case in it, for trying the tool on and for planting errors in."""

import shutil
from pathlib import Path

from chapters.course import Course

PROJECT = Path(__file__).resolve().parents[2]
FIXTURE = Path(__file__).parent / "fixture"


def make_course(folder: Path) -> Course:
    """The course in a folder of its own, with the project's own template and test support.

    Everything in the folder may be changed; `Course.load(folder)` then sees the change.
    """
    skipped = shutil.ignore_patterns("__pycache__", "ruff.toml")
    shutil.copytree(FIXTURE, folder, dirs_exist_ok=True, ignore=skipped)
    (folder / "conftest.py").unlink()
    shutil.copytree(PROJECT / "tests" / "support", folder / "tests" / "support", ignore=skipped)
    shutil.copy(PROJECT / "tests" / "conftest.py", folder / "tests" / "conftest.py")
    shutil.copytree(PROJECT / "chapters" / "template", folder / "chapters" / "template")
    return Course.load(folder)


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that is in a file exactly once: how a test plants an error."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")

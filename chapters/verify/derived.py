"""The rest of invariant 1: the trees between start and end are whole, and have no loose ends."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chapters.course import PACKAGE, Course
from chapters.trees import write_tree
from chapters.verify.finding import Finding, count

RUFF = ("check", "--isolated", "--no-cache", "--target-version=py311", "--select=F",
        "--output-format=concise")  # fmt: skip
FAULT = re.compile(r"(\d\d)-(\d+)/(.+?: .+)")


def unclean_trees(course: Course) -> Iterator[Finding]:
    """Findings of ruff's F rules at every step, and where all steps solved is not the end."""
    with tempfile.TemporaryDirectory(prefix="verify-") as temporary:
        for chapter in course.chapters:
            last = len(chapter.steps)
            for step in range(last + 1):
                tree = course.at(chapter.number, step)
                code = {name: tree[name] for name in tree if name.startswith(f"{PACKAGE}/")}
                write_tree(code, Path(temporary, f"{chapter.number:02}-{step}"))
            end = course.tree(chapter.number)
            solved = course.at(chapter.number, last)
            for name in sorted(end.keys() | solved.keys()):
                if end.get(name) != solved.get(name):
                    where = f"{chapter.slug} with all steps solved"
                    yield Finding(where, f"{name} is not as at the chapter's end", "the same file")
        for line in ruff(Path(temporary)):
            if found := FAULT.fullmatch(line):
                where = f"chapter {found[1]} with {count(int(found[2]), 'step')} solved"
                yield Finding(where, found[3], "code without a finding of ruff's F rules")


def ruff(folder: Path) -> list[str]:
    """The findings, a line each, with paths relative to the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *RUFF, "."],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise OSError(f"ruff cannot run: {done.stderr.strip()}")
    return done.stdout.splitlines()

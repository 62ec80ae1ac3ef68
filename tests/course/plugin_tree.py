"""A tree in which the checkpoint plugin runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.course.fixture_course import PROJECT
from tests.support import hangs

Run = tuple[str, dict[str, dict[str, object]]]


def pytest_in(folder: Path, *arguments: str) -> str:
    """What pytest says, in an environment without settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env=kept | {"PYTHONDONTWRITEBYTECODE": "1"}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.stdout


def make_tree(folder: Path, package: str, tests: str) -> Path:
    """The plugin, a package, and the tests of chapter 1."""
    for name in ("conftest.py", "support/__init__.py", "support/checkpoint_plugin.py",
                 "support/hangs.py", "support/raised.py", "support/steps.py"):  # fmt: skip
        write(folder / "tests" / name, (PROJECT / "tests" / name).read_text(encoding="utf-8"))
    template = PROJECT / "chapters/template/pyproject.toml"
    write(folder / "pyproject.toml", template.read_text(encoding="utf-8"))
    write(folder / "reverseproxy/__init__.py", package)
    write(folder / "tests/chapter_01/test_it.py", tests)
    return folder


def hurry(tree: Path) -> None:
    """Makes the plugin end what takes long soon, and yet not what a busy machine does slowly."""
    file = tree / "tests/support/hangs.py"
    text = file.read_text(encoding="utf-8")
    for name, usual, soon in (("LIMIT", hangs.LIMIT, 1.5), ("GRACE", hangs.GRACE, 0.5)):
        assert f"\n{name} = {usual}\n" in text
        text = text.replace(f"\n{name} = {usual}\n", f"\n{name} = {soon}\n")
    file.write_text(text, encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


@contextmanager
def package_with(tree: Path, line: str) -> Iterator[None]:
    """The package with another line at its end."""
    package = tree / "reverseproxy/__init__.py"
    whole = package.read_text(encoding="utf-8")
    try:
        package.write_text(f"{whole}\n{line}\n", encoding="utf-8")
        yield
    finally:
        package.write_text(whole, encoding="utf-8")


def logged(folder: Path, *arguments: str) -> Run:
    """A run with a log, of which the last line of each test counts."""
    log = folder / "log.jsonl"
    log.unlink(missing_ok=True)
    said = pytest_in(folder, f"--checkpoint-log={log}", *arguments)
    records = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    return said, {record["nodeid"].split("::")[-1]: record for record in records}

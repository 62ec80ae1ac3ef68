"""A git clone of the small course, made once and copied for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chapters.tags import build_tags
from tests.course.fixture_course import make_course
from tests.course.terminal import Terminal


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course, committed on main, with its tags. Not to be changed."""
    root = tmp_path_factory.mktemp("clone")
    course = make_course(root)
    (root / ".gitignore").write_text("/workbook/\n__pycache__/\n", encoding="utf-8")
    identity = ["-c", "user.name=An author", "-c", "user.email=author@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Course"]):
        subprocess.run(["git", *identity, *command], cwd=root, check=True)
    build_tags(course)
    return root


@pytest.fixture
def plain_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The configuration of a new machine, whatever this one's is; and no repository above."""
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def terminal(
    clone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Terminal:
    """A terminal in a clone of one's own, at no simple path, on a machine without settings."""
    root = tmp_path / "a clöne"
    shutil.copytree(clone, root)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # Above the clone there is nothing, whatever there is on this machine.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(root, monkeypatch, capsys)

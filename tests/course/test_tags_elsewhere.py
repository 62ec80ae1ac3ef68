"""Tags are the same on every machine: whatever is configured there, and wherever one starts."""

from pathlib import Path

import pytest

from chapters.course import Course
from chapters.tags import TagChange, build_tags
from tests.course.repository import TAGS, make_repository, shell

pytestmark = pytest.mark.usefixtures("plain_git")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_repository(tmp_path / "course")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[TagChange]:
    """What a new machine builds."""
    return build_tags(make_repository(tmp_path_factory.mktemp("expected") / "course"))


HOSTILE = {
    "another identity": {"user.name": "Zoë", "user.email": "zoe@example.org"},
    "no identity at all": {"user.useConfigOnly": "true"},
    "line ends of another system": {
        "core.autocrlf": "true",
        "core.eol": "crlf",
        "core.safecrlf": "true",
    },
    "another encoding": {"i18n.commitEncoding": "ISO-8859-1", "i18n.logOutputEncoding": "UTF-16"},
    "signatures": {"commit.gpgSign": "true", "tag.gpgSign": "true", "gpg.program": "/bin/false"},
    "executable bits that are ignored": {"core.fileMode": "false", "core.symlinks": "false"},
    "quoted paths and short hashes": {"core.quotePath": "true", "core.abbrev": "4"},
    "a log of every ref": {"core.logAllRefUpdates": "always"},
}


@pytest.mark.parametrize("settings", HOSTILE.values(), ids=HOSTILE)
def test_a_clone_with_other_settings_builds_the_same_tags(
    course: Course,
    expected: list[TagChange],
    settings: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    config = tmp_path / "gitconfig"
    for key, value in settings.items():
        shell(tmp_path, "git", "config", "--file", str(config), key, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.setenv("LC_ALL", "C")
    shell(tmp_path, "git", "clone", "-q", str(course.root), "clone")
    assert build_tags(Course.load(tmp_path / "clone")) == expected


def test_a_checkout_with_other_line_ends_had_other_line_ends(course: Course, tmp_path: Path):
    settings = ["-c", "core.autocrlf=true"]
    shell(tmp_path, "git", "clone", "-q", *settings, str(course.root), "clone")
    assert b"\r\n" in (tmp_path / "clone/reverseproxy/fields.py").read_bytes()


def test_settings_in_the_environment_and_dates_in_it_change_nothing(
    course: Course, expected: list[TagChange], monkeypatch: pytest.MonkeyPatch
):
    for name, value in {
        "GIT_AUTHOR_DATE": "1999-01-01T00:00:00Z",
        "GIT_COMMITTER_NAME": "Somebody",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "i18n.commitEncoding",
        "GIT_CONFIG_VALUE_0": "ISO-8859-1",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
        "GIT_NAMESPACE": "elsewhere",
        "LANG": "de_DE.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    assert build_tags(course) == expected


def test_hooks_are_not_run(course: Course, tmp_path: Path):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-commit", "pre-commit"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    shell(course.root, "git", "config", "core.hooksPath", str(hooks))
    assert len(build_tags(course)) == 6


def test_it_works_from_a_hook_of_another_repository(
    course: Course, expected: list[TagChange], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = tmp_path / "other"
    shell(tmp_path, "git", "init", "-q", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert build_tags(course) == expected
    monkeypatch.undo()
    assert shell(other, "git", "tag") == ""


def test_it_works_in_a_worktree_and_its_tags_are_everybody_s(
    course: Course, expected: list[TagChange], tmp_path: Path
):
    shell(course.root, "git", "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    assert build_tags(Course.load(tmp_path / "tree")) == expected
    assert shell(course.root, "git", "tag").split() == sorted(TAGS)

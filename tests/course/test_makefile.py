"""The Makefiles: when an environment is made anew, and which exit codes pass."""

import os
import subprocess
from pathlib import Path

import pytest

from chapters.console.stage import MADE_FROM
from tests.course.fixture_course import PROJECT

# A Python that makes environments of which each command is this script, too. It writes down what
# it is asked for, and ends with the code that is in the file `code`.
PYTHON = """\
#!/bin/sh
[ "$1" = -c ] && exit 0
echo "$@" >> "{asked}"
if [ "$1 $2" = "-m venv" ]; then
    rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python
elif [ "$1 $2" = "-m chapters" ]; then
    exit $(cat code)
fi
"""


class Checkout:
    """A folder with a Makefile, and a Python that only pretends."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked = root / "asked"
        for name in ("Makefile", *MADE_FROM):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes((PROJECT / name).read_bytes())
        (root / "code").write_text("0", encoding="utf-8")
        (root / "python").write_text(PYTHON.format(asked=self.asked), encoding="utf-8")
        (root / "python").chmod(0o755)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """make, in a terminal without settings."""
        return subprocess.run(
            ["make", *arguments, f"PYTHON={self.root / 'python'}"],
            cwd=self.root,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    def sets_up(self) -> bool:
        """Does a verb begin by making the environment?"""
        done = self.make("list")
        assert done.returncode == 0, done.stdout + done.stderr
        return "Setting up .venv" in done.stdout

    def age(self, name: str, seconds: int) -> None:
        """Makes a file look as if it had been written that long after the environment."""
        then = (self.root / ".venv/.installed").stat().st_mtime + seconds
        os.utime(self.root / name, (then, then))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_environment_is_made_once_and_not_because_files_look_younger(
    checkout: Checkout,
) -> None:
    assert checkout.sets_up()
    assert not checkout.sets_up()
    for name in MADE_FROM:
        checkout.age(name, 60)  # as after git switch chapter-01 and back
    assert not checkout.sets_up()


@pytest.mark.parametrize("name", MADE_FROM)
def test_the_environment_is_made_anew_when_what_it_was_made_from_changes(
    checkout: Checkout, name: str
) -> None:
    assert checkout.sets_up()
    with (checkout.root / name).open("a", encoding="utf-8") as changed:
        changed.write("# more\n")
    checkout.age(name, -60)
    assert checkout.sets_up()
    assert not checkout.sets_up()


def test_pages_are_run_with_an_environment_that_the_makefile_takes(checkout: Checkout) -> None:
    assert checkout.sets_up()
    made_from = b"".join((checkout.root / name).read_bytes() for name in MADE_FROM)
    assert (checkout.root / ".venv/.installed").read_bytes() == made_from


def test_an_environment_that_was_not_finished_is_made_anew(checkout: Checkout) -> None:
    assert checkout.sets_up()
    (checkout.root / ".venv/.installed").write_text("", encoding="utf-8")
    assert checkout.sets_up()


def test_after_lock_the_environment_is_that_of_the_new_constraints(checkout: Checkout) -> None:
    assert checkout.make("lock").returncode == 0
    assert not checkout.sets_up()


@pytest.mark.parametrize(("code", "passes"), [(0, True), (1, True), (2, False), (3, False)])
def test_only_not_there_yet_is_no_mistake_of_makes(
    checkout: Checkout, code: int, passes: bool
) -> None:
    (checkout.root / "code").write_text(str(code), encoding="utf-8")
    done = checkout.make("check")
    assert (done.returncode == 0) is passes
    assert passes or f"Error {code}" in done.stderr


def test_ctrl_c_is_not_taken_for_success(checkout: Checkout) -> None:
    (checkout.root / "code").write_text("130", encoding="utf-8")
    assert "Error 130" in checkout.make("check").stderr


def test_a_tag_lets_the_same_code_pass(checkout: Checkout) -> None:
    template = (PROJECT / "chapters/template/Makefile").read_text(encoding="utf-8")
    main = (PROJECT / "Makefile").read_text(encoding="utf-8")
    passes = "|| { code=$$?; [ $$code -eq 1 ] || exit $$code; }"
    assert passes in main
    assert passes in template

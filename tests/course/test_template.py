"""What every tag carries: `make test` and `make run`, with the main environment or its own."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.course.fixture_course import PROJECT
from tests.course.terminal import Terminal

TEMPLATE = PROJECT / "chapters/template"


# A Python like this one, but for the environments that it makes: in them, pip writes down what it
# is asked for and installs nothing.
NEW_ENVIRONMENTS = """\
#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec "{python}" "$@"
mkdir -p .venv/bin
cat > .venv/bin/python <<'END'
#!/bin/sh
[ "$1 $2" = "-m pip" ] || exec "{python}" "$@"
cat .venv/requirements.txt > "{asked}"
END
chmod +x .venv/bin/python
"""


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """make, as it runs in a terminal without settings and without an environment of Python's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=kept, capture_output=True, text=True, check=False
    )


def with_environment(terminal: Terminal) -> None:
    """Gives the main checkout an environment: this one."""
    (terminal.root / ".venv").symlink_to(Path(sys.prefix))


def test_it_declares_what_the_project_declares() -> None:
    ours = tomllib.loads((TEMPLATE / "pyproject.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    for key in ("name", "requires-python", "dependencies"):
        assert ours["project"][key] == project["project"][key]
    extras = project["project"]["optional-dependencies"]
    assert ours["project"]["optional-dependencies"] == {"test": extras["test"]}
    theirs, mine = (each["tool"]["pytest"]["ini_options"] for each in (project, ours))
    assert mine == {**theirs, "verbosity_assertions": "2"}


def test_it_names_no_place_of_any_machine() -> None:
    for path in TEMPLATE.iterdir():
        assert not re.search(r"/(home|root|Users|work)/", path.read_text(encoding="utf-8"))


def test_a_workbook_tests_and_runs_with_the_main_checkouts_environment(terminal: Terminal) -> None:
    with_environment(terminal)
    terminal.run("start", "1")
    workbook = terminal.root / "workbook/01"
    red = make(workbook, "test")
    assert red.returncode != 0
    assert "Expected: A name with capitals and blanks comes back in small letters." in red.stdout
    terminal.solve(1, 3)
    green = make(workbook, "test", "ARGS=-v")
    assert green.returncode == 0, green.stdout + green.stderr
    assert green.stdout.count("PASSED") == 4
    ran = make(workbook, "run")
    assert (ran.returncode, ran.stdout) == (0, "host = fid.dev\naccept = */*\n")
    assert not (workbook / ".venv").exists()
    assert terminal.git("status", "--porcelain", folder="workbook/01") != ""
    terminal.git("stash", folder="workbook/01")
    assert terminal.git("status", "--porcelain", folder="workbook/01") == ""


def test_without_any_environment_it_makes_its_own_and_never_installs_the_package(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.git("switch", "-q", "--detach", "chapter-01")
    asked = tmp_path / "asked"
    python = tmp_path / "python"
    python.write_text(NEW_ENVIRONMENTS.format(asked=asked, python=sys.executable), encoding="utf-8")
    python.chmod(0o755)
    made = make(terminal.root, "test", f"PYTHON={python}")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Setting up .venv" in made.stdout
    declared = tomllib.loads(terminal.text("pyproject.toml"))["project"]
    extra = declared["optional-dependencies"]["test"]
    assert asked.read_text(encoding="utf-8").splitlines() == [*declared["dependencies"], *extra]
    assert "Setting up" not in make(terminal.root, "test").stdout
    assert terminal.git("status", "--porcelain") == ""


def test_a_python_that_is_too_old_is_named_before_anything_is_made(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.git("switch", "-q", "--detach", "chapter-01")
    old = tmp_path / "python3.8"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    made = make(terminal.root, "test", f"PYTHON={old}")
    assert made.returncode != 0
    assert "Python 3.11 or newer is needed" in made.stdout
    assert not (terminal.root / ".venv").exists()


def test_the_tool_is_said_to_be_on_main_where_there_is_only_a_tag(terminal: Terminal) -> None:
    with_environment(terminal)
    terminal.git("switch", "-q", "--detach", "chapter-01")
    made = make(terminal.root, "check")
    assert made.returncode != 0
    assert "git switch main" in made.stdout

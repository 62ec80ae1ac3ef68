"""`check`: the first step that is not there yet, told so that one can go on."""

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from chapters.checkpoint import read_log, run_alone, run_tests
from tests.course.terminal import Terminal, edit

FIELDS = "workbook/01/reverseproxy/fields.py"


def test_a_stub_is_not_written_yet_and_later_steps_wait_their_turn(terminal: Terminal) -> None:
    terminal.run("start", "1")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "✗ 1  A name is a token\n    2  The first one counts" in said.out
    assert 'Step 1, "A name is a token", is not written yet.' in said.out
    assert "A name with capitals and blanks comes back in small letters." in said.out
    assert "not written yet: Chapter 1, step 1" in said.out
    assert "clients write Host, HOST and host." in said.out
    assert 'Step 1, "A name is a token" (docs/chapters/01-fields.md)' in said.out
    assert "make hint CH=01 STEP=1" in said.out
    assert "Traceback" not in said.out
    assert "The first of two values." not in said.out


def test_after_a_step_the_next_one_is_told(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 1)
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "✓ 1  A name is a token   1 attempt\n  ✗ 2  The first one counts" in said.out


def test_a_wrong_solution_is_told_with_what_was_got(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    edit(terminal.root / FIELDS, "if not TOKEN.fullmatch(normal(name)):", 'if "-" in name:')
    said = terminal.run("check", "1")
    assert said.code == 1
    assert 'Step 1, "A name is a token", does not hold yet.' in said.out
    assert "x-real-ip is a good name" in said.out


def test_what_the_readers_code_raises_is_told_with_its_place_and_what_it_printed(
    terminal: Terminal,
) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    wrong = 'print("looking at", name)\n    1 / 0\n    return normal(name)\n    # nothing is left'
    edit(terminal.root / FIELDS, "return normal(name)\n    # nothing is left", wrong)
    said = terminal.run("check", "1")
    line = terminal.text(FIELDS).splitlines().index("    1 / 0") + 1
    assert "ZeroDivisionError: division by zero" in said.out
    assert f"reverseproxy/fields.py:{line}" in said.out
    assert "looking at  Host" in said.out


def test_a_line_without_an_end_is_not_shown_at_full_length(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    wrong = 'print("x" * 100_000)\n    raise ValueError("y" * 100_000)\n'
    edit(terminal.root / FIELDS, "return normal(name)\n", wrong)
    said = terminal.run("check", "1")
    assert "yyy … (100,012 letters)" in " ".join(said.out.split())
    assert "xxx … (100,000 letters)" in " ".join(said.out.split())
    assert len(said.out) < 3_000


def test_code_that_is_no_python_is_told_with_file_and_line(terminal: Terminal) -> None:
    terminal.run("start", "1")
    edit(terminal.root / FIELDS, "class Fields:", "class Fields")
    said = terminal.run("check", "1")
    line = terminal.text(FIELDS).splitlines().index("class Fields") + 1
    assert said.code == 1
    assert "The tests cannot import your code." in said.out
    assert "SyntaxError: expected ':'" in said.out
    assert f"reverseproxy/fields.py:{line}" in said.out


def test_an_import_that_fails_is_told_with_file_and_line(terminal: Terminal) -> None:
    terminal.run("start", "1")
    edit(terminal.root / FIELDS, "class Fields:", "import nowhere\n\nclass Fields:")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "ModuleNotFoundError: No module named 'nowhere'" in said.out
    assert "reverseproxy/fields.py:" in said.out


def test_when_all_pass_the_chapter_is_done_and_the_next_is_named(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    said = terminal.run("check", "1")
    assert said.code == 0
    assert "Chapter 1 is done: every step passes (3 attempts)." in said.out
    assert "make start CH=02" in said.out
    assert "done, 3 attempts" in terminal.run("list").out


def test_after_the_last_chapter_there_is_none_to_start(terminal: Terminal) -> None:
    terminal.run("start", "3")
    terminal.solve(3, 3)
    said = terminal.run("check", "3")
    assert said.code == 0, said.out
    assert "make list" in said.out
    assert "CH=04" not in said.out


def test_a_step_that_breaks_an_earlier_chapter_is_not_done(terminal: Terminal) -> None:
    terminal.run("start", "2")
    terminal.solve(2, 4)
    fields = terminal.root / "workbook/02/reverseproxy/fields.py"
    edit(fields, "def normal(name: str) -> str: return name.strip().lower()",
         "def normal(name: str) -> str: return name.lower()")  # fmt: skip
    said = terminal.run("check", "2")
    assert said.code == 1
    assert "what earlier chapters promised holds no more" in said.out
    assert "Chapter 1, Names and values: 1 test fails" in said.out
    assert "A name with capitals and blanks comes back in small letters." in said.out
    assert "is done" not in said.out


def test_check_runs_the_workbooks_code_whatever_python_is_told(
    terminal: Terminal, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    terminal.write(str(other), {"reverseproxy/__init__.py": b"raise SystemExit('the wrong one')"})
    terminal.run("start", "1")
    terminal.solve(1, 3)
    terminal.monkeypatch.setenv("PYTHONPATH", str(other))
    terminal.monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert terminal.run("check", "1").code == 0


def test_a_damaged_log_is_named_with_its_line(terminal: Terminal) -> None:
    terminal.run("start", "1")
    with (terminal.root / "workbook/attempts.jsonl").open("a", encoding="utf-8") as log:
        log.write("nonsense\n")
    said = terminal.run("list")
    assert said.code == 2
    assert "attempts.jsonl, line 2" in said.err


def test_tests_that_cannot_run_say_what_pytest_said(terminal: Terminal) -> None:
    terminal.run("start", "1")
    (terminal.root / "workbook/01/tests/conftest.py").write_text("import nowhere\n", "utf-8")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "pytest could not run the tests" in said.out
    assert "No module named 'nowhere'" in said.out


def test_tests_that_did_not_run_have_not_passed(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    tests = terminal.root / "workbook/01/tests/chapter_01/test_fields.py"
    tests.write_text(tests.read_text("utf-8").replace("@step(2)", "@step(1)"), "utf-8")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "No test of step 2 ran" in said.out
    assert "is done" not in said.out
    terminal.git("checkout", "chapter-01-start", "--", "tests", folder="workbook/01")
    assert "git checkout chapter-01-start -- tests" in said.out
    assert terminal.run("check", "1").code == 0


def test_code_that_ends_python_has_not_passed(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.solve(1, 3)
    whole = terminal.text(FIELDS)
    edit(terminal.root / FIELDS, "return normal(name)\n", "__import__('os')._exit(0)\n")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "✗ 1  A name is a token" in said.out
    assert "this test never came to its end" in said.out
    (terminal.root / FIELDS).write_text(f"{whole}\n__import__('os')._exit(0)\n", "utf-8")
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "pytest could not run the tests (exit code 0)" in said.out


def test_a_run_without_pytest_has_not_passed(terminal: Terminal) -> None:
    terminal.run("start", "1")
    terminal.write("workbook/01", {"pytest.py": b"raise SystemExit(1)\n"})
    said = terminal.run("check", "1")
    assert said.code == 1
    assert "pytest could not run the tests (exit code 1)" in said.out


def test_a_run_that_ends_badly_without_a_failure_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", "utf-8")
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--checkpoint-log')\n"
        "def pytest_sessionstart(session): open(session.config.getoption('checkpoint_log'), 'w')"
        """.write('{"nodeid": "test_it.py::test_it", "outcome": "passed"}')\n"""
        "def pytest_sessionfinish(): raise OSError('the disk is full')\n",
        "utf-8",
    )
    run = run_tests(tmp_path, ["test_it.py"])
    assert [outcome.is_green for outcome in run.outcomes] == [True]
    assert "the disk is full" in run.trouble


def test_a_log_of_an_older_plugin_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    old = {"nodeid": "tests/chapter_01/test_it.py::test_it", "step": 1, "outcome": "passed"}
    log.write_text(json.dumps(old) + "\n", "utf-8")
    (outcome,) = read_log(log)
    assert outcome.is_green
    assert (outcome.step, outcome.message, outcome.output) == (1, "", "")


def test_a_run_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys\n"
        "def test_it():\n"
        "    subprocess.run([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "    while True: pass\n",
        encoding="utf-8",
    )
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--checkpoint-log')\n", encoding="utf-8"
    )
    run = run_tests(tmp_path, ["test_it.py"], limit=1.0)
    assert run.outcomes == ()
    assert "still running after 1 seconds" in run.trouble


class Interrupted(subprocess.Popen[bytes]):
    """A process whose lock is taken, and not given back, when Ctrl-C comes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waitpid_lock = Interrupting()


class Interrupting:
    """A lock, and a Ctrl-C in the moment when it is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def acquire(self, blocking: bool = True) -> bool:
        """Raises once it is taken; there is none who would give it back."""
        taken = self._lock.acquire(blocking)
        if taken:
            raise KeyboardInterrupt
        return taken

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        """It is never entered."""


def test_a_run_ends_whenever_ctrl_c_comes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            run_alone(["sleep", "60"], tmp_path, os.environ, 60.0)
        except KeyboardInterrupt as error:
            ended.append(error)

    running = threading.Thread(target=run, daemon=True)
    running.start()
    running.join(20)
    assert ended, "it hangs"

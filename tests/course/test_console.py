"""Console blocks: reading them, comparing output, and running them in real terminals."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from chapters.console import Block, PageRun, blocks_of, run_page
from chapters.course import Course
from chapters.fences import read_page

TOML = """
title = "Hello"
part = "I"
summary = "Says hello."
minutes = 5
added = ["reverseproxy/__init__.py", "reverseproxy/greeting.py"]
given = ["reverseproxy/__init__.py"]

[[steps]]
title = "A greeting"
symbols = ["reverseproxy/greeting.py:greet"]
"""

GREETING = '''"""Greets."""


def greet() -> str:
    """The greeting."""
    return "hello"
'''

SERVER = '''"""Answers every call with a greeting, until ^C."""
import socket

from reverseproxy.greeting import greet

with socket.create_server(("127.0.0.1", 8000)) as server:
    print("\\x1b[32mserving\\x1b[0m on port 8000")
    try:
        while True:
            caller, _ = server.accept()
            with caller:
                caller.sendall(f"{greet()}\\n".encode())
            print("served one")
    except KeyboardInterrupt:
        print("bye")
'''

CALL = "python -c 'import socket; print(socket.create_connection((\"127.0.0.1\", 8000)).recv(99))'"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """One chapter with a server as its program."""
    root = tmp_path_factory.mktemp("course")
    chapter = root / "chapters" / "01-hello"
    chapter.mkdir(parents=True)
    (chapter / "chapter.toml").write_text(TOML)
    (chapter / "main.py").write_text(SERVER)
    (root / "reverseproxy").mkdir()
    (root / "reverseproxy" / "__init__.py").write_text('"""Greetings."""\n')
    (root / "reverseproxy" / "greeting.py").write_text(GREETING)
    return Course.load(root)


def blocks(text: str) -> list[Block]:
    return blocks_of(read_page(text), 1)


def run(course: Course, text: str) -> PageRun:
    return run_page(course, blocks(text), avoid=text)


def console(*lines: str, options: str = "") -> str:
    return "\n".join([f"```console {options}", *lines, "```", ""])


def test_a_page_that_says_what_happens_has_no_mismatch(course: Course) -> None:
    page = (
        console("$ python main.py", "serving on port 8000", options="terminal=server running")
        + console(f"$ {CALL}", "b'hello…'", "$ echo loud >&2; false", "loud", "$ echo $?", "1")
        + console("served one", "^C", "bye", "$ echo again", "again", options="terminal=server")
    )
    done = run(course, page)
    assert done.mismatches == []
    assert done.commands == 5


def test_a_step_names_the_tree_where_it_is_the_last_solved(course: Course) -> None:
    page = console(
        "$ python -c 'from reverseproxy.greeting import greet; greet()'",
        "...",
        "NotImplementedError: …step 1…",
        options="tree=01 step=0",
    )
    assert run(course, page).mismatches == []


def test_other_output_is_shown_as_a_difference(course: Course) -> None:
    (mismatch,) = run(course, console("$ echo a; echo b", "a", "c")).mismatches
    assert mismatch.line == 2
    assert mismatch.found.splitlines()[1:] == ["  a", "- c", "+ b"]


def test_what_follows_a_wrong_output_is_still_checked(course: Course) -> None:
    page = console("$ echo a", "b", "$ echo 1", "2")
    assert [mismatch.line for mismatch in run(course, page).mismatches] == [2, 4]


def test_a_command_that_does_not_end_is_a_finding(course: Course) -> None:
    (mismatch,) = run(course, console("$ sleep 60", "$ true", options="timeout=1")).mismatches
    assert "still running after 1 seconds" in mismatch.found
    assert "running" in mismatch.allowed


def test_a_server_that_does_not_say_what_it_should_is_a_finding(course: Course) -> None:
    page = console("$ python main.py", "listening", options="running")
    (mismatch,) = run(course, page).mismatches
    assert "printed something else" in mismatch.found
    assert mismatch.found.splitlines()[1:3] == ["- listening", "+ serving on port 8000"]


def test_a_server_that_says_nothing_more_is_a_finding(course: Course) -> None:
    page = console("$ python main.py", "...", "listening", options="running timeout=1")
    (mismatch,) = run(course, page).mismatches
    assert "never printed" in mismatch.found


def test_a_server_that_ends_at_once_is_a_finding(course: Course) -> None:
    page = console("$ python -c 1/0", "serving", options="running")
    (mismatch,) = run(course, page).mismatches
    assert "ended without" in mismatch.found
    assert "+ ZeroDivisionError: division by zero" in mismatch.found


def test_a_missing_command_is_named_with_its_package(course: Course) -> None:
    page = console("$ PATH=/nowhere; nc -h", "usage")
    (mismatch,) = run(course, page).mismatches
    assert "apt-get install netcat-openbsd" in mismatch.found


def test_pressing_control_c_where_nothing_runs_is_a_finding(course: Course) -> None:
    (mismatch,) = run(course, console("^C")).mismatches
    assert "nothing runs" in mismatch.found


def test_a_second_command_in_a_busy_terminal_is_a_finding(course: Course) -> None:
    page = console("$ sleep 60", options="running") + console("$ true", options="timeout=1")
    (mismatch,) = run(course, page).mismatches
    assert "still runs an earlier command" in mismatch.found


def test_a_tree_that_there_is_not_is_a_finding(course: Course) -> None:
    (mismatch,) = run(course, console("$ true", options="tree=07")).mismatches
    assert "7" in mismatch.found


def test_typed_lines_reach_the_running_program(course: Course) -> None:
    echo = "$ python -uc 'import sys; [print(line.upper(), end=\"\") for line in sys.stdin]'"
    page = console(echo, "> a", "A", "> b", "B", "> c", "^D", "C", options="typed")
    assert run(course, page).mismatches == []


def test_a_block_that_is_not_run_runs_nothing(course: Course) -> None:
    page = console("$ rm -rf /nowhere", options='norun reason="it would"')
    assert run(course, page) == PageRun()


def test_nothing_is_left_running_when_the_page_ends(course: Course, tmp_path: Path) -> None:
    page = console(
        f"$ sleep 600 & echo $! > {tmp_path}/background",
        "[1] …",
        f"$ (trap '' INT; echo $BASHPID > {tmp_path}/stubborn; echo up; exec sleep 600)",
        "up",
        options="running",
    )
    assert run(course, page).mismatches == []
    for name in ("background", "stubborn"):
        assert not is_alive(int(Path(tmp_path, name).read_text()))


def is_alive(process: int) -> bool:
    """Whether the process runs; one that has just been killed gets a moment to be gone."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True

"""`watch`: check again on every save, and a clean end."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.course.fixture_course import PROJECT
from tests.course.terminal import Terminal, edit


@contextmanager
def watching(terminal: Terminal) -> Iterator[subprocess.Popen[str]]:
    """`watch` in the workbook of chapter 1, as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(PROJECT / "chapters"), "watch", "1"],
        cwd=terminal.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(process: subprocess.Popen[str], words: str) -> str:
    """What is printed up to the line with these words; fails when the process ends before it."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it ended without {words!r}, having said: {said}")


def test_watch_looks_at_once_and_on_every_save_and_ctrl_c_ends_it_well(terminal: Terminal) -> None:
    terminal.run("start", "1")
    with watching(terminal) as process:
        assert "✗ 1  A name is a token" in until(process, "Ctrl-C ends it")
        terminal.solve(1, 1)
        assert "✗ 2  The first one counts" in until(process, "Ctrl-C ends it")
        edit(terminal.root / "workbook/01/reverseproxy/fields.py", "class Fields:", "class Fields")
        assert "SyntaxError" in until(process, "Ctrl-C ends it")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_watch_ends_with_a_word_when_the_workbook_is_gone(terminal: Terminal) -> None:
    terminal.run("start", "1")
    with watching(terminal) as process:
        until(process, "Ctrl-C ends it")
        shutil.rmtree(terminal.root / "workbook/01")
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "there is no workbook for chapter 1 yet" in errors


def test_ctrl_c_while_the_tests_run_ends_them_too(terminal: Terminal) -> None:
    terminal.run("start", "1")
    pipe = terminal.root / "pipe"
    os.mkfifo(pipe)
    terminal.write(
        "workbook/01/tests/chapter_01",
        {
            "conftest.py": b"import os, pathlib, threading\n"
            b"pathlib.Path('../../pipe').write_text(f'{os.getpid()}\\n')\n"
            b"threading.Event().wait()\n"
        },
    )
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with watching(terminal) as process:
            assert select.select([reader], [], [], 20)[0], "the tests did not begin"
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")
        with pytest.raises(ProcessLookupError):
            os.kill(int(os.read(reader, 100)), 0)
    finally:
        os.close(reader)

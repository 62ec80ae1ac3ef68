"""A shell in a pseudo-terminal: what it prints is what a reader sees, and ^C is a ^C."""

from __future__ import annotations

import codecs
import contextlib
import errno
import fcntl
import os
import re
import secrets
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROWS_COLUMNS = (40, 80)
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# The shell makes the terminal its controlling one before anything runs, and hears ^C even where
# this process was told to ignore it, as a shell tells what it puts into the background.
LOGIN = """
import os, signal, sys
for each in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_DFL)
os.login_tty(0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
SHELL = ("bash", "--noprofile", "--norc", "--noediting", "-i")
POLL = 0.05
PATIENCE = 2.0
"""Seconds in which a program may clean up after a SIGINT."""


class Terminal:
    """One bash with a terminal of its own, started in `folder`.

    `busy` is true from `enter` until the shell asks for the next command. What the command printed
    is read with `lines`; `wait` must run for anything to arrive.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._token = secrets.token_hex(8)
        self._prompt = re.compile(rf"\x1e{self._token}\x1e")
        self._master, slave = os.openpty()
        quiet(slave)
        self._name = os.ttyname(slave)
        self._shell = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LOGIN, *SHELL],
            stdin=slave, cwd=folder, close_fds=True,
            env={**environment, "PS1": "", "PS2": "", "HISTFILE": "", "IGNOREEOF": "3",
                 "PROMPT_COMMAND": rf"printf '\036{self._token}\036'"},
        )  # fmt: skip
        os.close(slave)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._text = ""
        self.busy = True
        self.open = True

    def fileno(self) -> int:
        return self._master

    def enter(self, command: str) -> None:
        """Gives the shell a command; what was printed before it is forgotten."""
        self._text = ""
        self.busy = True
        self.type(f"{command}\n")

    def type(self, text: str) -> None:
        """Types text into whatever is in the foreground; \\x03 is ^C and \\x04 is ^D."""
        os.write(self._master, text.encode())

    def read(self) -> None:
        """Takes what has been printed; never waits when there is something."""
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            self.open = self.busy = False
        self._text += self._decode(data)
        self._text, prompts = self._prompt.subn("", self._text)
        if prompts:
            self.busy = False

    def is_in_foreground(self) -> bool:
        """Whether a command has the terminal, so that ^C reaches it and not the shell."""
        return os.tcgetpgrp(self._master) != self._shell.pid

    def is_read(self) -> bool:
        """Whether the program has taken what was typed; ^C would throw away what it has not."""
        terminal = os.open(self._name, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            waiting = fcntl.ioctl(terminal, termios.FIONREAD, bytes(4))
        finally:
            os.close(terminal)
        return not any(waiting)

    def lines(self, *, whole: bool = False) -> list[str]:
        """The lines printed and not yet dropped, as a terminal shows them.

        A last line without an end is left out while more may come, unless `whole` asks for it.
        """
        lines = self._text.split("\n")
        if not lines[-1] or (self.busy and not whole):
            lines.pop()
        return [as_shown(line) for line in lines]

    def drop(self, count: int) -> None:
        """Forgets the first `count` lines."""
        self._text = "\n".join(self._text.split("\n")[count:])

    def close(self) -> None:
        """Ends the shell and all that was started in it, a last chance to clean up included."""
        groups = groups_of_session(self._shell.pid)
        for group in groups - {self._shell.pid}:
            end_group(group, signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and groups_of_session(self._shell.pid) - {
            self._shell.pid
        }:
            wait([self], lambda: not self.open, POLL)
        for group in groups_of_session(self._shell.pid) | {self._shell.pid}:
            end_group(group, signal.SIGKILL)
        self._shell.wait()
        os.close(self._master)
        self.open = False


def wait(terminals: Iterable[Terminal], until: Callable[[], bool], seconds: float) -> bool:
    """Reads from all the terminals until the condition holds; False when it never did.

    All of them, since a program whose terminal nobody reads stops when the terminal is full.
    """
    deadline = time.monotonic() + seconds
    while not until():
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        listening = [terminal for terminal in terminals if terminal.open]
        for terminal in select.select(listening, [], [], min(left, POLL))[0]:
            terminal.read()
    return True


def quiet(terminal: int) -> None:
    """Sets a terminal up: its size, no echo of what is typed, line ends as they were written."""
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    termios.tcsetwinsize(terminal, ROWS_COLUMNS)


def as_shown(line: str) -> str:
    """The line without colours, and with what a carriage return wrote over it."""
    parts = ESCAPES.sub("", line).rstrip().split("\r")
    return next((part for part in reversed(parts) if part), "").rstrip()


def groups_of_session(session: int) -> set[int]:
    """The process groups that have a living process in the session; Linux only, else none."""
    groups = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group, its_session = stat.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                groups.add(int(group))
    return groups


def end_group(group: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, how)

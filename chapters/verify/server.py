"""The other side of `forking`: fork servers for pytest, started, told what to run, and ended."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from chapters.checkpoint import end_group

SCRIPT = Path(__file__).with_name("forking.py")

# Seconds that a server may take to import its libraries and to fork, and to see that a fork has
# ended. They say nothing of the tests, and a busy machine may need many of them.
PATIENCE = 120.0


class Enough(NamedTuple):
    """How far a run has to go: through the tests of `step`, or to one of them that fails and says
    `message`.
    """

    step: int
    message: str


class Server:
    """A process that runs pytest in forks of itself, one at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._fork: int | None = None
        # -P, and a folder without code: only libraries are imported before it forks.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SCRIPT)], cwd=SCRIPT.anchor, env=environment, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    @property
    def is_closed(self) -> bool:
        """Whether the server has ended."""
        return self._process.returncode is not None

    def run(
        self, arguments: Sequence[str], folder: Path, env: Mapping[str, str], limit: float,
        enough: Enough | None = None,
    ) -> tuple[int | None, str]:  # fmt: skip
        """Runs pytest in a session of its own: its exit code, and what it said.

        It goes no further than `enough`. The exit code is None when it was still running `limit`
        seconds after it began.

        Raises:
            OSError: the server itself has ended, or hangs.
        """
        with tempfile.NamedTemporaryFile() as output:
            order = {
                "folder": str(folder.resolve()), "arguments": list(arguments),
                "environment": dict(env), "output": output.name, "enough": enough,
            }  # fmt: skip
            self._send(order)
            self._fork = self._own_answer()
            status = self._answer(limit)
            if status is None:
                end_group(self._fork)
                self._own_answer()
            self._fork = None
            return status, output.read().decode(errors="replace").strip()

    def close(self) -> None:
        """Ends the server, and the run that it may be at."""
        for group in filter(None, (self._fork, self._process.pid)):
            end_group(group)
        with self._process:  # closes the pipes, and waits
            pass

    def _send(self, order: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        line = memoryview(f"{json.dumps(order)}\n".encode())
        with contextlib.suppress(BrokenPipeError):  # it has ended, and its answer will say so
            while line:
                line = line[self._process.stdin.write(line) :]

    def _own_answer(self) -> int:
        """The next number that the server says, of what it does itself."""
        answer = self._answer(PATIENCE)
        if answer is None:
            raise OSError("the server that runs pytest does not answer")
        return answer

    def _answer(self, limit: float) -> int | None:
        """The next number that the server says; None when it says none in time."""
        assert self._process.stdout is not None
        waiting = select.poll()
        waiting.register(self._process.stdout, select.POLLIN)
        if not waiting.poll(limit * 1000):
            return None
        line = self._process.stdout.readline()
        if not line:
            raise OSError("the server that runs pytest has ended")
        return int(line)


class Servers:
    """As many servers as there are runs at a time, all with one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._idle: list[Server] = []

    @contextlib.contextmanager
    def one(self) -> Iterator[Server]:
        """A server that nobody else uses meanwhile."""
        try:
            server = self._idle.pop()
        except IndexError:
            server = Server(self._environment)
        try:
            yield server
        except BaseException:
            server.close()
            raise
        self._idle.append(server)

    def close(self) -> None:
        """Ends the servers, which nobody may be using any more."""
        while self._idle:
            self._idle.pop().close()

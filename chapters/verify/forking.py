"""A fork server for pytest: libraries are imported once, and each run is a fork that has them.

It is run as a script and imports nothing of the project, for each tree has a package of its own.
It reads orders, a line of JSON each:

    folder       where pytest runs
    arguments    what pytest is given
    environment  all its variables
    output       the file that takes what is printed
    enough       [step, message]: tests of later steps are left out, and all that come after a test
                 of this step that fails with this message; null for none

and answers each with two lines: the process id of the fork, which leads a session, and its exit
code once it has ended. What it leaves running is ended too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import warnings
from typing import Any, TextIO

import pytest

LIBRARIES = (
    "asyncio", "encodings.idna", "h11", "hypothesis.stateful", "hypothesis.strategies",
    "httpcore", "httptools", "httpx", "logging.config", "starlette.requests",
    "starlette.responses", "starlette.websockets", "tomllib", "unittest.mock",
    "uvicorn.loops.auto", "uvicorn.protocols.http.h11_impl",
    "uvicorn.protocols.http.httptools_impl", "uvloop", "xml.etree.ElementTree",
)  # fmt: skip
QUIET = ("-p", "no:terminal", "-p", "no:cacheprovider", "--noconftest", "-c", os.devnull,
         "-W", "ignore")  # fmt: skip


class Preloading:
    """Imports the libraries inside of pytest, which rewrites the asserts of its plugins."""

    def pytest_collection(self) -> bool:
        with warnings.catch_warnings():
            # What warns is left to the runs, for the warning may be an error there.
            warnings.simplefilter("error")
            for name in LIBRARIES:
                with contextlib.suppress(ImportError, Warning):
                    importlib.import_module(name)
        return True  # there is nothing else to collect


class UpTo:
    """Runs tests in the order of their steps, as far as anybody wants to know."""

    def __init__(self, step: int, message: str) -> None:
        self._step = step
        self._message = one_line(message)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        later = [item for item in items if step_of(item) > self._step]
        items[:] = sorted((item for item in items if step_of(item) <= self._step), key=step_of)
        config.hook.pytest_deselected(items=later)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        raised = call.excinfo if call.when == "call" and step_of(item) == self._step else None
        if raised is not None and self._message in one_line(str(raised.value)):
            item.session.shouldstop = "it has said what it is to say"


def one_line(text: str) -> str:
    return " ".join(text.split())


def step_of(item: pytest.Item) -> int:
    """The step that a test belongs to; 0 when it says none."""
    marker = item.get_closest_marker("step")
    return int(marker.args[0]) if marker else 0


def preload() -> None:
    """Imports what runs need: a run of pytest with no tests loads the plugins, as any does."""
    pytest.main(list(QUIET), plugins=[Preloading()])
    gc.collect()
    gc.freeze()  # else a fork's first collection copies all that was imported


def serve(orders: TextIO, answers: TextIO) -> int:
    """Forks for each order. Returns in the forks too, there with the exit code of pytest."""
    for line in orders:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            print(os.getpid(), file=answers, flush=True)  # not before: whoever reads it may end it
            return run(json.loads(line))
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
    return 0


def run(order: dict[str, Any]) -> int:
    """Runs pytest as `python -m pytest` does in a new process."""
    redirect(order["output"])
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.path.insert(0, order["folder"])
    sys.argv = [os.path.join(os.path.dirname(pytest.__file__), "__main__.py"), *order["arguments"]]
    # Else hypothesis tries the numbers and words of this file in its examples.
    sys.modules["__main__"].__file__ = sys.argv[0]
    plugins = [UpTo(*order["enough"])] if order["enough"] else []
    return int(pytest.main(order["arguments"], plugins=plugins))


def redirect(output: str) -> None:
    """No input, and all output into the file."""
    source, target = os.open(os.devnull, os.O_RDONLY), os.open(output, os.O_WRONLY)
    os.dup2(source, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(source)
    os.close(target)


if __name__ == "__main__":
    preload()
    sys.exit(serve(sys.stdin, sys.stdout))

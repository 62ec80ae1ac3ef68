"""Processes: started, listened to, and ended by their own ids, whatever happens."""

import asyncio
import contextlib
import os
import re
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PATIENCE = 10.0
"""Seconds for a program to start, or to do what it is told."""

GRACE = 5.0
"""Seconds from SIGTERM to SIGKILL."""

LINES = 20
"""Lines of its log that are told when a program does not do what it should."""


class Broken(Exception):
    """A program did not do what it should; the text says which, and the end of its log."""


class Running:
    """A program that runs. What it writes is read line by line."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, noted: re.Pattern[str]):
        self.name = name
        self._process = process
        self._noted = noted
        self._last = deque[str](maxlen=LINES)
        self._awaited: list[tuple[str, asyncio.Future[str]]] = []
        self.is_silent = False
        """Whether all that it ever wrote was read: most likely it has ended."""
        self.times: list[float] = []
        """When it wrote a line in which `noted` is found, in seconds of the loop's clock."""

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    async def listen(self) -> None:
        """Reads what it writes, to the end."""
        assert self._process.stdout
        loop = asyncio.get_running_loop()
        async for raw in self._process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self._last.append(line)
            if self._noted.search(line):
                self.times.append(loop.time())
            for words, future in self._awaited:
                if line.startswith(words) and not future.done():
                    future.set_result(line)
        self.is_silent = True
        for words, future in self._awaited:
            if not future.done():
                future.set_exception(self.broken(f"ended before it said {words!r}"))

    async def ask(self, told: str, expected: str) -> str:
        """Writes a line to it, if there is one; returns the next of its lines that so begins.

        Raises Broken when none does.
        """
        if self.is_silent:
            raise self.broken(f"ended before it said {expected!r}")
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._awaited.append((expected, future))
        if told and self._process.stdin:
            self._process.stdin.write(f"{told}\n".encode())
        try:
            async with asyncio.timeout(PATIENCE):
                return await future
        except TimeoutError as error:
            raise self.broken(f"did not say {expected!r} within {PATIENCE:g} s") from error

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it has ended."""
        # Not by the object's own method, which before Python 3.13 asks the system whether it has
        # ended: who waits for it is not told then (python/cpython#87744).
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def broken(self, why: str) -> Broken:
        """What to raise when it does not do what it should."""
        ended = self._process.returncode
        state = "" if ended is None else f" (it ended with {ended})"
        return Broken("\n  ".join([f"{self.name}: {why}{state}", *self._last]))

    async def end(self) -> None:
        """Ends it: politely, as nginx ends its workers only then; by force if need be."""
        if not self.is_alive:
            return
        below = children(self._process.pid)
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE):
                await self._process.wait()
        except TimeoutError:
            for pid in (*below, self._process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await self._process.wait()


def children(pid: int) -> list[int]:
    """The ids of the processes that a process has started; none where the system does not say."""
    with contextlib.suppress(OSError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


@contextlib.asynccontextmanager
async def running(
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    noted: re.Pattern[str] = re.compile("(?!)"),
) -> AsyncIterator[Running]:
    """Runs a program until the end of the block, in a group of its own: Ctrl-C is for us."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
    )
    program = Running(name, process, noted)
    listening = asyncio.ensure_future(program.listen())
    try:
        yield program
    finally:
        await asyncio.shield(program.end())
        listening.cancel()
        await asyncio.wait([listening])


async def output(*command: str) -> str:
    """What a command that ends by itself writes. Raises Broken when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise Broken(f"{' '.join(command)} ended with {process.returncode}: {told.decode()}")
    return told.decode()

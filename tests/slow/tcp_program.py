"""A TcpProxy in a process of its own, as people run it, and how large that is."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from reverseproxy import Target, TcpProxy, run
run(TcpProxy(Target([sys.argv[1]])), listen="127.0.0.1:0")
"""


@dataclass
class Program:
    """It, while it runs."""

    process: asyncio.subprocess.Process
    host: str
    port: int

    def memory(self) -> int:
        """Bytes of it that are in memory."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextlib.asynccontextmanager
async def running(*arguments: str, program: str = PROGRAM) -> AsyncIterator[Program]:
    """One that is given these arguments; what it logs is read, and thrown away.

    The arguments of the usual one are the URL of what it stands before.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    try:
        async with asyncio.timeout(PATIENCE):
            line = (await process.stderr.readline()).decode()
        assert "listening on " in line, line
        host, port = line.strip().rpartition(" ")[2].split(":")
        rest = asyncio.ensure_future(process.stderr.read())
        yield Program(process, host, int(port))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    await rest

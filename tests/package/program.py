"""A proxy in a process of its own, as people run it."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.loopback import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from reverseproxy import ReverseProxy, run
proxy = ReverseProxy()
proxy.add_target(sys.argv[1])
run(proxy, listen="127.0.0.1:0")
"""


@contextlib.asynccontextmanager
async def running(
    url: str, patience: float = PATIENCE
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A program that runs a proxy in front of `url`, and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, url, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    try:
        async with asyncio.timeout(patience):
            line = (await process.stderr.readline()).decode()
            assert "listening on http://" in line, line
            yield process, line.strip().rpartition("http://")[2]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()

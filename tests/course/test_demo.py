"""The demo behind `make run`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import ssl
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.loopback import PATIENCE, ask

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running demo: what it printed, its address, and the processes of its upstreams."""

    def __init__(self, process: asyncio.subprocess.Process, printed: str) -> None:
        self.process = process
        self.printed = printed
        self.address = re.findall(r"listens on http://(\S+),", printed)[0]
        self.upstreams = [int(pid) for pid in re.findall(r"process (\d+)", printed)]

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a path."""
        answer = await ask(self.address, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        return answer.status, answer.body.decode()


@contextlib.asynccontextmanager
async def demo() -> AsyncIterator[Demo]:
    """Runs the demo, and waits until it listens."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_demo({"NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "TMPDIR": folder}) as it:
            yield it


@contextlib.asynccontextmanager
async def running_demo(variables: dict[str, str]) -> AsyncIterator[Demo]:
    """Runs it with these variables, and kills it in the end: what it has made would stay."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chapters.demo", "--listen", "127.0.0.1:0"),
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    try:
        async with asyncio.timeout(2 * PATIENCE):
            assert b"listening on" in await process.stderr.readline()
            yield Demo(process, (await process.stdout.readuntil(b"Ctrl-C ends")).decode())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def gone(pid: int) -> None:
    """Waits until there is no such process; fails when there still is."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                await asyncio.sleep(0.01)


async def test_three_upstreams_are_reached_through_one_address() -> None:
    async with demo() as running:
        assert len(running.upstreams) == 3
        for name in ("rose", "iris", "lily"):
            answer = await running.get(f"/{name}/hello")
            assert answer == (200, f"This is {name}. You asked for /hello\n")
        assert "/rose/hello" in (await running.get("/"))[1]


async def test_the_same_is_there_over_tls() -> None:
    async with demo() as running:
        found = re.search(r"curl --cacert (\S+) https://(\S+):(\d+)/iris/heard", running.printed)
        assert found
        trust = ssl.create_default_context(cafile=found[1])
        reader, writer = await asyncio.open_connection(found[2], int(found[3]), ssl=trust)
        writer.write(b"GET /iris/heard HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        assert b'["x-forwarded-proto","https"]' in answer


async def test_the_three_take_turns() -> None:
    async with demo() as running:
        texts = [(await running.get("/hello"))[1] for _ in range(6)]

    assert [text.split()[2].rstrip(".") for text in texts] == ["rose", "iris", "lily"] * 2


async def test_nobody_notices_that_one_of_three_is_killed() -> None:
    async with demo() as running:
        os.kill(running.upstreams[0], signal.SIGKILL)
        assert [(await running.get("/hello"))[0] for _ in range(12)] == [200] * 12


async def test_a_killed_upstream_is_a_502_and_the_others_go_on() -> None:
    async with demo() as running:
        os.kill(running.upstreams[0], signal.SIGKILL)
        assert await running.get("/rose/hello") == (502, "502 Bad Gateway\n")
        assert (await running.get("/iris/hello"))[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_behind_however_it_ends(number: int) -> None:
    async with demo() as running:
        running.process.send_signal(number)
        code = await running.process.wait()
        for pid in running.upstreams:
            await gone(pid)

    assert code == (0 if number != signal.SIGKILL else -signal.SIGKILL)


async def test_an_address_in_use_is_refused_with_a_way_out() -> None:
    async with demo() as running:
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chapters.demo", "--listen", running.address),
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await second.communicate()

    assert second.returncode == 1
    assert running.address in told.decode()
    assert "LISTEN=" in told.decode()

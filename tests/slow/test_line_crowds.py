"""A LineProxy with thousands of clients, in a process of its own."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chapter_19.line_upstream import upstreams
from tests.slow.tcp_program import Program, running

PROGRAM = """
import sys
from reverseproxy import LineProxy, Target, run
run(LineProxy(Target([sys.argv[1]])), listen="127.0.0.1:0")
"""
NARROW = PROGRAM.replace("[sys.argv[1]])", "[sys.argv[1]]), connections=1")
"""With one connection, so that few of a crowd's lines are in the kernel's buffers."""

CROWD = 9_000


@contextlib.contextmanager
def descriptors(count: int) -> Iterator[None]:
    """Room for so many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * count + 1000:  # the proxy needs as many again for itself
        pytest.skip(f"there may be no more than {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 1000), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def worked(program: Program) -> float:
    """Seconds of the processor that it has had."""
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def rest(program: Program) -> None:
    """Waits until a program has done what it can."""
    for _ in range(100):
        before = worked(program)
        await asyncio.sleep(0.5)
        if worked(program) - before < 0.05:
            return
    pytest.fail("it works and works")


async def test_nine_thousand_clients_with_half_a_line_each() -> None:
    """They cost little memory, and no work; each half becomes a whole; and then all vanish."""
    with descriptors(CROWD), upstreams(1) as (one,), contextlib.ExitStack() as held:
        async with running(one.url, program=PROGRAM) as program:
            empty = program.memory()
            clients = []
            for number in range(CROWD):
                client = socket.create_connection((program.host, program.port))
                clients.append(held.enter_context(client))
                client.send(b"%d" % number)
            for client in clients[-100:]:
                client.send(b"\n")
            await one.until(lambda: len(one.lines) == 100)
            assert program.memory() - empty < CROWD * 5000
            began = worked(program)
            await asyncio.sleep(0.5)
            assert worked(program) - began < 0.1
            for client in clients[:-100]:
                client.send(b"\n")
            await one.until(lambda: len(one.lines) == CROWD)
            assert set(one.lines) == {b"%d" % number for number in range(CROWD)}
            for client in clients[::2]:
                client.close()
            clients[1].send(b"still here\n")
            await one.until(lambda: one.lines[-1] == b"still here")


async def test_a_crowd_that_waits_for_an_upstream_has_its_turns() -> None:
    """All of them want more room than there is; then the upstream reads, and nobody starves."""
    crowd, each = 1000, 40
    with descriptors(crowd), upstreams(1, reads=False) as (one,), contextlib.ExitStack() as held:
        async with running(one.url, program=NARROW) as program:
            empty = program.memory()
            clients = []
            for number in range(crowd):
                client = socket.create_connection((program.host, program.port))
                clients.append(held.enter_context(client))
                for piece in range(each):
                    client.send((b"%d %d " % (number, piece)).ljust(999, b".") + b"\n")
            await rest(program)
            assert program.memory() - empty < 20_000_000
            began = worked(program)
            await asyncio.sleep(0.3)
            assert worked(program) - began < 0.1
            one.read(reads=True)
            await one.until(lambda: len(one.lines) == crowd * each)
            assert len(set(one.lines)) == crowd * each
            # Half of all lines are there, and so is something of everybody.
            early = {line.split()[0] for line in one.lines[: crowd * each // 2]}
            assert len(early) == crowd

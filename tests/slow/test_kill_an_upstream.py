"""`kill -9` of one upstream of three, with 200 requests in flight: `make slow-test`.

SECONDS=60 in the environment makes the traffic last longer; numbers are printed with -s.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reverseproxy import ReverseProxy
from tests.support.loopback import serving

ROOT = Path(__file__).resolve().parents[2]
LONG = float(os.environ.get("SECONDS", "10"))
CLIENTS = 200
HELD = 30
"""Answers that have begun when one of three is killed: it has about ten of them."""
PATIENCE = LONG + 60.0

UPSTREAM = """
import asyncio, collections, sys

heard = collections.Counter()

async def handle(reader, writer):
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    method, target, _ = head.split(b"\\r\\n")[0].split(b" ")
    if target == b"/heard":
        body = b" ".join(b"%b:%d" % item for item in heard.items())
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
        return await writer.drain()
    if method == b"POST":
        await reader.readexactly(4)
        heard[target] += 1
        print(target.decode(), flush=True)
    if target.startswith(b"/long"):
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 40\\r\\n\\r\\n")
        for _ in range(4):
            writer.write(b"0123456789")
            await writer.drain()
            await asyncio.sleep(0.1)
    elif target == b"/held":
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 40\\r\\n\\r\\n0123456789")
        await writer.drain()
        await asyncio.sleep(3600)
    else:
        await asyncio.sleep(0.2)
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nOK")
    await writer.drain()

async def closing(reader, writer):
    try:
        await handle(reader, writer)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()

async def main():
    server = await asyncio.start_server(closing, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


@dataclass
class Upstream:
    """An upstream in a process of its own. It says the path of each POST, as soon as it has it."""

    process: asyncio.subprocess.Process
    url: str
    posts: Counter[str] = field(default_factory=Counter)

    async def listen(self) -> None:
        """Notes the POSTs that it has heard, also those that it was killed with."""
        assert self.process.stdout
        async for line in self.process.stdout:
            self.posts[line.decode().strip()] += 1


@contextlib.asynccontextmanager
async def started() -> AsyncIterator[Upstream]:
    """An upstream that runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", UPSTREAM, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    port = int(await process.stdout.readline())
    upstream = Upstream(process, f"http://127.0.0.1:{port}")
    listening = asyncio.ensure_future(upstream.listen())
    try:
        yield upstream
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await listening


async def one(address: str, kind: str, number: int) -> str:
    """One client's request, and what it saw of the answer, in a word."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    method = "POST" if kind == "post" else "GET"
    body = "Content-Length: 4\r\n\r\nrose" if kind == "post" else "\r\n"
    line = f"{method} /{kind}/{number} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
    try:
        writer.write((line + body).encode())
        answer = await reader.read()
    except ConnectionError:
        return "reset"
    finally:
        writer.close()
    status, got = answer[9:12].decode(), answer.partition(b"\r\n\r\n")[2]
    whole = b"0123456789" * 4 if kind == "long" else b"OK"
    if status != "200":
        return status or "nothing"
    if got == whole:
        return "whole"
    return "cut" if whole.startswith(got) else "mixed"


async def begun(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client whose answer has begun, and goes no further."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /held HTTP/1.1\r\nHost: h\r\n\r\n")
    await reader.readuntil(b"0123456789")
    return reader, writer


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """What still comes, up to the end, or to a reset."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_nobody_notices_whose_answer_had_not_begun(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: dict[str, Counter[str]] = {kind: Counter() for kind in ("get", "long", "post")}
    numbers = iter(range(10_000_000))
    in_flight = 0
    is_over = False

    async def client(chance: random.Random) -> None:
        nonlocal in_flight
        while not is_over:
            kind = chance.choice(["get", "get", "get", "long", "post"])
            in_flight += 1
            seen[kind][await one(address, kind, next(numbers))] += 1
            in_flight -= 1

    async with contextlib.AsyncExitStack() as stack:
        upstreams = [await stack.enter_async_context(started()) for _ in range(3)]
        proxy = ReverseProxy()
        proxy.add_target([upstream.url for upstream in upstreams])
        address = await stack.enter_async_context(serving(proxy, PATIENCE))
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(client(random.Random(number)))
            await asyncio.sleep(LONG / 2)
            held = [await begun(address) for _ in range(HELD)]
            rests = [group.create_task(rest_of(reader)) for reader, _ in held]
            flying = in_flight
            upstreams[1].process.send_signal(signal.SIGKILL)
            await asyncio.sleep(LONG / 2)
            is_over = True
            cut = [rest.result() for rest in rests if rest.done()]
            for rest in rests:
                rest.cancel()
        for _, writer in held:
            writer.close()

    posts: Counter[str] = sum((upstream.posts for upstream in upstreams), Counter())
    with capsys.disabled():
        print(f"\n{flying} in flight at the kill; GET {dict(seen['get'])}")  # noqa: T201
        print(f"long answers {dict(seen['long'])}; POST {dict(seen['post'])}")  # noqa: T201
        print(f"{len(posts)} POSTs heard, the most often {max(posts.values())} times")  # noqa: T201

    assert flying >= CLIENTS * 0.9
    assert set(seen["get"]) == {"whole"}, "a client saw an error, and its answer had not begun"
    assert set(seen["long"]) <= {"whole", "cut"}, "an answer that had begun is cut, or whole"
    assert 0 < len(cut) < HELD, "an answer that had begun at the one that was killed has to end"
    assert set(cut) == {b""}, "something came after the last byte of a killed upstream"
    assert set(seen["post"]) <= {"whole", "502"}, "a POST is answered, or nobody knows"
    assert set(posts.values()) == {1}, "a POST was heard twice"
    assert len(posts) >= seen["post"]["whole"]

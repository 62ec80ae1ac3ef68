"""Real clients of real databases, with the proxy between them: redis-cli, and psql."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from reverseproxy import Target, TcpProxy
from tests.real.test_real_peers import process, program
from tests.support.loopback import closed_port

POSTGRES = Path("/usr/lib/postgresql")
"""Where Debian keeps each version's programs."""


@contextlib.asynccontextmanager
async def proxied(*ports: int) -> AsyncIterator[str]:
    """The port of a proxy before whoever listens at these."""
    sock = socket.create_server(("127.0.0.1", 0))
    proxy = TcpProxy(Target([f"tcp://127.0.0.1:{port}" for port in ports]))
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=1.0))
    try:
        yield str(sock.getsockname()[1])
    finally:
        task.cancel()
        await asyncio.wait([task])


async def says(*command: str, stdin: bytes = b"", user: str | None = None) -> str:
    """What a program prints; it has to end well."""
    running = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=user, cwd="/"
    )
    async with asyncio.timeout(30):
        out, _ = await running.communicate(stdin)
    assert running.returncode == 0, f"{command[0]} ended with {running.returncode}"
    return out.decode()


@contextlib.asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[int]:
    """Debian's redis-server; yields its port."""
    port = closed_port()
    options = ("--port", str(port), "--dir", str(folder), "--save", "", "--bind", "127.0.0.1")
    async with process(program("redis-server", "redis-server"), *options, port=port):
        yield port


async def test_redis_cli_works_through_the_proxy(tmp_path: Path) -> None:
    cli = program("redis-cli", "redis-tools")
    async with redis(tmp_path) as direct, proxied(direct) as port:
        options = (cli, "-p", port)
        assert await says(*options, "ping") == "PONG\n"
        assert await says(*options, "-x", "set", "petals", stdin=b"x" * 5_000_000) == "OK\n"
        assert await says(*options, "strlen", "petals") == "5000000\n"
        assert await says(*options, "get", "petals") == "x" * 5_000_000 + "\n"
        many = b"".join(b"incr counter\n" for _ in range(1000))
        assert (await says(*options, stdin=many)).splitlines()[-1] == "1000"
        pipe = b"".join(b"*2\r\n$4\r\nINCR\r\n$5\r\npiped\r\n" for _ in range(10_000))
        assert "errors: 0, replies: 10000" in await says(*options, "--pipe", stdin=pipe)
        assert await says(cli, "-p", str(direct), "get", "piped") == "10000\n"


async def test_who_waits_in_redis_is_told_through_the_proxy(tmp_path: Path) -> None:
    cli = program("redis-cli", "redis-tools")
    async with redis(tmp_path) as direct, proxied(direct) as port:
        waits = asyncio.ensure_future(says(cli, "-p", port, "blpop", "queue", "10"))
        assert await says(cli, "-p", port, "rpush", "queue", "rose") == "1\n"
        assert await waits == "queue\nrose\n"


async def test_a_redis_that_dies_is_not_the_end(tmp_path: Path) -> None:
    cli = program("redis-cli", "redis-tools")
    (tmp_path / "one").mkdir()
    async with (
        redis(tmp_path) as left,
        redis(tmp_path / "one") as dies,
        proxied(dies, left) as port,
    ):
        assert await says(cli, "-p", port, "set", "where", "dies") == "OK\n"
        await says(cli, "-p", str(dies), "shutdown", "nosave")
        for _ in range(4):
            assert await says(cli, "-p", port, "set", "where", "left") == "OK\n"


class Postgres:
    """A database of Debian's PostgreSQL. It does not run as root, so then it has its own user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)

    @staticmethod
    def program(name: str) -> str:
        """One of its programs: the newest version's."""
        found = sorted(POSTGRES.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
        return str(found[-1]) if found else program(name, "postgresql")

    async def create(self) -> None:
        """Makes it, with nothing in it."""
        options = ("-D", str(self.folder / "data"), "-U", "rose", "-A", "trust", "--no-sync")
        await says(self.program("initdb"), *options, user=self.user)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Yields its port."""
        port = closed_port()
        options = ("-D", str(self.folder / "data"), "-p", str(port), "-h", "127.0.0.1")
        command = [self.program("postgres"), *options, "-k", str(self.folder), "-F"]
        if self.user:
            as_user = (f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups")
            command = ["setpriv", *as_user, *command]
        async with process(*command, port=port):
            yield port


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach: pytest's own are nobody else's."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


async def test_psql_works_through_the_proxy(folder: Path) -> None:
    psql, database = program("psql", "postgresql"), Postgres(folder)
    await database.create()
    async with database.running() as direct, proxied(direct) as port:
        options = [psql, "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", "rose"]
        options += ["-v", "ON_ERROR_STOP=1", "-d", "postgres"]
        for _ in range(100):
            with contextlib.suppress(AssertionError):
                assert await says(*options, "-c", "select 1") == "1\n"
                break
            await asyncio.sleep(0.05)
        await says(*options, "-c", "create table petals (number int, text text)")
        rows = b"".join(b"%d\tpetal\n" % number for number in range(100_000))
        await says(*options, "-c", "copy petals from stdin", stdin=rows)
        assert await says(*options, "-c", "select count(*), sum(number) from petals") == (
            "100000|4999950000\n"
        )
        copy = await says(*options, "-c", "copy petals to stdout")
        assert copy.encode() == rows
        notes = b"begin; delete from petals; rollback; select count(*) from petals;"
        assert await says(*options, stdin=notes) == "100000\n"

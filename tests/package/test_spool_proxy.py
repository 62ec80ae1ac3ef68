"""A LineProxy with a spool: on real files, with real clients, in front of a real upstream."""

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reverseproxy import ConfigurationError, LineProxy, Spool, Target
from reverseproxy.lines import serving
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.spool import files
from reverseproxy.lines.spool.frames import Point
from tests.package.spool_disk import MemoryDisk, failing, numbered
from tests.support.loopback import PATIENCE


class Upstream:
    """Takes lines, and acknowledges them when it may."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.may = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        count = 0
        with contextlib.suppress(ConnectionError):
            async for line in reader:
                await self.may.wait()
                self.got.append(line)
                count += 1
                writer.write(b"ACK %d\n" % count)
        writer.close()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Its URL."""
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        async with server:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@contextlib.asynccontextmanager
async def served(
    proxy: LineProxy, grace: float, left: tuple[int, ...] = ()
) -> AsyncIterator[tuple[str, int]]:
    """A proxy that is served; where. `left`: what its end says, if there is anything to say."""
    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.ensure_future(proxy.serve(listen=sock, grace=grace))
    host, port = sock.getsockname()
    try:
        async with asyncio.timeout(PATIENCE):
            yield host, port
    finally:
        task.cancel()
        await asyncio.wait([task])
        sock.close()  # nobody else does, if it ends before it begins
        assert proxy.lines.missing == 0
    with pytest.raises(asyncio.CancelledError) as ended:
        task.result()
    assert ended.value.args == left


async def test_a_client_hears_of_lines_that_are_safe_though_no_upstream_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0)
    upstream = Upstream()
    async with upstream.serving() as url:

        def proxy() -> LineProxy:
            target = Target(url)
            return LineProxy(
                target, delivery="acknowledged", acknowledge=True, store=Spool(tmp_path)
            )

        first = proxy()
        async with served(first, grace=0) as place:
            reader, writer = await asyncio.open_connection(*place)
            writer.write(numbered(0, 1000))
            while await reader.readline() != b"ACK 1000\n":
                assert first.lines.missing == 0
            writer.close()
        assert (first.lines.pending, first.lines.delivered) == (1000, 0)
        upstream.may.set()
        second = proxy()
        async with served(second, grace=PATIENCE):
            while second.lines.delivered < 1000:
                assert second.lines.missing == 0
                await asyncio.sleep(0)
        assert (second.lines.accepted, second.lines.pending) == (1000, 0)
        assert sorted(set(upstream.got)) == numbered(0, 1000).splitlines(keepends=True)
        third = proxy()
        async with served(third, grace=0):
            assert third.lines.accepted == 0


async def test_a_proxy_whose_spool_cannot_be_used_does_not_begin(tmp_path: Path) -> None:
    proxy = LineProxy(Target("tcp://127.0.0.1:9"), store=Spool(tmp_path / "missing"))
    with pytest.raises(ConfigurationError, match="path"):
        await proxy.serve(listen="127.0.0.1:0")
    assert proxy.lines.accepted == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere bind says that already")
async def test_a_proxy_that_cannot_listen_lets_its_spool_and_its_sockets_go(
    tmp_path: Path,
) -> None:
    with socket.socket() as other, socket.socket() as sock:
        place = ("127.0.0.1", 0)
        for each in (other, sock):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(place)  # so both of them may have it, until one listens
            place = other.getsockname()
        other.listen()
        proxy = LineProxy(Target("tcp://127.0.0.1:9"), store=Spool(tmp_path))
        with pytest.raises(OSError, match="use"):
            await proxy.serve(listen=sock)
        assert sock.fileno() == -1
    await open_and_close(tmp_path)


async def test_a_client_whose_lines_cannot_be_made_safe_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0)
    disk = MemoryDisk()
    store = Spool("/spool", files=lambda _: disk, pause=0.001)
    disk.faults.append(failing("sync", errno.EIO, times=10**6))
    proxy = LineProxy(Target("tcp://127.0.0.1:9"), store=store, acknowledge=True)
    async with served(proxy, grace=0.01, left=(5,)) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(numbered(0, 5))
        while proxy.lines.accepted < 5:
            assert proxy.lines.missing == 0
            await asyncio.sleep(0)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert proxy.lines.dropped == {"not stored": 5}


async def test_whoever_does_not_wait_for_the_end_does_not_keep_the_directory_from_being_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0)
    disk, closed = MemoryDisk(), threading.Event()
    monkeypatch.setattr(disk, "close", closed.set)
    proxy = LineProxy(Target("tcp://127.0.0.1:9"), store=Spool("/spool", files=lambda _: disk))
    sock = socket.create_server(("127.0.0.1", 0))
    task = asyncio.ensure_future(proxy.serve(listen=sock))
    async with asyncio.timeout(PATIENCE):
        _, writer = await asyncio.open_connection(*sock.getsockname())
        writer.write(b"1\n")
        while not proxy.lines.accepted:
            assert proxy.lines.missing == 0
            await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
    writer.close()
    assert await asyncio.to_thread(closed.wait, PATIENCE)


async def open_and_close(path: Path | str) -> None:
    """Opens a spool there, and closes it."""
    made = Spool(path)
    await made.open(Queue(1), Ledger())
    await made.close()


async def test_a_directory_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(ConfigurationError, match="a directory that this program may") as raised:
            await open_and_close(path)
        assert (raised.value.key, raised.value.value) == ("path", str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_directory_that_is_not_ours_to_write_is_refused(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o500)
    with pytest.raises(ConfigurationError, match="a directory that this program may"):
        await open_and_close(tmp_path)


@pytest.mark.parametrize("limit", [2, 40, 10_000_000, 2**50])
def test_whoever_sets_a_limit_need_not_think_of_segments(limit: int) -> None:
    assert 1 <= Spool("/spool", limit=limit)._segment <= min(max(limit // 16, 1), 67_108_864)
    with pytest.raises(ConfigurationError, match="segment"):
        Spool("/spool", limit=limit, segment=limit // 2 + 1)


async def test_one_directory_is_for_one_spool(tmp_path: Path) -> None:
    holder = Spool(tmp_path)
    await holder.open(Queue(1), Ledger())
    with pytest.raises(ConfigurationError, match="another program has this one in use"):
        await open_and_close(tmp_path)
    await holder.close()
    await open_and_close(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
async def test_a_directory_that_cannot_be_locked_is_refused_for_that_and_not_for_others(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    wanted = f"needs a file system that can lock it: .*{os.strerror(number)}"
    with pytest.raises(ConfigurationError, match=wanted):
        await open_and_close(tmp_path)


def test_where_a_sync_of_the_whole_disk_is_unknown_a_plain_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(files, "SYNC", 2**30)  # this, nobody knows
    with open(tmp_path / "file", "wb") as file:
        number = file.fileno()
        files.sync(number)
        assert synced == [number]
    with pytest.raises(OSError, match="Bad file descriptor"):
        files.sync(number)  # this is a real failure
    assert synced == [number]


async def test_a_second_proxy_with_the_same_spool_is_refused_and_the_first_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0)
    store = Spool(tmp_path)
    first, second = (
        LineProxy(Target("tcp://127.0.0.1:9"), acknowledge=True, store=store) for _ in range(2)
    )
    async with served(first, grace=0) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(b"before\n")
        assert await reader.readline() == b"ACK 1\n"
        with pytest.raises(ConfigurationError, match="a directory of its own"):
            await second.serve(listen="127.0.0.1:0")
        writer.write(b"after\n")
        assert await reader.readline() == b"ACK 2\n"
        writer.close()


async def test_a_directory_that_was_refused_is_let_go(tmp_path: Path) -> None:
    strange = tmp_path / Point(0, 0).name
    os.mkdir(strange)
    with pytest.raises(ConfigurationError, match=r"cannot be used: .*Is a directory"):
        await open_and_close(tmp_path)
    os.rmdir(strange)
    await open_and_close(tmp_path)

"""The spool: what it promises to clients, the queue and the ledger, whatever the disk does."""

import asyncio
import errno
import logging
import os
import sys
import threading
from collections.abc import Callable

import pytest

from reverseproxy import ConfigurationError
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.spool import outlet, spool, thread
from reverseproxy.lines.spool.frames import HEAD
from tests.package.spool_disk import (
    SURVIVALS,
    MemoryDisk,
    Operation,
    failing,
    numbered,
    recovered,
    taken,
)
from tests.package.spool_running import BATCH, Gate, Running
from tests.support.loopback import PATIENCE


def done(disk: MemoryDisk, word: str) -> list[Operation]:
    """What was done of that kind."""
    return [operation for operation in disk.operations if operation[0] == word]


async def test_a_batch_is_settled_when_it_is_safe_and_not_before() -> None:
    async with Running(MemoryDisk()).opened() as running:
        gate = Gate()
        running.disk.faults.append(gate)
        running.put()
        await asyncio.to_thread(gate.reached.acquire)
        assert done(running.disk, "write")
        assert (running.settled, running.spool.lines) == ([], BATCH)
        gate.may_go.release()
        await running.are_settled(1)
        assert list(taken(running.queue)) == numbered(0, BATCH).splitlines(keepends=True)
        running.ledger.delivered += BATCH
        running.disk.faults.clear()


async def test_all_that_comes_during_an_fsync_shares_the_next_one() -> None:
    async with Running(MemoryDisk()).opened() as running:
        gate = Gate()
        running.disk.faults.append(gate)
        running.put()
        await asyncio.to_thread(gate.reached.acquire)
        running.put(50)
        gate.may_go.release(2)
        await running.are_settled(51)
        running.disk.faults.clear()
        assert (len(done(running.disk, "write")), len(done(running.disk, "sync"))) == (2, 2)


async def test_what_was_settled_survives_a_power_cut_at_any_moment() -> None:
    async with Running(MemoryDisk(), segment=200).opened() as running:
        for count in (1, 4, 9, 2):
            before = len(running.settled)
            running.put(count)
            await running.are_settled(before + count)
    for count in range(len(running.disk.operations) + 1):
        safe = sum(when <= count for when in running.when) * BATCH
        for survival in SURVIVALS:
            lines, _ = recovered(running.disk.after_power_cut(count, survival))
            assert b"".join(lines) == numbered(0, len(lines))
            assert len(lines) >= safe


async def test_lines_that_were_just_made_safe_are_not_read_again() -> None:
    reads: list[object] = []
    async with Running(MemoryDisk()).opened() as running:
        running.disk.faults.append(
            lambda word, *what: reads.append(what) if word == "read" else None
        )
        running.put(20)
        await running.until(lambda: running.queue.lines == 20 * BATCH)
        assert reads == []


async def test_what_the_queue_has_no_room_for_waits_on_the_disk_and_comes_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlet, "AHEAD", 50)
    monkeypatch.setattr(outlet, "SIZE", 25)
    monkeypatch.setattr(spool, "ENOUGH", 60)
    got: list[bytes] = []
    async with Running(MemoryDisk(), size=2, segment=300).opened() as running:
        for count in range(1, 8):
            running.put(count)
            await running.until(lambda: not running.spool._incoming)
        while len(got) < running.ledger.accepted:
            await running.until(lambda: running.queue.lines > 0)
            assert len(running.queue._givers._calls) <= 1
            batch = running.queue.take(lambda: None)
            assert batch
            assert len(batch.data) <= 25
            running.ledger.delivered += batch.lines
            got += batch.data.splitlines(keepends=True)
            batch.settled()
        await running.until(lambda: running.disk.names() == ["delivered"])
    assert b"".join(got) == numbered(0, len(got))
    assert recovered(running.disk)[0] == []


async def test_clients_wait_while_too_much_waits_for_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spool, "WAITING", 100)
    async with Running(MemoryDisk()).opened() as running:
        called: list[str] = []
        for name in ("first", "gone", "second"):
            running.spool.wait_for_room(lambda name=name: called.append(name))  # type: ignore[misc]
        running.spool.forget(list(running.spool._givers)[1])
        running.put(5)
        assert running.spool.is_full
        running.spool.wake_giver()
        assert called == []
        await running.are_settled(5)
        assert called == ["first", "second"]
        assert not running.spool.is_full


async def test_thousands_of_clients_that_wait_are_forgotten_without_a_search() -> None:
    compared: list[object] = []

    class Call:
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            compared.append(other)
            return self is other

        def __call__(self) -> None:
            called.append(self)

    called: list[Call] = []
    async with Running(MemoryDisk()).opened() as running:
        calls = [Call() for _ in range(3000)]
        for call in calls:
            running.spool.wait_for_room(call)
        for call in calls[:0:-1]:
            running.spool.forget(call)
        running.spool.wake_giver()
        assert called == calls[:1]
        assert len(compared) < 3 * len(calls)


async def test_a_client_that_brings_something_when_it_is_called_does_not_call_from_within() -> None:
    async with Running(MemoryDisk()).opened() as running:
        called: list[int] = []

        def client(number: int) -> Callable[[], None]:
            def bring() -> None:
                called.append(number)
                running.put()
                running.spool.wake_giver()

            return bring

        for number in range(sys.getrecursionlimit()):
            running.spool.wait_for_room(client(number))
        running.spool.wake_giver()
        assert called == list(range(sys.getrecursionlimit()))


async def test_at_its_limit_clients_wait_until_lines_are_delivered() -> None:
    async with Running(MemoryDisk(), limit=400, segment=200).opened() as running:
        while not running.spool.is_full:
            running.put()
            await running.are_settled(len(running.settled) + 1)
        called: list[bool] = []
        running.spool.wait_for_room(lambda: called.append(True))
        while batch := running.queue.take(lambda: None):
            running.ledger.delivered += batch.lines
            batch.settled()
        await running.until(lambda: bool(called))
        assert not running.spool.is_full


@pytest.mark.parametrize("word", ["write", "sync", "sync names", "open"])
async def test_when_the_disk_fails_clients_wait_and_nothing_is_lost(
    word: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Running(MemoryDisk()).opened() as running:
        full = [True]

        def fault(its: str, *_: object) -> None:
            if its == word and full[0]:
                tries.append(running.spool.is_full)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        tries: list[bool] = []
        running.disk.faults.append(fault)
        running.put(2)
        await running.until(lambda: len(tries) > 3)
        assert tries[1:4] == [True] * 3
        assert running.settled == []
        running.put()  # of those who had been read
        full.clear()
        full.append(False)
        await running.are_settled(3)
        assert not running.spool.is_full
        said = [record.getMessage() for record in caplog.records]
        assert said == [
            "writing to /spool: [Errno 28] No space left on device; another try every 0.001 s",
            "writing to /spool: works again",
        ]
    assert recovered(running.disk)[0] == numbered(0, 9).splitlines(keepends=True)


async def test_what_there_is_room_for_becomes_safe_though_a_whole_group_has_none() -> None:
    async with Running(MemoryDisk()).opened() as running:
        gate, sizes = Gate("write"), []

        def fault(word: str, *what: object) -> None:
            if word == "write":
                data = what[1]
                assert isinstance(data, bytes)
                sizes.append(len(data))
                if len(data) > 400:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        running.disk.faults += [gate, fault]
        running.put()
        await asyncio.to_thread(gate.reached.acquire)
        running.put(60)
        gate.may_go.release(1000)
        await running.are_settled(61)
        assert max(sizes) == HEAD.size + 60 * BATCH * 7
        running.disk.faults.remove(fault)
        running.disk.faults.remove(gate)
    assert recovered(running.disk)[0] == numbered(0, 61 * BATCH).splitlines(keepends=True)


async def test_a_batch_that_has_no_room_alone_waits_until_it_has() -> None:
    async with Running(MemoryDisk()).opened() as running:
        running.disk.faults.append(failing("write", errno.ENOSPC, times=40))
        running.put(2)
        await running.are_settled(2)
        running.put(50)
        await running.are_settled(52)


async def test_between_two_tries_the_disk_is_left_alone_but_for_the_stop() -> None:
    async with Running(MemoryDisk(), pause=1000).opened() as running:
        running.disk.faults.append(failing("sync", errno.EIO))
        running.put()
        await running.until(lambda: running.spool.is_full)
        gate = Gate("write")
        running.disk.faults.append(gate)
        running.put(2)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not gate.reached.acquire(blocking=False)
        running.disk.faults.clear()
    assert running.settled == [0, 1, 2]


async def test_a_read_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outlet, "AHEAD", 1)
    async with Running(MemoryDisk(), size=1).opened() as running:
        for count in range(1, 4):
            running.put()
            await running.are_settled(count)
        running.disk.faults.append(failing("read", errno.EIO, times=2))
        running.ledger.delivered += len(list(taken(running.queue)))
        await running.until(lambda: "reading /spool: works again" in caplog.text)


async def test_a_file_that_cannot_be_read_is_named_and_an_empty_one_in_its_place_helps(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outlet, "AHEAD", 1)
    async with Running(disk := MemoryDisk(), size=1, segment=1).opened() as running:
        for count in range(1, 5):
            running.put()
            await running.are_settled(count)
        name = sorted(disk.names())[2]
        del disk.names_of[name]
        got: list[int] = []
        while len(got) < 3 * BATCH:
            got += map(int, taken(running.queue))
            running.ledger.delivered = len(got)
            if "reading /spool" in caplog.text:
                disk.names_of[name] = len(disk.files)
                disk.files[len(disk.files)] = bytearray()
            await asyncio.sleep(0)
    assert got == [0, 1, 2, 3, 4, 5, 9, 10, 11]
    assert running.ledger.dropped == {"corrupt": BATCH}
    said = next(each.getMessage() for each in caplog.records if "reading" in each.getMessage())
    assert f"ENOENT: '{name}'; another try every 0.001 s" in said
    assert "delivery waits for that file" in said


async def test_a_mark_that_cannot_be_written_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Running(MemoryDisk(), segment=1).opened() as running:
        running.put()
        await running.are_settled(1)
        running.disk.faults.append(failing("rename", errno.EIO, times=2))
        batch = running.queue.take(lambda: None)
        assert batch
        running.ledger.delivered += batch.lines
        batch.settled()
        await running.until(lambda: "tidying up /spool: works again" in caplog.text)
        assert running.disk.names() == ["delivered"]


async def test_lines_that_went_bad_are_counted_and_those_behind_them_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outlet, "AHEAD", 1)
    async with Running(MemoryDisk(), size=1, segment=1).opened() as running:
        for count in range(1, 6):
            running.put()
            await running.are_settled(count)
        names = sorted(running.disk.names())
        for name in (names[2], names[4]):
            running.disk.files[running.disk.names_of[name]][-1] ^= 1
        got = b""
        while running.spool.lines or running.queue.lines:
            await running.until(
                lambda: running.queue.lines + running.spool.lines == 0 or running.queue.lines > 0
            )
            if batch := running.queue.take(lambda: None):
                got += batch.data
                running.ledger.delivered += batch.lines
                batch.settled()
        assert got == numbered(0, 6) + numbered(9, 3)
        assert running.ledger.dropped == {"corrupt": 6}
    corrupt = [name + ".corrupt" for name in (names[2], names[4])]
    assert sorted(running.disk.names()) == [*corrupt, "delivered"]


async def test_a_restart_counts_what_is_there_and_loses_nothing() -> None:
    disk = MemoryDisk()
    async with Running(disk, size=4).opened() as first:
        for count in range(1, 8):
            first.put()
            await first.are_settled(count)
        for _ in range(3):
            batch = first.queue.take(lambda: None)
            assert batch
            first.ledger.delivered += batch.lines
            batch.settled()
    assert first.spool.lines == 4 * BATCH
    async with Running(disk).opened() as second:
        await second.until(lambda: second.queue.lines == 4 * BATCH)
        assert second.ledger.accepted == 4 * BATCH
        assert b"".join(taken(second.queue)) == numbered(3 * BATCH, 4 * BATCH)
        second.ledger.delivered += 4 * BATCH


async def test_the_same_spool_again_counts_nothing_twice() -> None:
    running = Running(MemoryDisk())
    async with running.opened():
        running.put(3)
        await running.are_settled(3)
    running.queue = Queue(10)
    async with running.opened():
        await running.until(lambda: running.queue.lines == 3 * BATCH)
        assert running.ledger.accepted == 3 * BATCH
    assert running.spool.lines == 3 * BATCH


async def test_the_same_spool_with_another_ledger_is_counted_there() -> None:
    running = Running(MemoryDisk())
    async with running.opened():
        running.put(3)
        await running.are_settled(3)
    running.queue, running.ledger = Queue(10), Ledger()
    async with running.opened():
        await running.until(lambda: running.queue.lines == 3 * BATCH)
        assert running.ledger.accepted == 3 * BATCH


async def test_a_stop_waits_until_all_is_safe_and_gives_nothing_more_out() -> None:
    async with Running(MemoryDisk()).opened() as running:
        running.put(3)
        await running.spool.flush()
        assert running.settled == [0, 1, 2]
        assert running.queue.lines == 0
        assert running.spool.lines == 3 * BATCH


async def test_what_is_read_while_it_stops_stays_where_it_is() -> None:
    disk = MemoryDisk()
    async with Running(disk).opened() as before:
        before.put(2)
    gate = Gate("read")
    async with Running(disk).opened() as running:
        disk.faults.append(gate)
        await asyncio.to_thread(gate.reached.acquire)
        await running.spool.flush()
        gate.may_go.release(100)
        await running.until(lambda: running.spool._outlet.lines > 0)
        assert running.queue.lines == 0


async def test_a_stop_tries_again_for_as_long_as_it_may() -> None:
    async with Running(MemoryDisk()).opened() as running:
        running.disk.faults.append(failing("sync", errno.EIO, times=5))
        running.put(3)
    assert running.settled == [0, 1, 2]
    assert running.lost == 0


async def test_what_cannot_be_made_safe_before_the_stop_is_dropped_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Running(MemoryDisk()).opened(grace=0.01) as running:
        running.disk.faults.append(failing("sync", errno.EIO, times=10**6))
        running.put(3)
    assert running.lost == 3 * BATCH
    assert running.ledger.dropped == {"not stored": 3 * BATCH}
    assert "lines dropped: 9 (not stored)" in caplog.text
    assert running.settled == []


async def test_what_a_disk_takes_long_for_is_said_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with Running(MemoryDisk()).opened() as running:
        monkeypatch.setattr(thread, "SLOW", 0.001)
        gate = Gate()
        running.disk.faults.append(gate)
        running.put()
        await asyncio.to_thread(gate.reached.acquire)
        await running.until(lambda: "writing to /spool: takes longer than" in caplog.text)
        gate.may_go.release()
        await running.are_settled(1)
        monkeypatch.setattr(thread, "SLOW", 1000.0)
        running.disk.faults.clear()
        running.put()
        await running.are_settled(2)
    assert [record.getMessage() for record in caplog.records] == [
        "writing to /spool: takes longer than 0.001 s; "
        "no line is safe until it is done, and no stop ends",
        "writing to /spool: in time again",
    ]


@pytest.mark.parametrize("is_slow", [False, True])
async def test_what_becomes_safe_after_the_grace_period_is_kept_and_a_slow_disk_is_spared(
    is_slow: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running = Running(MemoryDisk())
    await running.spool.open(running.queue, running.ledger)
    working = asyncio.ensure_future(running.spool.run())
    gate = Gate("write")
    running.disk.faults.append(gate)
    monkeypatch.setattr(thread, "SLOW", 0.001 if is_slow else 1000.0)
    running.put(2)
    await asyncio.to_thread(gate.reached.acquire)
    running.put(3)  # of those nothing is written
    working.cancel()
    await asyncio.wait([working])
    closing = asyncio.ensure_future(running.spool.close())
    await running.until(lambda: "takes longer" in caplog.text or not is_slow)
    running.disk.faults.clear()
    gate.may_go.release()
    assert await closing == 3 * BATCH
    assert (running.spool.lines, running.missing) == (2 * BATCH, 0)
    assert running.ledger.dropped == {"not stored": 3 * BATCH}
    assert ("delivered" in running.disk.names()) != is_slow
    assert len(recovered(running.disk)[0]) == 2 * BATCH


async def test_a_directory_is_let_go_though_nobody_waits_for_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, closed = Gate(), threading.Event()
    running = Running(MemoryDisk())
    monkeypatch.setattr(running.disk, "close", closed.set)
    await running.spool.open(running.queue, running.ledger)
    working = asyncio.ensure_future(running.spool.run())
    running.disk.faults.append(gate)
    running.put()
    await asyncio.to_thread(gate.reached.acquire)
    closing = asyncio.ensure_future(running.spool.close())
    await asyncio.sleep(0)
    working.cancel()
    closing.cancel()
    await asyncio.wait([working, closing])
    gate.may_go.release(100)
    assert await asyncio.to_thread(closed.wait, PATIENCE)


async def test_a_disk_that_fails_at_the_start_is_refused() -> None:
    disk = MemoryDisk()
    async with Running(disk).opened() as running:
        running.put()
        await running.are_settled(1)
    disk.faults.append(failing("sync", errno.EIO))
    with pytest.raises(ConfigurationError, match=r"cannot be used: .*EIO"):
        await Running(disk).spool.open(Queue(1), Ledger())


async def test_all_is_quiet_when_nothing_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Running(MemoryDisk()).opened() as running:
        running.put()
        await running.are_settled(1)
    assert not caplog.records

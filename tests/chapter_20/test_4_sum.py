"""Step 4: the sum that must hold."""

import asyncio

import pytest

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.ledger import Ledger, Lines
from reverseproxy.lines.queue import Queue
from tests.chapter_20.owing import lines, served, until
from tests.support.steps import step


class Shelf(Queue):
    """A store that keeps all that comes, and gives something out when a test says so."""

    def __init__(self, before: Batch) -> None:
        """`before`: lines that were there before it was opened."""
        super().__init__(1000)
        self.put(before)

    async def open(self, queue: Queue, ledger: Ledger) -> None:
        """From now on."""
        self._queue = queue
        ledger.accepted += self.lines

    async def run(self) -> None:
        """There is nothing to do."""
        await asyncio.Event().wait()

    async def flush(self) -> None:
        """All of it is safe."""

    def give(self) -> None:
        """Its oldest batch goes to upstreams."""
        batch = self.take(self.give)
        assert batch, "there was one"
        self._queue.put(batch)

    def take_back(self, lines: int) -> None:
        """They are kept."""
        self.put(Batch(b"", lines))

    async def close(self) -> int:  # type: ignore[override]  # as a store does it
        """No more; nothing is lost."""
        return 0


@step(4)
def test_nothing_is_missing_when_it_adds_up() -> None:
    """Lines that are delivered, pending, unconfirmed or dropped for whatever reason: none missing.

    Why: a line that was given up is not missing. Somebody has said so.
    Read: Step 4, "The sum that must hold".
    """
    for counts in (
        Lines(0, 0, 0, 0, {}),
        Lines(9, 9, 0, 0, {}),
        Lines(9, 0, 9, 0, {}),
        Lines(9, 0, 0, 9, {}),
        Lines(9, 0, 0, 0, {"too long": 9}),
        Lines(9, 0, 0, 0, {"too long": 2, "stopped": 7}),
        Lines(50, 3, 40, 2, {"too long": 1, "unfinished": 4}),
    ):
        if counts.missing != 0:
            pytest.fail(f"{counts}: {counts.missing} are missing, it says, and none is")


@step(4)
def test_what_is_missing_is_counted() -> None:
    """Of 9 lines, 7 are somewhere: 2 are missing. 12 are somewhere: -3.

    Why: a line that is counted twice hides one that is lost, or will be.
    Read: Step 4, "The sum that must hold".
    """
    for counts, wanted in (
        (Lines(9, 7, 0, 0, {}), 2),
        (Lines(9, 1, 1, 1, {"too long": 2, "stopped": 1}), 3),
        (Lines(9, 10, 1, 0, {"stopped": 1}), -3),
        (Lines(0, 0, 0, 1, {}), -1),
    ):
        if counts.missing != wanted:
            pytest.fail(f"{counts}: {wanted} are missing, and it says {counts.missing}")


@step(4)
async def test_what_waits_and_what_is_on_its_way_is_pending() -> None:
    """One batch on its way to each of two upstreams, which say nothing, and two that wait: all.

    Why: each of them is somebody's line, and would be lost with you.
    Read: Step 4, "The sum that must hold".
    """
    async with served(2, connections=1, window=1) as it:
        with it.client() as client:
            for number in range(1, 5):
                client.send(lines(1, number))
                await it.accepts(sum(range(number + 1)))
            await until(
                lambda: sum(len(each.lines) for each in it.upstreams) == 3,
                "a batch of one line, and one of two, do not come to the upstreams",
            )
            if (found := it.proxy.lines.pending) != 10:
                pytest.fail(f"3 lines are on their way, and 7 wait, and {found} are pending")
            for each in it.upstreams:
                each.open[0].say(b"ACK %d\n" % len(each.lines))
            await it.delivers(3, "3 of 10 lines are acknowledged")
            if (found := it.proxy.lines.pending) != 7:
                pytest.fail(f"of 10 lines, 3 are delivered, and {found} are pending")


@step(4)
async def test_what_waits_in_each_queue_is_pending() -> None:
    """order="connection", and two clients, which send 1 line and then 2: 6 lines are pending.

    Why: then each connection to an upstream has a queue of its own, and lines wait in all of them.
    Read: Step 4, "The sum that must hold".
    """
    async with served(2, connections=1, window=1, order="connection") as it:
        with it.client() as one, it.client() as two:
            for number, count in ((1, 2), (2, 6)):
                for each in (one, two):
                    each.send(lines(1, number))
                await it.accepts(count)
            if (found := it.proxy.lines.pending) != 6:
                pytest.fail(f"2 lines are on their way, 4 wait in two queues, {found} are pending")


@step(4)
async def test_the_sum_can_be_wrong() -> None:
    """A line more is counted as accepted, one that there is not: it is missing.

    Why: a sum that is made to hold proves nothing, and would hide the first line that is lost.
    Read: Step 4, "The sum that must hold".
    """
    async with served() as it:
        with it.client() as client:
            client.send(lines(1, 3))
            await it.accepts(3)
            if (found := it.proxy.lines).missing:
                pytest.fail(f"3 lines came, and nothing has become of them: {found}")
            for key in ("accepted", "delivered", "unconfirmed"):
                setattr(it.proxy.ledger, key, getattr(it.proxy.ledger, key) + 1)
                found, wanted = it.proxy.lines, 1 if key == "accepted" else -1
                if found.pending != 3:
                    pytest.fail(f"3 lines are on their way, and pending follows from {key}")
                if found.missing != wanted:
                    pytest.fail(f"{key} is one too many, and missing are {found.missing}")
                setattr(it.proxy.ledger, key, getattr(it.proxy.ledger, key) - 1)


@step(4)
async def test_what_is_kept_in_a_store_is_pending() -> None:
    """4 lines from before are in the store, 3 come: 7 are pending, with those on their way.

    Why: they are accepted, and not delivered. Where they are does not matter for that.
    Read: Step 4, "The sum that must hold".
    """
    shelf = Shelf(Batch.of(lines(1, 4)))
    async with served(store=shelf, connections=1, window=1) as it:
        with it.client() as client:
            await it.accepts(4)
            client.send(lines(5, 7))
            await it.accepts(7)
            if (found := it.proxy.lines.pending) != 7:
                pytest.fail(f"4 lines were in the store, and 3 came: {found} are pending")
            shelf.give()
            if (found := it.proxy.lines.pending) != 7:
                pytest.fail(f"4 of 7 lines in the store have gone out of it: {found} are pending")
            shelf.give()
            if (found := it.proxy.lines.pending) != 7:
                pytest.fail(f"all of 7 lines have gone out of the store: {found} are pending")


@step(4)
async def test_it_adds_up_at_every_moment() -> None:
    """Lines come, an upstream answers, one breaks, lines go again: nothing is ever missing.

    Why: a sum that holds when all is over can have been wrong all the time.
    Read: Step 4, "The sum that must hold".
    """
    wrong: list[Lines] = []
    async with served(2, acknowledges=True, connections=2, window=40, max_line=50) as it:

        async def watch() -> None:
            while True:
                if it.proxy.lines.missing:
                    wrong.append(it.proxy.lines)
                await asyncio.sleep(0)

        watching = asyncio.ensure_future(watch())
        with it.client() as client:
            for number in range(6):
                client.send(lines(1, 20) + b"x" * 60 + b"\n")
                await it.accepts(21 * number + 21)
                for each in it.upstreams[0].open[:1]:
                    each.close(reset=number % 2 == 0)
            await it.delivers(120, "120 lines came, and upstreams that answer")
        watching.cancel()
        await asyncio.wait([watching])
        if not watching.cancelled():
            watching.result()
    if wrong:
        pytest.fail(f"{len(wrong)} times something was missing, the first time: {wrong[0]}")

"""Fifty schedules of faults, each from a seed: what becomes of every line, and is it so?

Each is run for both deliveries. Some are over TLS, some keep lines in order, some have short lines
only, in some the proxy stops in the middle, and in some nothing happens at all.
"""

import asyncio
import contextlib
import itertools
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from reverseproxy import Certificates, LineProxy, Target, TlsListener, UpstreamTls
from reverseproxy.lines import serving
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.queue import Queue
from tests.chapter_17.papers import Papers, client
from tests.package.tcp_served import in_flight, until
from tests.package.tls_wire import visit
from tests.slow.lines_town import KINDS, MUTE, Stretch, Town, towns, trouble

SEEDS = range(50)
PATIENCE = 30.0
CLIENTS = 3
LINES = 1500

SEEN: Counter[str] = Counter()
"""What there was, in all schedules together."""


class Schedule:
    """What is so for one seed, and what comes of it."""

    def __init__(self, seed: int, delivery: str, papers: Papers) -> None:
        self.delivery, self.papers = delivery, papers
        self.dice = random.Random(f"{seed} {delivery}")
        self.is_acknowledged = delivery == "acknowledged"
        self.is_gentle = seed % 10 == 0
        self.is_ordered = seed % 3 == 1
        self.is_secure = seed % 7 == 2
        self.is_stopped = seed % 6 == 5
        self.longest = 100 if seed % 5 == 3 else 1_048_576
        self.kinds = KINDS + MUTE if self.is_acknowledged else KINDS
        self.seen: Counter[str] = Counter()
        self.sent = [self._lines(b"%d" % name) for name in range(CLIENTS)]

    def _lines(self, name: bytes) -> list[bytes]:
        """Numbered lines of a client, of any length."""
        return [
            b"%b-%d-" % (name, number) + b"x" * int(self.dice.expovariate(1 / 60))
            for number in range(LINES)
        ]

    def proxy(self, them: list[Town]) -> LineProxy:
        """A proxy before these upstreams, in a hurry."""
        tls = UpstreamTls(ca_file=self.papers.ca_file, name="rose.test")
        urls = [each.url for each in them]
        self.target = Target(urls, policy="random", tls=tls if self.is_secure else None)
        return LineProxy(
            self.target,
            connections=2,
            order="connection" if self.is_ordered else "none",
            delivery=self.delivery,
            max_line=self.longest,
            first_pause=0.01,
            longest_pause=0.05,
            failback=0.03,
            write=0.2,
            connect=1.0,
        )

    @contextlib.asynccontextmanager
    async def served(self, proxy: LineProxy) -> AsyncIterator["asyncio.Task[None]"]:
        """Serves it."""
        sock = socket.create_server(("127.0.0.1", 0))
        self.address = sock.getsockname()
        place = TlsListener(sock, Certificates(self.papers.rose)) if self.is_secure else sock
        grace = self.dice.choice((0.0, 0.05)) if self.is_stopped else 5.0
        task = asyncio.ensure_future(proxy.serve(listen=place, grace=grace))
        await asyncio.sleep(0)
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def send(self, lines: list[bytes]) -> None:
        """A client: pieces of any length, and a last line without an end."""
        data = b"\n".join(lines)
        with contextlib.suppress(OSError, EOFError):
            async with visit(self.address, client() if self.is_secure else None) as wire:
                await wire.begin()
                while data:
                    size = int(self.dice.expovariate(1 / 1500)) + 1
                    await wire.send(data[:size])
                    await asyncio.sleep(self.dice.choice((0, 0.001, 0.002)))
                    data = data[size:]
                await wire.end()
                await wire.rest()

    async def run(self) -> None:
        """Does it all."""
        context = self.papers.server() if self.is_secure else None
        with towns(3, acknowledges=self.is_acknowledged, context=context) as them:
            proxy = self.proxy(them)
            async with self.served(proxy) as task, asyncio.TaskGroup() as group:
                watcher = group.create_task(watching(proxy))
                troubles = group.create_task(trouble(self.dice, them, self.kinds, self.seen))
                sending = [group.create_task(self.send(lines)) for lines in self.sent]
                if self.is_gentle:
                    troubles.cancel()
                if self.is_stopped:
                    await asyncio.sleep(self.dice.uniform(0.03, 0.1))
                    task.cancel()
                    troubles.cancel()  # who is paused or gone stays so
                await asyncio.wait([task] if self.is_stopped else sending)
                troubles.cancel()
                for each in them:
                    each.recover(acknowledges=self.is_acknowledged)
                if not self.is_stopped:
                    await until(lambda: proxy.lines.pending == 0)
                watcher.cancel()
            # What the upstreams' kernels have is theirs: they read it to the end.
            await until(lambda: not any(each.open for each in them))
            self.lines = proxy.lines
            self.stretches = [each for town in them for each in town.stretches]
        self.received = Counter(line for each in self.stretches for line in each.lines)


async def watching(proxy: LineProxy) -> None:
    """The sum, at every turn of the loop."""
    while True:
        assert proxy.lines.missing == 0, proxy.lines
        await asyncio.sleep(0)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts lines that go another way; and no handshake takes long here."""

    def put_back(queue: Queue, batches: list[Batch]) -> None:
        SEEN["replays"] += sum(batch.lines for batch in batches)
        genuine(queue, batches)

    genuine = Queue.put_back
    monkeypatch.setattr(Queue, "put_back", put_back)
    monkeypatch.setattr(serving, "HANDSHAKE", 0.01)


@pytest.mark.parametrize("delivery", ["sent", "acknowledged"])
@pytest.mark.parametrize("seed", SEEDS)
async def test_no_line_is_lost_without_a_word(seed: int, delivery: str, papers: Papers) -> None:
    schedule = Schedule(seed, delivery, papers)
    async with asyncio.timeout(PATIENCE):
        await schedule.run()
    assert in_flight(schedule.target) == 0
    assert schedule.lines.pending == schedule.lines.missing == 0
    check_lines(schedule)
    check_repeats(schedule)
    check_order(schedule)
    if schedule.is_gentle and not schedule.is_stopped:
        check_gentle(schedule)
    SEEN.update(schedule.seen)
    SEEN.update(schedules=1, unconfirmed=schedule.lines.unconfirmed)
    SEEN["stopped"] += schedule.lines.dropped.get("stopped", 0)
    SEEN["too long"] += schedule.lines.dropped.get("too long", 0)
    SEEN[f"twice, {delivery}"] += sum(schedule.received.values()) - len(schedule.received)


def check_lines(schedule: Schedule) -> None:
    """Nothing is invented or fused, and the sum is what upstreams have really read."""
    sent = set(itertools.chain(*schedule.sent))
    good = {line for line in sent if len(line) < schedule.longest}
    read = set(schedule.received)
    lines = schedule.lines
    assert read <= good, "an upstream has read a line that nobody sent like this"
    assert lines.delivered <= len(read), "there is a line that was delivered, and nobody has it"
    if schedule.is_stopped:
        return
    assert lines.accepted == len(sent)
    assert lines.dropped.get("too long", 0) == len(sent) - len(good) == sum(lines.dropped.values())
    assert len(good - read) <= lines.unconfirmed, "there is a line of which nobody says it is lost"
    if schedule.is_acknowledged:
        assert read == good
        assert lines.unconfirmed == 0


def check_repeats(schedule: Schedule) -> None:
    """A line that was read twice was on connections that broke, all but the last of them."""
    good = Counter(
        line for each in schedule.stretches if not each.had_trouble for line in each.lines
    )
    assert max(good.values(), default=0) <= 1
    for each in schedule.stretches:
        assert max(Counter(each.lines).values(), default=0) <= 1


def check_order(schedule: Schedule) -> None:
    """The lines of each client come in order, apart from repeats, if that was promised."""
    if not schedule.is_ordered:
        return
    stretches = sorted(schedule.stretches, key=lambda each: each.number)
    for name in range(CLIENTS):
        highest = -1
        for each in stretches:
            numbers = numbers_of(each, b"%d" % name)
            assert numbers == sorted(numbers), "out of order on one connection"
            new = [number for number in numbers if number > highest]
            assert len(new) == 0 or new == numbers[-len(new) :]
            highest = max([highest, *new])
        seen = list(itertools.chain(*(numbers_of(each, b"%d" % name) for each in stretches)))
        first = list(dict.fromkeys(seen))
        assert first == sorted(first), "out of order from one connection to the next"


def numbers_of(stretch: Stretch, name: bytes) -> list[int]:
    """The numbers of a client's lines on one connection."""
    parts = (line.split(b"-") for line in stretch.lines)
    return [int(number) for owner, number, _ in parts if owner == name]


def check_gentle(schedule: Schedule) -> None:
    """When nothing happens, each line is read once, and that is known."""
    good = Counter(line for lines in schedule.sent for line in lines)
    assert schedule.received == Counter({line: 1 for line in good if len(line) < schedule.longest})
    assert schedule.lines.delivered == len(schedule.received)
    assert schedule.lines.unconfirmed == 0


def test_all_that_can_happen_did() -> None:
    """The schedules before this one were no gentle ones."""
    if SEEN["schedules"] < 2 * len(SEEDS):
        pytest.skip("that is a question for all schedules together")
    for kind in (*KINDS, *MUTE):
        assert SEEN[kind] > 0, f"{kind}: {SEEN}"
    # Whether a stop finds lines that still wait is up to how busy the machine is.
    for what in ("replays", "unconfirmed", "too long", "twice, acknowledged"):
        assert SEEN[what] > 0, f"{what}: {SEEN}"

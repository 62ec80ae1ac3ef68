"""Step 5: it never stays dead."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable

import pytest

from reverseproxy import ActiveHealth, ReverseProxy, TcpProbe
from reverseproxy.services import supervise
from reverseproxy.upstream import Upstream
from tests.chapter_08.leaping import leap
from tests.support.loopback import (
    OK,
    PATIENCE,
    ask,
    closed_port,
    connection,
    exchange,
    serving,
    upstream,
)
from tests.support.steps import step

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


class Mortal:
    """A service that ends each time, and counts how often it began."""

    def __init__(self, ends: Callable[[int], object], lives: int) -> None:
        self.began = 0
        self.enough = asyncio.Event()
        self._ends, self._lives = ends, lives

    async def run(self) -> None:
        """Lives for a moment; the last life lasts."""
        self.began += 1
        if self.began == self._lives:
            self.enough.set()
            await asyncio.Event().wait()
        self._ends(self.began)


def dies(_: int) -> None:
    """The way out of a service with a bug."""
    raise RuntimeError("a bug")


async def lives_of(service: Mortal, why: str) -> bool:
    """Supervises a service up to its last life, then stops it; whether it was cancelled."""
    task = asyncio.ensure_future(supervise(service, 0.001))
    enough = asyncio.ensure_future(service.enough.wait())
    await asyncio.wait([task, enough], timeout=PATIENCE / 5, return_when=asyncio.FIRST_COMPLETED)
    ended, lived = task.done(), service.enough.is_set()
    task.cancel()
    enough.cancel()
    await asyncio.wait([task, enough], timeout=PATIENCE / 5)
    if not lived and ended and not task.cancelled():
        pytest.fail(f"{why}: after {service.began} lives, the supervisor has ended too")
    assert lived, f"{why}: it began {service.began} times"
    return task.cancelled()


@step(5)
async def test_a_service_that_dies_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it raises, it runs again after a pause, and the log has what it raised.

    Why: a prober that died quietly is worse than none. Its last word stands for ever: who was down
    stays down, and who goes down is up.
    Read: Step 5, "It never stays dead".
    """
    await lives_of(Mortal(dies, 4), "a service that died was not started again")

    raised = [r.exc_info[1] for r in caplog.records if r.exc_info]
    assert [str(error) for error in raised] == ["a bug"] * 3, "the log does not say what it died of"


@step(5)
async def test_a_service_that_ends_is_started_again() -> None:
    """It returned, without any exception: it is to run for ever, so it is started again.

    Why: a `return` in the wrong place is a bug as well.
    Read: Step 5, "It never stays dead".
    """
    await lives_of(Mortal(lambda life: None, 3), "a service that returned was not started again")


@step(5)
async def test_each_pause_is_twice_as_long(caplog: pytest.LogCaptureFixture) -> None:
    """The log says how long it waits: 1 ms, 2 ms, 4 ms, 8 ms.

    Why: what dies at once, again and again, fills the log and keeps the machine warm.
    Read: Step 5, "It never stays dead".
    """
    await lives_of(Mortal(dies, 5), "a service that died was not started again")

    lines = [record.getMessage() for record in caplog.records]
    pauses = [found[1] for line in lines if (found := re.search(r"in (\S+) s", line))]
    assert pauses == ["0.001", "0.002", "0.004", "0.008"], f"the pauses in the log: {pauses}"


class Brief:
    """A service whose lives last so many seconds each, and then for ever; when each began."""

    def __init__(self, *lives: float, ends: Callable[[int], object] = dies) -> None:
        self.began: list[float] = []
        self._lives, self._ends = lives, ends

    async def run(self) -> None:
        """Lives, and ends."""
        self.began.append(asyncio.get_running_loop().time())
        if len(self.began) > len(self._lives):
            await asyncio.Event().wait()
        await asyncio.sleep(self._lives[len(self.began) - 1])
        self._ends(len(self.began))


def pauses_of(service: Brief, *lives: float) -> list[float]:
    """How long the supervisor waited after each of its lives; the clock leaps."""

    async def main() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1000):
                await supervise(service)

    leap(main())
    began = zip(service.began, service.began[1:], lives, strict=False)
    return [round(after - before - life, 3) for before, after, life in began]


@step(5)
def test_it_waits_as_long_as_it_says_and_never_longer_than_30_s(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """1, 2, 4, 8, 16 s, then 30 s each time. In the log they are the same.

    Why: an hour's pause is a prober that stays dead.
    Read: Step 5, "It never stays dead".
    """
    lives = [0.0] * 7
    pauses = pauses_of(Brief(*lives), *lives)

    assert pauses == [1, 2, 4, 8, 16, 30, 30], f"it waited so many seconds: {pauses}"
    said = [f"Brief ended; it starts again in {pause:g} s" for pause in pauses]
    assert [record.getMessage() for record in caplog.records] == said
    assert {record.levelname for record in caplog.records} == {"ERROR"}


@step(5)
def test_who_has_lived_long_enough_begins_with_the_first_pause() -> None:
    """A life of 61 s earns the first pause again; a life of 59 s does not.

    Why: one crash a day is not the seventh in a row.
    Read: Step 5, "It never stays dead".
    """
    lives = [0.0, 0.0, 59.0, 61.0, 0.0]
    pauses = pauses_of(Brief(*lives), *lives)

    assert pauses == [1, 2, 4, 1, 2], f"after lives of {lives} s, it waited {pauses} s"


@step(5)
def test_a_return_is_logged_and_paused_after_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """It returned: the same line and the same pause, only without a traceback.

    Why: without a pause, a `return` at the top is a loop that takes a whole core.
    Read: Step 5, "It never stays dead".
    """
    pauses = pauses_of(Brief(0.0, 0.0, ends=lambda life: None), 0.0, 0.0)

    assert pauses == [1, 2], f"it returned, and the pauses were {pauses} s"
    assert len(caplog.records) == 2, "it returned, and the log does not say so"
    assert not any(record.exc_info for record in caplog.records)


@step(5)
async def test_who_is_told_to_stop_stops() -> None:
    """Cancelled, the supervisor ends its service and does not start it again.

    Why: else a proxy that is stopped goes on asking.
    Read: Step 5, "It never stays dead".
    """
    service = Mortal(dies, 1)
    was_cancelled = await lives_of(service, "the service was not started")

    assert was_cancelled, "the supervisor was cancelled, and went on or ended by itself"
    assert service.began == 1, "a service that was stopped was started again"


class Noted:
    """TcpProbe, and one can wait for what it has said."""

    def __init__(self) -> None:
        self._said = asyncio.Condition()
        self._times: dict[str, int] = {}

    async def probe(self, one: Upstream) -> None:
        """Asks."""
        try:
            await TcpProbe().probe(one)
        finally:
            self._times[str(one)] = self._times.get(str(one), 0) + 1
            async with self._said:
                self._said.notify_all()

    async def says(self, url: str, more: int = 1) -> None:
        """Waits until an upstream was asked so many times more."""
        wanted = self._times.get(url, 0) + more
        try:
            async with asyncio.timeout(PATIENCE / 5), self._said:
                await self._said.wait_for(lambda: self._times.get(url, 0) >= wanted)
        except TimeoutError:
            pytest.fail(f"{url} was not asked, or no more: {self._times}")


def proxy_with(probe: Noted, *urls: str) -> ReverseProxy:
    """A proxy that asks its upstreams every 30 ms, and whose clients see what fails."""
    proxy = ReverseProxy()
    health = [ActiveHealth(probe, interval=0.03, timeout=0.03)]
    proxy.add_target(urls, health=health, retry=None)
    return proxy


@step(5)
async def test_no_client_meets_the_dead_one_after_the_first_probe() -> None:
    """Two live, one is dead: once it was asked, all requests are answered, by the two.

    Why: this is what the chapter is for.
    Read: Step 5, "It never stays dead".
    """
    dead = f"http://127.0.0.1:{closed_port()}"
    probe = Noted()
    async with (
        upstream() as one,
        upstream() as other,
        serving(proxy_with(probe, one.url, dead, other.url)) as address,
        connection(address) as (reader, writer),
    ):
        await probe.says(dead)
        statuses = [(await exchange(reader, writer, GET)).status for _ in range(6)]

    assert statuses == [200] * 6, f"the dead one was known, and clients got {statuses}"
    assert (len(one.heard), len(other.heard)) == (3, 3)


@step(5)
async def test_one_that_comes_back_is_found_without_a_client() -> None:
    """Down, and then somebody listens there: two passes, and it has requests again.

    Why: passive health lets a client try it out. Now nobody has to.
    Read: Step 5, "It never stays dead".
    """
    port, probe = closed_port(), Noted()
    url = f"http://127.0.0.1:{port}"
    async with serving(proxy_with(probe, url)) as address:
        await probe.says(url)
        assert (await ask(address, GET)).status == 503

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):  # a probe resets its connection
                if await reader.read(1):
                    writer.write(OK)
                    await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", port)
        async with server:
            await probe.says(url, 4)
            answer = await ask(address, GET)

    assert answer.status == 200, "two probes have passed, and it has no requests yet"


@step(5)
async def test_the_probes_stop_with_the_proxy(caplog: pytest.LogCaptureFixture) -> None:
    """In `async with` the probes run as well; behind it they do not, and nothing is left.

    Why: a task that nobody holds is collected in the middle of its work, or never.
    Read: Step 5, "It never stays dead".
    """
    caplog.set_level(logging.WARNING)
    probe = Noted()
    before = asyncio.all_tasks()
    async with upstream() as one:
        async with proxy_with(probe, one.url):
            await probe.says(one.url, 2)
        left = (
            asyncio.all_tasks() - before - {t for t in asyncio.all_tasks() if "guarded" in repr(t)}
        )

    assert not left, f"the proxy is closed, and these go on: {left}"
    assert not caplog.records, "a start and a stop are no change of anybody's health"

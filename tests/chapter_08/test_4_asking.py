"""Step 4: asking."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from random import Random

import pytest

from reverseproxy import TcpProbe
from reverseproxy.errors import NothingLeft
from reverseproxy.health.active import ActiveHealth, Check, Probe, ProbeFailed
from reverseproxy.probes.prober import Prober
from reverseproxy.upstream import Upstream
from tests.chapter_08.leaping import leap
from tests.support.loopback import PATIENCE, closed_port, upstream
from tests.support.steps import step

INTERVAL = 0.01


class Asked:
    """A probe that does what it is told, and remembers whom it asked."""

    def __init__(self, answer: Callable[[Upstream], Awaitable[None]]) -> None:
        self.times = Counter[str]()
        self._answer = answer
        self._changed = asyncio.Condition()

    async def probe(self, one: Upstream) -> None:
        """Asks."""
        self.times[str(one)] += 1
        async with self._changed:
            self._changed.notify_all()
        await self._answer(one)

    async def wait_for(self, one: Check, times: int, why: str) -> None:
        """Waits until an upstream was asked so often; fails, and says why, when it never is."""
        try:
            async with asyncio.timeout(PATIENCE / 5), self._changed:
                await self._changed.wait_for(lambda: self.times[str(one.upstream)] >= times)
        except TimeoutError:
            asked = dict(self.times)
            pytest.fail(f"{why}; these were asked so often: {asked}")


def checks(
    probe: Probe,
    urls: Sequence[str] = (),
    timeout: float = INTERVAL,
    interval: float = INTERVAL,
) -> list[Check]:
    """Checks of these upstreams, else of two; how they are asked is what a test says."""
    settings = ActiveHealth(probe, interval=interval, timeout=timeout)
    urls = urls or ("http://10.0.0.1:1", "http://10.0.0.1:2")
    return [Check(settings, Upstream.parse(url)) for url in urls]


def patient(url: str, probe: Probe) -> Check:
    """A check with a minute for each probe, and a minute between them."""
    settings = ActiveHealth(probe, interval=60, timeout=60, jitter=0)
    return Check(settings, Upstream.parse(url))


@contextlib.asynccontextmanager
async def asking(
    them: list[Check], a_minute_later_also: Sequence[Check] = ()
) -> AsyncIterator["asyncio.Task[None]"]:
    """A prober that asks them for as long as the block lasts.

    `a_minute_later_also`: its clock is put forward by a minute, and these are there as well.
    """
    ahead = 0.0
    loop = asyncio.get_running_loop()
    prober = Prober(max_rate=1e6, random=Random(1), clock=lambda: loop.time() + ahead)
    prober.add(them)
    task = asyncio.ensure_future(prober.run())
    for _ in range(10):  # it begins
        await asyncio.sleep(0)
    if a_minute_later_also:
        ahead = 60.0
        prober.add(a_minute_later_also)
    try:
        yield task
    finally:
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=PATIENCE / 5)
        if not done:
            pytest.fail("the prober was cancelled, and it goes on")
    if not task.cancelled() and (error := task.exception()):
        pytest.fail(f"the prober died: {error!r}, from {getattr(error, 'exceptions', ())}")


@step(4)
async def test_everyone_is_asked_again_and_again() -> None:
    """Each upstream has its probes, an interval apart, and what they come to is in its facts.

    Why: a probe says how it was a moment ago; only the next one knows about now.
    Read: Step 4, "Asking".
    """

    async def answer(one: Upstream) -> None:
        if one.origin.port == 2:
            raise ProbeFailed("it is not well")

    probe = Asked(answer)
    good, bad = them = checks(probe)
    async with asking(them):
        await probe.wait_for(good, 3, "an upstream was not asked three times")
        await probe.wait_for(bad, 3, "an upstream that failed was not asked again")

    assert good.upstream.facts.is_up is True
    assert (bad.upstream.facts.is_up, bad.upstream.facts.why_down) == (False, "it is not well")


@step(4)
async def test_a_probe_that_hangs_delays_only_itself() -> None:
    """One upstream takes the connection and says nothing. The others are asked at their time.

    Why: it is just the hour in which one upstream hangs that you want to know of the others.
    Read: Step 4, "Asking".
    """

    async def answer(one: Upstream) -> None:
        if one.origin.port == 1:
            await asyncio.Event().wait()

    probe = Asked(answer)
    hung, good = patient("http://10.0.0.1:1", probe), checks(probe, ["http://10.0.0.1:2"])[0]
    async with asking([hung], a_minute_later_also=[good]):
        await probe.wait_for(hung, 1, "nobody was asked")
        await probe.wait_for(good, 5, "one upstream hangs, and the other was not asked meanwhile")


@step(4)
def test_no_answer_in_time_is_a_failure() -> None:
    """A probe that takes longer than `check.timeout` is ended, counts as failed, and is made again.

    Why: "no answer" is what a crashed machine says, and it takes minutes to say it.
    Read: Step 4, "Asking".
    """
    took = list[float]()

    async def answer(_: Upstream) -> None:
        time = asyncio.get_running_loop().time
        began = time()
        try:
            await asyncio.Event().wait()
        finally:
            took.append(time() - began)

    settings = ActiveHealth(Asked(answer), interval=10, timeout=10, jitter=0.5)
    hung = Check(settings, Upstream.parse("http://10.0.0.1:1"))

    async def main() -> None:
        prober = Prober(random=Random(1), clock=asyncio.get_running_loop().time)
        prober.add([hung])
        task = asyncio.ensure_future(prober.run())
        await asyncio.sleep(100)
        task.cancel()

    leap(main())
    assert len(took) > 5, "a probe without an answer was never ended, or not repeated"
    assert round(took[0], 3) == 5, f"check.timeout is 5 s, and a probe had {took[0]:g} s"
    facts = hung.upstream.facts
    assert facts.is_up is False, "a probe had no answer in time, and it was not counted as failed"
    assert facts.why_down == "no answer within 5 s"


@step(4)
async def test_probes_of_one_upstream_never_overlap() -> None:
    """A probe that will not end, though it is told to: this upstream is left alone, no other is.

    Why: an upstream that is slow is slower with two probes than with one. And whoever piles up
    connections to something that hangs runs out of them.
    Read: Step 4, "Asking".
    """
    release = asyncio.Event()

    async def answer(one: Upstream) -> None:
        while one.origin.port == 1 and not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    probe = Asked(answer)
    stubborn, good = them = checks(probe)
    async with asking(them):
        try:
            await probe.wait_for(stubborn, 1, "nobody was asked")
            await probe.wait_for(good, 6, "one probe does not end, and the other was not asked")
            times = probe.times[str(stubborn.upstream)]
        finally:
            release.set()

    assert times == 1, f"an upstream has {times} probes at the same time"


@step(4)
@pytest.mark.parametrize(
    "raised",
    [
        ValueError("oh"),
        TimeoutError("oh"),
        ExceptionGroup("oh", [OSError()]),
        asyncio.CancelledError("from inside"),
    ],
    ids=repr,
)
async def test_whatever_a_probe_raises_is_a_failure_and_no_more(raised: BaseException) -> None:
    """Any exception counts as failed, and is the reason. The prober and all other probes go on.

    Why: a probe may be anybody's code. A bug in one must not blind the proxy to all the others.
    Read: Step 4, "Asking".
    """

    async def answer(one: Upstream) -> None:
        if one.origin.port == 1:
            raise raised

    probe = Asked(answer)
    broken, good = them = checks(probe)
    async with asking(them):
        await probe.wait_for(broken, 3, f"a probe raised {raised!r}, and was not made again")
        await probe.wait_for(good, 4, f"a probe raised {raised!r}, and the others stopped")

    facts = broken.upstream.facts
    assert facts.is_up is False, f"a probe raised {raised!r}, and did not fail"
    assert repr(raised) in facts.why_down, f"a probe raised {raised!r}: {facts.why_down!r}"
    assert good.upstream.facts.is_up is True


@step(4)
async def test_our_own_limits_are_nobodys_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A probe raises NothingLeft: the upstream stays as it was, is asked again; one line says so.

    Why: when the proxy runs out of file descriptors, every probe fails, and no upstream is ill. A
    proxy that takes all of them out has made a shortage into an outage.
    Read: Step 4, "Asking".
    """

    async def answer(one: Upstream) -> None:
        if probe.times[str(one)] > 1:
            raise NothingLeft("Too many open files")

    probe = Asked(answer)
    (one,) = checks(probe, ["http://10.0.0.1:1"])
    async with asking([one]):
        await probe.wait_for(one, 6, "a probe raised NothingLeft, and was not made again")

    facts = one.upstream.facts
    assert facts.is_up is True, f"the proxy had no more files, and an upstream is down: {facts}"
    said = [line for line in caplog.messages if "Too many open files" in line]
    assert len(said) == 1, f"no probe could be made, and the log says so {len(said)} times"


@step(4)
async def test_the_check_says_which_probe_it_is() -> None:
    """Every second probe is to be the heavy one, and it is.

    Why: `next_probe` counts; who takes the light one from the settings never asks the other.
    Read: Step 4, "Asking".
    """

    async def answer(_: Upstream) -> None:
        pass

    light, heavy = Asked(answer), Asked(answer)
    settings = ActiveHealth(light, interval=INTERVAL, timeout=INTERVAL, heavy=heavy, heavy_every=2)
    one = Check(settings, Upstream.parse("http://10.0.0.1:1"))
    async with asking([one]):
        await heavy.wait_for(one, 1, "the heavy probe was never made")
        await light.wait_for(one, 1, "the light probe was never made")


@step(4)
def test_the_prober_sleeps_until_somebody_is_due_or_new() -> None:
    """An hour without upstreams, then one that is asked every minute: it has its probes.

    Why: who looks again and again whether somebody is due keeps the machine awake, and is late.
    Read: Step 4, "Asking".
    """
    times, looked = list[float](), 0

    async def answer(_: Upstream) -> None:
        times.append(asyncio.get_running_loop().time())

    def clock() -> float:
        nonlocal looked
        looked += 1
        return asyncio.get_running_loop().time()

    async def main() -> None:
        prober = Prober(random=Random(1), clock=clock)
        task = asyncio.ensure_future(prober.run())
        await asyncio.sleep(3600)
        prober.add([patient("http://10.0.0.1:1", Asked(answer))])
        await asyncio.sleep(601)
        task.cancel()

    leap(main())
    assert 10 <= len(times) <= 11, f"ten minutes, a probe a minute, and there were {len(times)}"
    assert looked < 200, f"it looked {looked} times whether somebody was due"


@step(4)
async def test_a_late_start_is_no_burst() -> None:
    """A hundred upstreams, and the prober runs a minute after they were added: all in their turn.

    Why: it is the same after a crash. All of them are due, and nobody wants them all at once.
    Read: Step 4, "Asking".
    """

    async def answer(_: Upstream) -> None:
        pass

    probe, now = Asked(answer), 0.0
    prober = Prober(max_rate=1e6, random=Random(1), clock=lambda: now)
    prober.add([patient(f"http://10.0.0.1:{port + 1}", probe) for port in range(100)])
    now = 120.0
    task = asyncio.ensure_future(prober.run())
    for _ in range(10):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    if not task.cancelled():
        pytest.fail(f"the prober did not run until it was cancelled: {task.exception()!r}")
    asked = len(probe.times)
    assert asked <= 2, f"{asked} probes at once after a late start: `run` has to begin anew"


@step(4)
async def test_a_stop_is_no_result() -> None:
    """Cancelled in the middle of a probe: the probe is over, and says nothing of its upstream.

    Why: it is not the upstream's fault that you stop. In a reload it would be down at the start.
    Read: Step 4, "Asking".
    """

    ended = asyncio.Event()

    async def answer(_: Upstream) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    probe = Asked(answer)
    one, other = (patient(f"http://10.0.0.1:{port}", probe) for port in (1, 2))
    async with asking([one], a_minute_later_also=[other]) as task:
        await probe.wait_for(one, 1, "nobody was asked")

    assert task.cancelled(), "the prober was cancelled, and took it for an end of its own"
    assert ended.is_set(), "the prober has stopped, and its probe goes on"
    assert one.upstream.facts.is_up is None, (
        "the probe was stopped, and its upstream is down for it"
    )


@step(4)
async def test_a_port_where_nobody_listens_is_down() -> None:
    """With real sockets: who listens is up, who does not is down, and the reason is the kernel's.

    Why: it is what the chapter is for.
    Read: Step 4, "Asking".
    """
    tcp = TcpProbe()

    async def answer(one: Upstream) -> None:
        await tcp.probe(one)

    async with upstream() as script:
        probe = Asked(answer)
        dead = f"http://127.0.0.1:{closed_port()}"
        # Time enough for a machine that is busy: the reason must be the kernel's, and not ours.
        there, nobody = them = checks(probe, [script.url, dead], timeout=0.15, interval=0.15)
        async with asking(them):
            await probe.wait_for(there, 2, "an upstream was not asked twice")
            await probe.wait_for(nobody, 2, "an upstream was not asked twice")

    assert there.upstream.facts.is_up is True
    assert nobody.upstream.facts.is_up is False
    assert nobody.upstream.facts.why_down == "Connection refused"

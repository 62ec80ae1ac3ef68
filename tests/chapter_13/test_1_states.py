"""Step 1: ready, drain, maint."""

import asyncio
import contextlib
import logging
from collections import Counter

import pytest

from reverseproxy import ReverseProxy
from reverseproxy.errors import ConfigurationError, NoUpstreamAvailable
from reverseproxy.facts import Admin
from reverseproxy.health.active import ActiveHealth
from reverseproxy.probes.prober import Prober
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from tests.support.loopback import OK, PATIENCE, ask, hear, listening, serving, upstream
from tests.support.steps import step

URLS = ["http://127.0.0.1:7001", "http://127.0.0.1:7002", "http://127.0.0.1:7003"]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


def target(urls: list[str] = URLS, policy: str = "round-robin") -> Target:
    """A target that nobody asks but the test."""
    return Target(urls, policy=policy, health=[])


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log, from now on empty again."""
    lines = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return lines


@step(1)
def test_set_state_writes_one_fact() -> None:
    """`set_state(url, "drain")` writes `facts.admin`, whatever way the URL is spelled.

    Why: people write a final slash or leave out port 80, and mean the same machine.
    Read: Step 1, "Ready, drain, maint".
    """
    one = Target(["http://h", "http://other/base"], health=[])
    chosen = one.set_state("HTTP://H:80/", "drain")
    assert chosen is one.upstreams[0], "set_state returns the upstream that it has changed"
    assert chosen.facts.admin is Admin.DRAIN
    assert one.upstreams[1].facts.admin is Admin.READY, "another upstream was told to drain"
    assert one.set_state("http://h", Admin.MAINT).facts.admin is Admin.MAINT
    assert one.set_state("http://h", "ready").facts.admin is Admin.READY


@step(1)
def test_what_is_none_is_refused_by_name() -> None:
    """Another URL or another state: ConfigurationError, and nothing has changed.

    Why: at three in the morning somebody types "drian", and has to hear of it.
    Read: Step 1, "Ready, drain, maint".
    """
    one = target()
    for url, state in (("http://127.0.0.1:9", "drain"), (URLS[0], "drian"), ("nonsense", "ready")):
        with pytest.raises(ConfigurationError):
            pytest.fail(f"{one.set_state(url, state)} was told {state!r}")
    assert all(each.facts.admin is Admin.READY for each in one.upstreams)


@step(1)
@pytest.mark.parametrize(
    "policy", ["round-robin", "random", "first", "least-conn", "ring", "maglev", "bounded"]
)
def test_who_drains_has_nothing_new_whatever_the_policy(policy: str) -> None:
    """Of three upstreams one drains: none of 60 requests goes there, and ready brings it back.

    Why: a policy that forgets to ask sends a client to a machine that is about to be switched off.
    Read: Step 1, "Ready, drain, maint".
    """
    one = target(policy=policy)
    drained = one.select_upstream(b"some key")
    for state in ("drain", "maint"):
        one.set_state(str(drained), state)
        chosen = {one.select_upstream(b"%d" % n) for n in range(60)}
        assert drained not in chosen, f"{policy}: in {state}, it was chosen"
    one.set_state(str(drained), "ready")
    assert one.select_upstream(b"some key") is drained or policy not in ("ring", "maglev", "first")


@step(1)
async def test_the_last_one_is_not_chosen_either() -> None:
    """The only upstream drains, or all do: 503, and the log says why.

    Why: an ejection is a guess, and is ignored when nobody else is left. People know what they do.
    Read: Step 1, "Ready, drain, maint".
    """
    for urls in (URLS, URLS[:1]):
        one = target(urls)
        for url in urls:
            one.set_state(url, "drain")
        with pytest.raises(NoUpstreamAvailable, match="drain"):
            pytest.fail(f"{one.select_upstream()} was chosen, and all are to drain")
    async with upstream() as script:
        proxy = ReverseProxy()
        proxy.add_target(script.url).set_state(script.url, "drain")
        async with serving(proxy) as address:
            assert (await ask(address, GET)).status == 503
    assert not script.heard


@step(1)
async def test_what_runs_there_may_end() -> None:
    """A request is under way when its upstream is told to drain: it gets its answer.

    Why: that is the whole difference between draining and pulling the plug.
    Read: Step 1, "Ready, drain, maint".
    """
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hear(reader)
        asked.set()
        await may_answer.wait()
        writer.write(OK)
        await writer.drain()

    async with listening(slow) as url:
        proxy = ReverseProxy()
        one = proxy.add_target(url)
        async with serving(proxy) as address:
            client = asyncio.ensure_future(ask(address, GET))
            await asked.wait()
            assert one.set_state(url, "maint").in_flight == 1
            may_answer.set()
            assert (await client).body == b"OK"


@step(1)
@pytest.mark.parametrize("state", ["drain", "maint"])
def test_the_log_says_when_the_last_one_is_over(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two are in flight: "drain, with 2 in flight", and one more line when the second has ended.

    Why: that line is what whoever restarts the machine waits for.
    Read: Step 1, "Ready, drain, maint".
    """
    caplog.set_level(logging.INFO)
    one = target(URLS[:1])
    name = URLS[0]
    with contextlib.ExitStack() as second:
        with contextlib.ExitStack() as first:
            for stack in (first, second):
                stack.enter_context(one.lease())
            one.set_state(name, state)
            lines = said(caplog)
            assert lines == [f"upstream {name}: {state}, with 2 in flight"], f"the log has {lines}"
        lines = said(caplog)
        assert not lines, f"one is still in flight, and the log says {lines}"
    lines = said(caplog)
    assert lines == [f"upstream {name}: has nothing in flight any more"], (
        f"in {state}, the last one has ended, and the log has {lines}"
    )
    one.set_state(name, "ready")
    said(caplog)
    with one.lease():
        pass
    lines = said(caplog)
    assert not lines, f"an upstream that is ready had its last answer, and the log says {lines}"


@step(1)
@pytest.mark.parametrize("state", ["drain", "maint"])
def test_who_had_nothing_in_flight_may_go_at_once(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Drain or maint, and nothing is in flight: the log says so right away. Ready: it does not.

    Why: a script waits for one line. At night, nothing is in flight, and it would wait for ever.
    Read: Step 1, "Ready, drain, maint".
    """
    caplog.set_level(logging.INFO)
    one = target(URLS[:1])
    over = f"upstream {URLS[0]}: has nothing in flight any more"
    one.set_state(URLS[0], state)
    lines = said(caplog)
    assert lines[0] == f"upstream {URLS[0]}: {state}, with 0 in flight"
    assert lines[1:] == [over], f"nothing was in flight, and after that the log has {lines[1:]}"
    one.set_state(URLS[0], "ready")
    lines = said(caplog)
    assert over not in lines, "it is ready, and the log says that it may go"
    assert lines == [f"upstream {URLS[0]}: ready, with 0 in flight"], (
        f"it is ready again, and the log has {lines}"
    )


@step(1)
def test_who_says_it_twice_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Drain, and drain again, as a word or as an Admin: the log hears of it once.

    Why: scripts repeat themselves; a log with a line for each change is read.
    Read: Step 1, "Ready, drain, maint".
    """
    caplog.set_level(logging.INFO)
    one = target()
    one.set_state(URLS[0], "drain")
    said(caplog)
    one.set_state(URLS[0], "drain")
    lines = said(caplog)
    assert not lines, f"told twice: {lines}"
    one.set_state(URLS[0], Admin.DRAIN)
    lines = said(caplog)
    assert not lines, f"told twice, the second time with Admin.DRAIN: {lines}"


class Asked:
    """A probe that passes, and counts whom it asked; of one upstream, it may get no answer."""

    def __init__(self, *, stuck: str = "") -> None:
        self.times = Counter[str]()
        self.may_end = asyncio.Event()
        self._stuck = stuck
        self._changed = asyncio.Condition()

    async def probe(self, one: Upstream) -> None:
        """Asks. Where it is stuck, it does not even end when it is cancelled."""
        self.times[str(one)] += 1
        async with self._changed:
            self._changed.notify_all()
        if str(one) == self._stuck:
            try:
                await self.may_end.wait()
            finally:
                await self.may_end.wait()

    async def more(self, url: str, why: str) -> None:
        """Waits until an upstream was asked twice more."""
        wanted = self.times[url] + 2
        try:
            async with asyncio.timeout(PATIENCE / 5), self._changed:
                await self._changed.wait_for(lambda: self.times[url] >= wanted)
        except TimeoutError:
            pytest.fail(why)


@step(1)
async def test_maintenance_is_not_probed_and_ready_asks_afresh() -> None:
    """Maint: no probe, and what the last ones said of it is forgotten. Drain: probed. Ready: both.

    A probe that still runs forgets nothing.

    Why: in maintenance it is off, or half installed. Whatever a probe says then is noise, and the
    last word before it is about a machine that is not there any more.
    Read: Step 1, "Ready, drain, maint".
    """
    probe = Asked(stuck=URLS[2])
    one = Target(URLS, health=[ActiveHealth(probe, interval=0.01, timeout=0.01, rise=1000)])
    slow = one.upstreams[2].facts
    slow.is_up = False
    prober = Prober(max_rate=1e6)
    prober.add(one.checks)
    task = asyncio.ensure_future(prober.run())
    try:
        await probe.more(URLS[0], "an upstream was not probed")
        one.set_state(URLS[0], "drain")
        await probe.more(URLS[0], "an upstream that drains is not probed any more")
        other = one.upstreams[1].facts
        other.is_up = False  # and with such a `rise`, it stays so
        facts = one.set_state(URLS[0], "maint").facts
        await probe.more(URLS[1], "one is in maintenance, and the other is not probed any more")
        before = probe.times[URLS[0]]
        await probe.more(URLS[1], "one is in maintenance, and the other is not probed any more")
        assert probe.times[URLS[0]] == before, "it is in maintenance, and it was probed"
        assert facts.is_up is None, "it is in maintenance, and what old probes said still stands"
        assert other.is_up is False, "one is in maintenance, and what is known of the other is gone"
        assert probe.times[URLS[2]] == 1, "a probe still runs, and there came another one"
        assert slow.is_up is False, "its probe still runs, and what was known is forgotten"
        one.set_state(URLS[0], "ready")
        assert one.select_upstream() in one.upstreams
        await probe.more(URLS[0], "it is ready again, and it is not probed any more")
        assert facts.is_up is True
    finally:
        probe.may_end.set()
        task.cancel()
        await asyncio.wait([task])

"""Step 3: whose probe is next?"""

import itertools
from collections import Counter
from random import Random

import pytest

from reverseproxy.health.active import ActiveHealth, Check
from reverseproxy.health.schedule import Schedule
from reverseproxy.upstream import Upstream
from tests.support.steps import step

PLENTY = 1e9
"""A rate that holds nobody up."""


class NoProbe:
    """What these tests do not need."""

    async def probe(self, upstream: Upstream) -> None:
        """Passes."""


def checks(count: int, interval: float = 10.0, jitter: float = 0.05) -> list[Check]:
    """The checks of so many upstreams."""
    settings = ActiveHealth(NoProbe(), interval=interval, jitter=jitter)
    return [Check(settings, Upstream.parse(f"http://10.0.0.1:{n + 1}")) for n in range(count)]


def probes(schedule: Schedule, until: float, limit: int = 100_000) -> list[tuple[float, Check]]:
    """Which check is taken when, from 0 on, by somebody who is never late."""
    now, taken = 0.0, list[tuple[float, Check]]()
    for _ in range(limit):
        while check := schedule.take(now):
            taken.append((now, check))
            if len(taken) > limit:
                pytest.fail(f"there is no end to what is due at {now:g} s")
        wait = schedule.wait(now)
        assert wait is not None, "a check that was taken is not due again: the schedule is empty"
        if now + wait > until:
            return taken
        now += wait
    pytest.fail(f"{limit} waits, and it is {now:g} s: the waits come to nothing")


@step(3)
def test_a_check_is_due_again_an_interval_later() -> None:
    """Nobody is due: None. Somebody is: that check, and again about an interval later.

    Why: it is the whole of a schedule; the rest is about who else is there.
    Read: Step 3, "Whose probe is next?".
    """
    schedule = Schedule(Random(1), PLENTY)
    assert schedule.take(0.0) is None, "there are no checks, and one was due"
    (one,) = checks(1)
    schedule.add([one], 0.0)
    times = [time for time, check in probes(schedule, 1000.0) if check is one]

    assert 93 <= len(times) <= 107, f"{len(times)} probes in 1000 s, and the interval is 10 s"


@step(3)
def test_the_longest_overdue_comes_first() -> None:
    """After a time in which nobody looked, the checks come in the order in which they were due.

    Why: else an upstream could be passed over for as long as the others are many.
    Read: Step 3, "Whose probe is next?".
    """
    schedule, them = Schedule(Random(1), PLENTY), checks(20)
    schedule.add(them, 0.0)
    first = [check for _, check in probes(schedule, 10.0)][:20]
    assert len(set(first)) == 20, "one was probed twice before another had its first probe"
    late = Schedule(Random(1), PLENTY)
    late.add(them, 0.0)
    assert [late.take(11.0) for _ in range(20)] == first
    assert late.take(11.0) is None, "one that was just taken is due again at once"


@step(3)
def test_first_probes_are_spread_over_one_interval() -> None:
    """1,000 upstreams, 10 s: in each tenth of a second ten of them have their first probe.

    Why: 1,000 connections in one millisecond are a small attack on your own network, and while they
    are made, requests wait.
    Read: Step 3, "Whose probe is next?".
    """
    schedule = Schedule(Random(1), PLENTY)
    schedule.add(checks(1000), 0.0)
    first = {check: time for time, check in reversed(probes(schedule, 11.0))}
    tenths = [sum(n <= time * 10 < n + 1 for time in first.values()) for n in range(100)]

    assert len(first) == 1000
    assert max(tenths) <= 11, f"{max(tenths)} of 1,000 first probes fell into one tenth of a second"


@step(3)
def test_two_proxies_do_not_ask_the_same_upstream_at_the_same_time() -> None:
    """Proxies that start together begin at different places of the interval.

    Why: fifty proxies, started by one deployment, would all knock at the first upstream in the same
    millisecond, then all at the second.
    Read: Step 3, "Whose probe is next?".
    """
    first_times = set[float]()
    for seed in range(50):
        schedule, them = Schedule(Random(seed), PLENTY), checks(3)
        schedule.add(them, 0.0)
        times = {check: time for time, check in reversed(probes(schedule, 11.0))}
        first_times.add(round(times[them[0]], 1))

    assert len(first_times) > 20, (
        f"50 proxies, and their first probe of one upstream is at {sorted(first_times)[:5]} s"
    )


@step(3)
def test_each_check_has_its_own_interval() -> None:
    """One asked every second beside one asked every ten: each has its own, from the first on.

    Why: targets have settings of their own, and all their checks are in one heap.
    Read: Step 3, "Whose probe is next?".
    """
    schedule, slow, quick = Schedule(Random(1), PLENTY), checks(20), checks(20, interval=1.0)
    schedule.add([*slow, *quick], 0.0)
    taken = probes(schedule, 20.0)
    first = {check: time for time, check in reversed(taken)}
    counts = Counter(check for _, check in taken)

    late = max(first.get(check, 99.0) for check in quick)
    assert late <= 1.0, f"an interval of 1 s, and the first probe came after {late:g} s"
    assert all(18 <= counts[check] <= 22 for check in quick), "20 s, asked each second"
    assert all(1 <= counts[check] <= 3 for check in slow), "20 s, asked every ten seconds"


@step(3)
@pytest.mark.parametrize("jitter", [0.05, 0.3])
def test_every_interval_is_a_little_different(jitter: float) -> None:
    """Each is longer or shorter by up to `settings.jitter` of it, and not always by the same.

    Why: what has fallen into step falls out of it again.
    Read: Step 3, "Whose probe is next?".
    """
    schedule, them = Schedule(Random(1), PLENTY), checks(1, jitter=jitter)
    schedule.add(them, 0.0)
    times = [time for time, _ in probes(schedule, 2000.0)]
    gaps = [after - before for before, after in itertools.pairwise(times)]

    by = 10 * jitter
    assert all(abs(gap - 10) <= by + 1e-6 for gap in gaps), f"one is out of 10 s +/- {by:g} s"
    assert len({round(gap, 3) for gap in gaps}) > 100, "the intervals are all the same"
    assert min(gaps) < 10 - 0.6 * by, "no interval is shorter: the jitter goes to one side only"
    assert max(gaps) > 10 + 0.6 * by, "no interval is longer: the jitter goes to one side only"


@step(3)
def test_no_more_than_the_rate_and_everyone_in_turn() -> None:
    """100 upstreams want 100 probes a second, and 20 are allowed: each has one every five seconds.

    Why: probes must never be what keeps the proxy from its work. And when there are too few for
    everyone, nobody should go without.
    Read: Step 3, "Whose probe is next?".
    """
    schedule, them = Schedule(Random(1), 20.0), checks(100, interval=1.0)
    schedule.add(them, 0.0)
    taken = [check for _, check in probes(schedule, 100.0)]

    assert len(taken) <= 2010, f"{len(taken)} probes in 100 s, and 20 a second are allowed"
    assert len(taken) >= 1990, f"only {len(taken)} probes in 100 s, and 20 a second are allowed"
    counts = [taken.count(check) for check in them]
    assert max(counts) - min(counts) <= 2, (
        f"some were probed {max(counts)} times, some {min(counts)}"
    )


@step(3)
def test_time_without_probes_is_not_made_up_for() -> None:
    """After a minute in which nobody was due, 20 a second are 20 a second, and not 1,200 at once.

    Why: a machine that slept wakes up with everyone due. That must not be one great burst.
    Read: Step 3, "Whose probe is next?".
    """
    schedule = Schedule(Random(1), 20.0)
    schedule.add(checks(100), 0.0)
    at_once = 0
    while schedule.take(60.0):
        at_once += 1
        if at_once > 1000:
            break

    assert 1 <= at_once <= 4, f"{at_once} probes at once after a pause, and 20 a second are allowed"

"""Passive health as a whole: simulated traffic, and the rules against a naive replay."""

import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.errors import ConnectFailed
from reverseproxy.facts import is_available
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.health.record import Record
from reverseproxy.lease import Lease
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from reverseproxy.window import SLOTS, Window

SECONDS = st.integers(0, 4000).map(lambda tenths: tenths / 8)
"""Times that a float holds exactly."""


class Clock:
    """Time that passes when the test says so."""

    now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def target(count: int, clock: Clock, health: PassiveHealth | None = None) -> Target:
    urls = [f"http://127.0.0.1:{8001 + n}" for n in range(count)]
    return Target(urls, health=[health or PassiveHealth()], clock=clock)


def watched(count: int, clock: Clock) -> tuple[Upstreams, Callable[[Upstream], Lease]]:
    """Some upstreams, and what makes a request to one of them, whoever would be chosen."""
    upstreams = target(count, clock).upstreams
    observers = [PassiveHealth().watch(upstreams)]
    return upstreams, lambda upstream: Lease(upstream, observers, clock)


def ask(target: Target, outcome: int | None) -> Upstream:
    """One request: a status, or None for no connection."""
    lease = target.lease()
    with contextlib.suppress(ConnectFailed), lease:
        if outcome is None:
            raise ConnectFailed("Connection refused")
        lease.answered(outcome)
    return lease.upstream


# In simulated traffic


def test_one_dead_of_three_costs_five_requests_and_then_one_trial_after_another() -> None:
    clock = Clock()
    three = target(3, clock)
    dead = three.upstreams[1]
    failed: list[float] = []
    for _ in range(3600):
        lease = three.lease()
        with contextlib.suppress(ConnectFailed), lease:
            if lease.upstream is dead:
                failed.append(clock.now)
                raise ConnectFailed("Connection refused")
            lease.answered(200)
        clock.now += 1.0
    pauses = [later - earlier for earlier, later in itertools.pairwise(failed[4:])]
    assert len(pauses) == 16
    for level, pause in enumerate(pauses, 1):
        least = min(level * 30.0, 300.0)
        assert least <= pause < least + 3, "not out for as long, or not tried in its next turn"


def test_a_dead_upstream_is_noticed_at_one_request_a_second() -> None:
    clock = Clock()
    two = target(2, clock)
    dead = two.upstreams[0]
    for _ in range(11):
        assert dead.facts.ejected_until is None or clock.now >= 1009.0
        lease = two.lease()
        with contextlib.suppress(ConnectFailed), lease:
            if lease.upstream is dead:
                raise ConnectFailed("Connection refused")
            lease.answered(200)
        clock.now += 1.0
    assert dead.facts.ejected_until is not None


@pytest.mark.parametrize("seed", range(3))
def test_one_503_in_four_thousand_ejects_nobody_at_two_thousand_a_second(seed: int) -> None:
    clock, chance = Clock(), random.Random(seed)
    three = target(3, clock)
    answers = Counter[int]()
    for request in range(120_000):
        clock.now = 1000.0 + request / 2000
        status = 503 if chance.random() < 0.00025 else 200
        answers[status] += 1
        ask(three, status)
        if status == 503:
            assert all(each.facts.ejected_until is None for each in three.upstreams)
    assert answers[503] > 15


def test_half_of_the_answers_eject_at_two_thousand_a_second() -> None:
    clock, chance = Clock(), random.Random(6)
    two = target(2, clock)
    bad = two.upstreams[0]
    for request in range(4000):
        clock.now = 1000.0 + request / 2000
        lease = two.lease()
        with lease:
            lease.answered(503 if lease.upstream is bad and chance.random() < 0.6 else 200)
        if bad.facts.ejected_until is not None:
            return
    pytest.fail("six of ten answers of one upstream were 503, and it is still there")


# Against a naive replay


@given(added=st.lists(st.tuples(SECONDS, st.integers(0, 5))), seconds=st.sampled_from([1.25, 10.0]))
def test_a_window_is_the_sum_over_its_last_ten_slots(
    added: list[tuple[float, int]], seconds: float
) -> None:
    window, width = Window(seconds), seconds / SLOTS
    added.sort(key=lambda one: one[0])
    for count, (now, amount) in enumerate(added, 1):
        window.add(amount, now)
        slot = now // width
        recent = [a for then, a in added[:count] if then // width > slot - SLOTS]
        assert window.total(now) == sum(recent)
        assert window.total(now) >= sum(
            a for then, a in added[:count] if then > now - (seconds - width)
        )


@given(
    ended=st.lists(st.tuples(SECONDS, st.booleans()), max_size=60),
    consecutive=st.integers(1, 7),
    failures=st.integers(1, 7),
    ratio=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)
def test_thresholds_equal_a_naive_replay(
    ended: list[tuple[float, bool]], consecutive: int, failures: int, ratio: float
) -> None:
    settings = PassiveHealth(consecutive=consecutive, failures=failures, ratio=ratio, window=10.0)
    record = Record(settings)
    ended.sort(key=lambda one: one[0])
    for count, (now, is_failure) in enumerate(ended, 1):
        (record.failed if is_failure else record.succeeded)(now)
        row = 0
        for _, failed in ended[:count]:
            row = row + 1 if failed else 0
        lately = [failed for then, failed in ended[:count] if then // 1.0 > now // 1.0 - SLOTS]
        share = sum(lately) >= failures and sum(lately) >= ratio * len(lately)
        assert record.is_too_much(now) == (row >= consecutive or share)


@given(
    events=st.lists(
        st.tuples(
            st.sampled_from(["good", "bad", "refused", "abandoned", "overlap"]),
            st.sampled_from([0.0, 0.5, 7.0, 31.0]),
        ),
        max_size=80,
    ),
    count=st.integers(1, 5),
    share=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_whatever_happens_somebody_is_left_and_no_more_than_the_share_are_out(
    events: list[tuple[str, float]], count: int, share: float
) -> None:
    clock = Clock()
    some = target(count, clock, PassiveHealth(consecutive=2, max_ejected=share))
    open_stack = contextlib.ExitStack()
    with open_stack:
        for what, later in events:
            lease = some.lease()
            if what == "overlap":  # stays under way until the end
                open_stack.enter_context(lease)
            else:
                with contextlib.suppress(ConnectFailed, GeneratorExit), lease:
                    if what == "refused":
                        raise ConnectFailed("Connection refused")
                    if what == "abandoned":
                        raise GeneratorExit
                    lease.answered(200 if what == "good" else 503)
            out = [u for u in some.upstreams if u.facts.ejected_until is not None]
            assert len(out) <= max(1, int(share * count))
            assert len(out) < count
            assert any(is_available(each.facts, clock.now) for each in some.upstreams)
            clock.now += later


@given(
    gaps=st.lists(st.integers(0, 20).map(lambda n: n * 7.5), min_size=1, max_size=30),
    ejections=st.integers(1, 20),
)
def test_the_level_falls_by_one_for_each_whole_time_without_failure(
    gaps: list[float], ejections: int
) -> None:
    record, level, now = Record(PassiveHealth()), min(ejections, 10), 0.0
    for _ in range(ejections):
        record.sentence()
    for gap in gaps:
        now += gap
        record.forgive(now)
        level = max(0, level - int(gap // 30))
    assert record.sentence() == min((level + 1) * 30, 300)


# Of trials


def test_the_trial_of_one_upstream_is_not_anothers() -> None:
    clock = Clock()
    four, lease = watched(4, clock)
    first, second, *_ = four
    for upstream in (first, second):
        for _ in range(5):
            with contextlib.suppress(ConnectFailed), lease(upstream):
                raise ConnectFailed("Connection refused")
    clock.now += 30.0
    assert first.facts.ejected_until == second.facts.ejected_until == clock.now
    trial = lease(first)
    with trial:
        trial.answered(200)
    assert first.facts.ejected_until is None
    assert second.facts.ejected_until == clock.now


def test_nobody_is_ejected_when_probes_say_that_all_others_are_down() -> None:
    clock = Clock()
    (first, second), lease = watched(2, clock)
    second.facts.is_up = False
    for _ in range(5):
        with contextlib.suppress(ConnectFailed), lease(first):
            raise ConnectFailed("Connection refused")
    assert first.facts.ejected_until is None
    second.facts.is_up = True
    with contextlib.suppress(ConnectFailed), lease(first):
        raise ConnectFailed("Connection refused")
    assert first.facts.ejected_until is not None


def refuse(lease: Lease) -> None:
    """A request that no connection comes of."""
    with contextlib.suppress(ConnectFailed), lease:
        raise ConnectFailed("Connection refused")


def serve(target: Target, bad: set[Upstream]) -> int:
    """One request to whoever is chosen; returns the status."""
    lease = target.lease()
    with lease:
        lease.answered(503 if lease.upstream in bad else 200)
    return lease.status or 0


def test_when_the_last_one_fails_the_ejected_one_is_due_at_once() -> None:
    clock = Clock()
    two = target(2, clock)
    first, second = two.upstreams
    while first.facts.ejected_until is None:
        serve(two, {first})
    statuses = [serve(two, {second}) for _ in range(20)]
    assert statuses == [503] * 5 + [200, 503] + [200] * 13
    assert second.facts.ejected_until == clock.now + 30.0


def test_an_outage_of_all_makes_no_ejection_longer() -> None:
    clock = Clock()
    two = target(2, clock)
    for _ in range(100):
        assert serve(two, set(two.upstreams)) == 503
        out = [each.facts for each in two.upstreams if each.facts.ejected_until is not None]
        assert len(out) <= 1
        assert all((facts.ejected_until or 0) <= clock.now + 30.0 for facts in out)
        clock.now += 0.1


def test_while_all_fail_they_are_called_back_once_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    two = target(2, clock)
    with caplog.at_level("INFO"):
        for _ in range(1000):
            serve(two, set(two.upstreams))
            clock.now += 0.01
    assert sum("due now" in record.getMessage() for record in caplog.records) <= 10


def test_whoever_is_due_first_is_called_back_and_nobody_else() -> None:
    clock = Clock()
    upstreams = target(4, clock).upstreams
    observers = [PassiveHealth(max_ejected=1.0).watch(upstreams)]
    first, second, third, last = upstreams
    for upstream in (first, second, third):
        for _ in range(5):
            refuse(Lease(upstream, observers, clock))
        clock.now += 1.0
    first.facts.is_listed = False
    until = [each.facts.ejected_until for each in upstreams]
    for _ in range(4):
        refuse(Lease(last, observers, clock))
    assert [each.facts.ejected_until for each in upstreams] == until
    refuse(Lease(last, observers, clock))
    until[1] = clock.now
    assert [each.facts.ejected_until for each in upstreams] == until, "the second is due first"
    refuse(Lease(last, observers, clock))
    assert [each.facts.ejected_until for each in upstreams] == until, "one is due, and that is it"
    clock.now += 1.0
    with Lease(second, observers, clock):
        refuse(Lease(last, observers, clock))
        until[1:3] = [clock.now + 30.0, clock.now]
        assert [each.facts.ejected_until for each in upstreams] == until, "the second is on trial"


@pytest.mark.parametrize("down", [True, False])
def test_nobody_is_called_back_while_somebody_else_is_available(down: bool) -> None:
    clock = Clock()
    (first, second, third), lease = watched(3, clock)
    for upstream in (first, *[second] * 5):
        for _ in range(5):
            refuse(lease(upstream))
    assert first.facts.ejected_until == clock.now + 30.0
    assert second.facts.ejected_until is None
    if down:
        third.facts.is_up = first.facts.is_up = False
        refuse(lease(second))
        assert first.facts.ejected_until == clock.now + 30.0, "probes say that it is down"


@pytest.mark.parametrize(
    ("status", "counts"), [(200, True), (404, True), (500, True), (503, False), (None, False)]
)
def test_a_client_that_leaves_a_good_answer_leaves_a_success(
    status: int | None, counts: bool
) -> None:
    clock = Clock()
    (first, _), lease = watched(2, clock)
    for _ in range(5):
        one = lease(first)
        with contextlib.suppress(GeneratorExit), one:
            if status is not None:
                one.answered(status)
            raise GeneratorExit
        assert first.facts.ejected_until is None
        refuse(lease(first))
        clock.now += 3600.0
    assert (first.facts.ejected_until is None) == counts


def test_clients_that_leave_good_answers_are_a_part_of_the_share() -> None:
    clock = Clock()
    (first, _), lease = watched(2, clock)
    for _ in range(30):
        for _ in range(3):
            one = lease(first)
            with contextlib.suppress(GeneratorExit), one:
                one.answered(200)
                raise GeneratorExit
        refuse(lease(first))
    assert first.facts.ejected_until is None


def test_a_trial_that_is_passed_and_then_breaks_off_counts_like_any_other() -> None:
    clock = Clock()
    (first, _), lease = watched(2, clock)
    for _ in range(5):
        with contextlib.suppress(ConnectFailed), lease(first):
            raise ConnectFailed("Connection refused")
    clock.now += 30.0
    for failures in range(1, 6):
        one = lease(first)
        with contextlib.suppress(ConnectFailed), one:
            one.answered(200)
            clock.now += 1.0
            raise ConnectFailed("it broke off")
        assert (first.facts.ejected_until is not None) == (failures == 5)


def test_each_change_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "reverseproxy")
    clock = Clock()
    (first, _), lease = watched(2, clock)
    for outcome in (None, None, None, None, 503, 503, 200):
        one = lease(first)
        with contextlib.suppress(ConnectFailed), one:
            if outcome is None:
                raise ConnectFailed("Connection refused")
            one.answered(outcome)
        if first.facts.ejected_until is not None:
            clock.now = first.facts.ejected_until
    url = "upstream http://127.0.0.1:8001"
    assert [record.getMessage() for record in caplog.records] == [
        f"{url}: ejected for 30 s: status 503",
        f"{url}: on trial, with one request",
        f"{url}: ejected for 60 s: status 503",
        f"{url}: on trial, with one request",
        f"{url}: is back",
    ]


# Of settings


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("consecutive", 0),
        ("consecutive", 2.5),
        ("failures", 0),
        ("ratio", 1.5),
        ("ratio", float("nan")),
        ("window", 0.0),
        ("ejection", -1),
        ("longest", 10),
        ("max_ejected", 2),
        ("statuses", 503),
        ("statuses", "503"),
        ("statuses", [99]),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_key(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"passive health {key} .*needs a"):
        PassiveHealth(**{key: value})  # type: ignore[arg-type]  # that is the point


def test_other_statuses_and_none_at_all() -> None:
    clock = Clock()
    for statuses, status, is_out in (((500,), 500, True), ((), 503, False), ((500,), 503, False)):
        two = target(2, clock, PassiveHealth(statuses=statuses))
        for _ in range(10):
            ask(two, status)
        assert any(u.facts.ejected_until is not None for u in two.upstreams) == is_out

"""Slow start and panic, beyond what the chapter's checkpoint asks for."""

from collections import Counter
from random import Random

import pytest

from reverseproxy import (
    ConfigurationError,
    Panic,
    PassiveHealth,
    RandomChoice,
    SlowStart,
    UpstreamError,
)
from reverseproxy.health import Health
from reverseproxy.policies.names import POLICIES
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream

URLS = [f"http://10.0.0.{number}" for number in range(1, 5)]


class Clock:
    """The time, as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("window", 0),
        ("window", 86_401),
        ("aggression", 0),
        ("aggression", 101),
        ("floor", 0),
        ("floor", 1.1),
        ("floor", "0.1"),
    ],
)
def test_a_number_out_of_range_is_refused(number, value):
    with pytest.raises(ConfigurationError, match=f"slow start {number}"):
        SlowStart(**{number: value})


@pytest.mark.parametrize("threshold", [-0.1, 1.1, 50, "0.5", True])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    with pytest.raises(ConfigurationError, match="panic threshold"):
        Panic(threshold)


@pytest.mark.parametrize("setting", [SlowStart(), Panic()])
def test_two_of_a_kind_are_refused(setting):
    with pytest.raises(ConfigurationError, match=f"{type(setting).__name__}.* is there twice"):
        Target(URLS, health=[setting, setting])


def test_the_same_settings_serve_any_number_of_targets():
    settings: list[Health] = [SlowStart(), Panic()]
    one, other = Target(URLS, health=settings), Target(URLS, health=settings)
    for each in one.upstreams:
        each.facts.is_up = False
    one.select_upstream()
    assert other.select_upstream()
    assert not other.upstreams.available.back


def test_who_went_and_came_between_two_requests_is_cold():
    clock = Clock()
    target = Target(URLS, health=[SlowStart(10)], clock=clock)
    one = target.upstreams[0]
    target.select_upstream()
    clock.now = 100.0
    one.facts.is_up = False
    one.facts.is_up = True
    target.select_upstream()
    assert target.upstreams.available.back == {one: 100.0}
    clock.now = 105.0
    one.facts.is_up = False
    one.facts.is_up = True
    target.select_upstream()
    assert target.upstreams.available.back == {one: 105.0}, "it came back again, and is as cold"


def test_who_was_down_before_anybody_looked_is_cold_when_it_comes():
    clock = Clock()
    target = Target(URLS, health=[SlowStart(10)], clock=clock)
    late, passed, *_ = target.upstreams
    late.facts.is_up = False
    passed.facts.is_up = True
    target.select_upstream()
    assert not target.upstreams.available.back, "a first probe that passed is no return"
    clock.now = 100.0
    late.facts.is_up = True
    target.select_upstream()
    assert target.upstreams.available.back == {late: 100.0}


def test_one_that_is_drained_and_ready_again_is_cold():
    clock = Clock()
    target = Target(URLS, health=[SlowStart(10)], clock=clock)
    target.select_upstream()
    one = target.set_state(URLS[1], "drain")
    target.select_upstream()
    clock.now = 50.0
    target.set_state(URLS[1], "ready")
    target.select_upstream()
    assert target.upstreams.available.back == {one: 50.0}


def test_who_passes_a_trial_is_cold_however_long_it_waited_for_it():
    clock = Clock()
    health: list[Health] = [PassiveHealth(consecutive=1, ejection=30), SlowStart(10)]
    target = Target(URLS[:2], policy="first", health=health, clock=clock)
    one = target.upstreams[0]
    with pytest.raises(UpstreamError), target.lease():
        raise UpstreamError("broken")
    target.set_state(URLS[1], "ready")
    clock.now = 30.0
    target.upstreams.available.refresh(clock.now)
    clock.now = 300.0  # it was due long ago, and had no request
    with target.lease() as tried:
        pass
    assert tried is one
    target.select_upstream()
    assert target.upstreams.available.back == {one: 300.0}


def test_a_sole_upstream_is_never_held_back():
    clock = Clock()
    target = Target(URLS[0], health=[SlowStart(10), Panic()], clock=clock)
    target.upstreams[0].facts.is_up = False
    assert target.select_upstream(), "all are down, and that is a panic"
    target.upstreams[0].facts.is_up = True
    assert all(target.select_upstream() for _ in range(100))


@pytest.mark.parametrize("weight", [1, 3])
def test_a_share_is_a_share_of_the_weight(weight):
    clock = Clock()
    urls = dict.fromkeys(URLS[:3], 2) | {URLS[3]: weight}
    policy = RandomChoice(Random(3))
    target = Target(urls, policy=policy, health=[SlowStart(10, random=Random(4))], clock=clock)
    cold = target.upstreams[3]
    target.select_upstream()
    cold.facts.is_up = False
    target.select_upstream()
    cold.facts.is_up = True
    target.select_upstream()
    clock.now = 5.0
    found: Counter[Upstream] = Counter(target.select_upstream() for _ in range(4000))
    assert found[cold] == pytest.approx(4000 * weight / (6 + weight) / 2, rel=0.15)


@pytest.mark.parametrize("policy", list(POLICIES))
def test_warm_is_as_if_there_had_never_been_a_gate(policy):
    clock = Clock()
    target = Target(URLS, policy=policy, health=[SlowStart(10)], clock=clock)
    target.select_upstream(b"key")
    for each in target.upstreams:
        each.facts.is_up = False
        each.facts.is_up = True
    target.select_upstream(b"key")
    clock.now = 10.0
    target.select_upstream(b"key")
    back = target.upstreams.available.back
    assert set(back) == (set(target.upstreams) if policy == "first" else set())

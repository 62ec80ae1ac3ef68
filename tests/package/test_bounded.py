"""Bounded load beyond chapter 12."""

import pytest

from reverseproxy import BoundedLoad, ConfigurationError, Panic
from reverseproxy.target import Target
from reverseproxy.upstreams import Upstreams


def test_no_slot_comes_from_rounding() -> None:
    """40 times 1.25, half of it: 25 slots. Divided by 22 first and then times 11, it were 26."""
    upstreams = Upstreams.parse({"http://a": 11, "http://b": 11})
    one, other = upstreams
    one.in_flight, other.in_flight = 25, 14
    upstreams.available.refresh(0.0)
    fitting = BoundedLoad()._fitting(upstreams)

    assert not fitting(one)
    assert fitting(other)


@pytest.mark.parametrize("factor", [0.99, 0, -1, 101, float("nan")])
def test_a_factor_below_one_has_too_few_slots_for_all(factor: float) -> None:
    with pytest.raises(ConfigurationError, match="bounded load factor"):
        BoundedLoad(factor=factor)


def test_without_anybody_available_it_is_the_policy_below() -> None:
    upstreams = Upstreams.parse(["http://a", "http://b"])
    for each in upstreams:
        each.facts.ejected_until, each.in_flight = 9.0, 100
    upstreams.available.refresh(0.0)

    assert BoundedLoad().find(b"key", upstreams, lambda _: True) in upstreams


@pytest.mark.parametrize("fact", ["is_up", "ejected_until"])
def test_it_bounds_whoever_is_chosen_from(fact: str) -> None:
    """All but one are down, in a panic; or all are ejected. One key for everybody, 40 requests."""
    target = Target(
        [f"http://h{number}" for number in range(4)],
        policy=BoundedLoad(factor=1.25),
        health=[Panic(0.5)] if fact == "is_up" else [],
        clock=lambda: 0.0,
    )
    out = target.upstreams[1:] if fact == "is_up" else target.upstreams
    for each in out:
        setattr(each.facts, fact, False if fact == "is_up" else 9.0)
    for _ in range(40):
        target.lease(b"the one that all want").__enter__()

    # 40 over 4, times 1.25, rounded up
    assert max(each.in_flight for each in target.upstreams) == 13
    assert sum(each.in_flight for each in target.upstreams) == 40

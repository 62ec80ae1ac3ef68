"""Bounded load beyond chapter 12."""

import pytest

from reverseproxy import BoundedLoad, ConfigurationError
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

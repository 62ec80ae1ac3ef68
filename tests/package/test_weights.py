"""Weights: exact shares for any numbers, whoever comes and goes; and what is refused."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.policies.deadlines import EarliestDeadline
from reverseproxy.policies.draws import Draws
from reverseproxy.policies.names import policy_of
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.policies.smooth import SmoothWeighted
from reverseproxy.policies.weighted import FEW, WeightedRoundRobin
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_09.picking import crowd, having, letters, picks, unfair

WAYS = st.sampled_from([SmoothWeighted, EarliestDeadline, WeightedRoundRobin])


@settings(max_examples=20, deadline=None)
@given(WAYS, st.integers(1, FEW), st.integers(0, 2**32))
def test_shares_are_exact_in_every_row_up_to_128_upstreams(
    way: type[SmoothWeighted | EarliestDeadline | WeightedRoundRobin], count: int, seed: int
) -> None:
    dice = Random(seed)
    upstreams = crowd(*(dice.choice([0, 1, 2, 3, 7, 256 // count + 1]) for _ in range(count)))
    takers = [each for each in upstreams if each.weight]
    if takers:
        total = sum(each.weight for each in takers)
        assert not unfair(picks(way(), upstreams, total + total // 2), takers)


def test_a_heap_of_more_than_128_is_as_exact() -> None:
    upstreams = crowd(*(1 + number % 4 for number in range(FEW + 1)))
    assert not unfair(picks(WeightedRoundRobin(), upstreams, 700), upstreams)


@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=6),
    st.lists(st.tuples(st.sets(st.integers(0, 5)), st.integers(1, 30)), max_size=8),
)
def test_turns_are_exact_from_the_first_pick_after_a_return(
    weights: list[int], before: list[tuple[set[int], int]]
) -> None:
    policy, upstreams = EarliestDeadline(), having(*weights)
    for out, count in before:
        away = {upstreams[number] for number in out if number < len(upstreams)}
        for _ in range(count):
            policy.select(upstreams, lambda upstream, away=away: upstream not in away)  # type: ignore[misc]
    assert not unfair(picks(policy, upstreams, 3 * sum(weights)), upstreams)


def test_two_with_the_same_place_both_have_their_turn_after_one_was_out() -> None:
    """b's second turn is at the place of a's only one, and behind it: it is not lost with a's."""
    policy, upstreams = EarliestDeadline(), having(1, 3)
    assert letters(policy, upstreams, 1, out=[upstreams[1]]) == "a"
    assert letters(policy, upstreams, 4) == "bbba"


def test_who_is_out_for_every_other_pick_loses_turns_in_the_heap_and_not_in_smooth() -> None:
    """A limit, and not a promise: the numbers that chapter 9 gives for it."""
    for policy, expected in (
        (EarliestDeadline(), [1, 840, 839]),
        (SmoothWeighted(), [600, 837, 243]),
    ):
        upstreams = having(5, 1, 1)
        found = "".join(
            letters(policy, upstreams, 1, out=upstreams[: number % 2]) for number in range(1680)
        )
        assert [found.count(name) for name in "abc"] == expected


def test_a_new_one_has_its_turn_however_often_the_list_changes() -> None:
    policy, upstreams = EarliestDeadline(), having(3, 3, 1)
    picks(policy, Upstreams(upstreams[:2]), 10)
    found = "".join(letters(policy, Upstreams(upstreams), 1) for _ in range(14))
    assert found.count("c") == 2


def test_who_has_another_weight_has_other_turns() -> None:
    for policy in (SmoothWeighted(), EarliestDeadline()):
        upstreams = having(4, 1)
        picks(policy, upstreams, 7)
        upstreams[0].weight = 1
        after = letters(policy, Upstreams(upstreams), 20)
        assert 9 <= after.count("a") <= 11


def test_who_leaves_is_forgotten() -> None:
    smooth, heap, upstreams = SmoothWeighted(), EarliestDeadline(), having(1, 2, 3)
    for policy in (smooth, heap):
        picks(policy, upstreams, 4)
        picks(policy, Upstreams(upstreams[:1]), 4)
    assert set(smooth._credit) == {upstreams[0]}
    assert [turn.upstream for turn in heap._turns] == [upstreams[0]]


def test_turns_go_on_while_the_way_is_the_same() -> None:
    policy, upstreams = WeightedRoundRobin(), having(1, 1, 1)
    assert letters(policy, upstreams, 2) == "ab"
    assert letters(policy, Upstreams(upstreams), 2) == "ca"


def test_a_list_that_is_mostly_out_is_drawn_from_by_weight() -> None:
    upstreams = crowd(*([9] * 200), 3, 1)
    found = picks(RandomChoice(Random(4)), upstreams, 800, out=upstreams[:200])
    assert 0.68 < found.count(upstreams[200]) / 800 < 0.82


def test_the_largest_number_of_a_dice_is_the_last_ticket() -> None:
    class Six(Random):
        def random(self) -> float:
            return 1 - 2**-53

    for weights in ([1, 2], [3, 3], [256] * 9_999 + [255], [1, 0]):
        last = max(number for number, weight in enumerate(weights) if weight)
        upstreams = crowd(*weights)
        assert Draws(Six()).one(upstreams) is upstreams[last]


@pytest.mark.parametrize("weight", [-1, 257, 1.5, True, "2"])
def test_a_weight_that_is_none_is_refused(weight: object) -> None:
    with pytest.raises(ConfigurationError, match=r"weight of http://a\.example"):
        Upstream.parse("http://a.example", weight)  # type: ignore[arg-type]


def test_all_weights_may_not_be_zero() -> None:
    with pytest.raises(ConfigurationError, match="needs one above 0"):
        Upstreams.parse({"http://a.example": 0, "http://b.example": 0})
    assert [each.weight for each in Upstreams.parse({"http://a": 0, "http://b": 256})] == [0, 256]
    assert [each.weight for each in Upstreams.parse(["http://a", "http://b"])] == [1, 1]


def test_a_policy_is_itself_and_a_name_makes_a_new_one() -> None:
    policy = RoundRobin()
    assert policy_of(policy) is policy
    assert policy_of("round-robin") is not policy_of("round-robin")

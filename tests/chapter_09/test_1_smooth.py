"""Step 1: the richest is next."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.policies.smooth import SmoothWeighted
from reverseproxy.upstreams import Upstreams
from tests.chapter_09.picking import (
    but,
    check_learning,
    having,
    letter,
    letters,
    picks,
    unfair,
    watch_learning,
)
from tests.support.steps import step

WEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)


@step(1)
def test_five_one_one_is_spread_out() -> None:
    """Weights 5, 1, 1: a a b a c a a, and the same again.

    Why: a a a a a b c has the same shares, and five requests in a row for one upstream. This order
    is nginx's own example.
    Read: Step 1, "The richest is next".
    """
    found = letters(SmoothWeighted(), having(5, 1, 1), 14)
    assert found[:7] != "aaaaabc", "a has its five picks in a row: a a a a a b c"
    assert found == "aabacaa" * 2, f"weights 5, 1, 1, and the picks were {found}"


@step(1)
def test_with_equal_weights_everyone_has_a_turn_in_order() -> None:
    """Three of weight 1, or of weight 7: a b c a b c. The first pick is the first upstream.

    Why: weights that are equal say nothing. Of several who are equally rich, the first one goes.
    Read: Step 1, "The richest is next".
    """
    for weight in (1, 7):
        found = letters(SmoothWeighted(), having(weight, weight, weight), 6)
        assert found[0] == "a", f"all weights are equal, and the first pick was {found[0]}"
        assert found == "abcabc", f"three of weight {weight}, and the picks were {found}"


@step(1)
def test_of_several_equally_rich_the_first_one_goes() -> None:
    """Weights 1, 3: b a b b. At the second pick both have 2, and a is the first in the list.

    Why: with a rule for ties, the order is the same each time, and can be foretold.
    Read: Step 1, "The richest is next".
    """
    found = letters(SmoothWeighted(), having(1, 3), 8)
    assert found == "babb" * 2, f"weights 1 and 3, b a b b again and again: {found}"


@step(1)
@settings(max_examples=30, deadline=None)
@given(WEIGHTS, st.sets(st.integers(0, 5)))
@example([1], {0})
@example([5, 1, 1], {0})
def test_any_row_of_picks_has_exactly_the_shares(weights: list[int], out: set[int]) -> None:
    """Any weights, with some out: in every row of as many picks as they add up to, exact shares.

    Why: a share that is right on average is right for the accountant. An upstream feels the rows.
    Read: Step 1, "The richest is next".
    """
    upstreams = having(*weights)
    away = [each for number, each in enumerate(upstreams) if number in out]
    takers = list(filter(but(away), upstreams))
    policy = SmoothWeighted()
    if not takers:
        assert policy.select(upstreams, but(away)) is None, "nobody is accepted, and one was picked"
        return
    picked = picks(policy, upstreams, 3 * sum(each.weight for each in takers), away)
    problem = unfair(picked, takers)
    names = "".join(map(letter, away)) or "nobody"
    assert not problem, f"weights {weights}, {names} out: {problem}"


@step(1)
def test_who_is_out_saves_nothing_up() -> None:
    """a is out for 100 picks. When it is back, it has its share, and no more.

    Why: whoever comes back from an outage is the last one that should have all requests at once.
    Read: Step 1, "The richest is next".
    """
    policy, upstreams = SmoothWeighted(), having(2, 1, 1)
    picks(policy, upstreams, 100, out=[upstreams[0]])
    back = letters(policy, upstreams, 40)

    assert "aaaa" not in back, f"it was out, earned all the while, and is back: {back}"
    assert back.count("a") == 20, f"a has half of the weight, and {back.count('a')} of 40 picks"


@step(1)
def test_the_others_share_exactly_while_one_is_out() -> None:
    """Weights 5, 1, 1 and a out: b and c have one of two each, and nothing is owed to a.

    Why: what a pick costs is what was earned for it. If the one who is picked paid for those who
    are out as well, all would get poorer, and a would come back the richest by far.
    Read: Step 1, "The richest is next".
    """
    policy, upstreams = SmoothWeighted(), having(5, 1, 1)
    assert letters(policy, upstreams, 6, out=[upstreams[0]]) == "bcbcbc"
    back = letters(policy, upstreams, 7)
    assert back == "aabacaa", f"a was out for six picks, and the next seven were {back}"


@step(1)
def test_the_account_of_who_is_out_stays_as_it_is() -> None:
    """Weights 5, 1, 1, and every other time one is out: nobody's credit or debt is forgotten.

    Why: a retry leaves somebody out for one pick. If that wiped its debt, it would have more than
    its share for having failed; and if it wiped its credit, less.
    Read: Step 1, "The richest is next".
    """
    for out, expected in ((0, "abacbcacaccbab"), (2, "aabaaacaaaabaa")):
        policy, upstreams = SmoothWeighted(), having(5, 1, 1)
        found = "".join(
            letters(policy, upstreams, 1, out=[upstreams[out]] if number % 2 else [])
            for number in range(14)
        )
        assert found == expected, (
            f"5, 1, 1, {letter(upstreams[out])} out every other time: not {expected}, but {found}"
        )


@step(1)
@settings(max_examples=30, deadline=None)
@given(WEIGHTS, st.lists(st.tuples(st.sets(st.integers(0, 5)), st.integers(1, 20)), max_size=6))
def test_nobody_starves_whatever_came_before(
    weights: list[int], before: list[tuple[set[int], int]]
) -> None:
    """After any comings and goings: in two rows of picks everybody has had one, and none for 0.

    Why: fair at the start is easy. What an hour of ejections leaves behind must not last.
    Read: Step 1, "The richest is next".
    """
    policy, upstreams = SmoothWeighted(), having(*weights)
    for out, count in before:
        accepts = but([each for number, each in enumerate(upstreams) if number in out])
        for _ in range(count):
            policy.select(upstreams, accepts)
    after = set(picks(policy, upstreams, 2 * sum(weights)))
    hungry = [letter(each) for each in upstreams if each.weight and each not in after]
    assert not hungry, f"weights {weights}: {hungry} had nothing in two rows of picks"


@step(1)
def test_the_turn_is_kept_when_the_list_changes() -> None:
    """After a b of a b c, d comes: c is next. Then a goes, and nobody loses what is owed.

    Why: one day the list changes while the proxy runs (chapter 29). If everyone began anew then, a
    list that changes often would be one in which only the first have requests.
    Read: Step 1, "The richest is next".
    """
    policy, upstreams = SmoothWeighted(), having(1, 1, 1, 1)
    assert letters(policy, Upstreams(upstreams[:3]), 2) == "ab"
    try:
        more = letters(policy, upstreams, 1)
    except KeyError:
        pytest.fail("d came, and nobody opened an account for it: a new list has to be learned")
    assert more == "c", f"after a and b, d came, and the next pick was {more}: all began anew"
    fewer = letters(policy, Upstreams(upstreams[1:]), 1)
    assert fewer == "d", f"after a, b and c, a went, and the next pick was {fewer}"


@step(1)
def test_a_list_is_learned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten picks of a list learn it once. Another list, with the same upstreams, is learned anew.

    Why: learning looks at every upstream. That is paid for a new list, and not for each request;
    and a list is new when it is another object, for a weight in it may have changed.
    Read: Step 1, "The richest is next".
    """
    policy, learned = SmoothWeighted(), watch_learning(monkeypatch, SmoothWeighted)
    check_learning(learned, lambda upstreams: policy.select(upstreams, but([])))

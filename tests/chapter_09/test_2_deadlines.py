"""Step 2: turns for thousands."""

from collections.abc import Iterable
from typing import Any, Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.policies import deadlines
from reverseproxy.policies.deadlines import EarliestDeadline, Turn
from reverseproxy.upstreams import Upstreams
from tests.chapter_09.picking import (
    Counted,
    Looked,
    but,
    check_learning,
    crowd,
    having,
    letter,
    letters,
    picks,
    unfair,
    watch_learning,
)
from tests.support.steps import step

WEIGHTS = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any)


@step(2)
def test_a_turn_is_followed_by_the_next_of_the_same_upstream() -> None:
    """Weight 3: the turns of round 0 are at 1/6, 3/6 and 5/6, and then it is round 1.

    Why: these are the places that a heap sorts by.
    Read: Step 2, "Turns for thousands".
    """
    turn = Turn.of(having(3)[0], 0, 0)
    found = []
    for _ in range(5):
        found.append((turn.round, turn.number, turn.place))
        turn = turn.after(turn)
    assert found == [(0, 1, 1 / 6), (0, 2, 3 / 6), (0, 3, 5 / 6), (1, 1, 1 / 6), (1, 2, 3 / 6)]


@step(2)
@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_the_turn_after_another_is_the_first_that_is_later(
    weight: int, other: int, number: int, is_first: bool
) -> None:
    """Any two weights: `after(now)` is what one finds by trying all turns, one after another.

    Why: who was passed over for an hour has to find the way back to now in one step.
    Read: Step 2, "Turns for thousands".
    """
    ours, theirs = having(weight, other)
    rank, rival = (0, 1) if is_first else (1, 0)
    now = Turn.of(theirs, rival, 7, min(number, other))
    every = [Turn.of(ours, rank, round_, n + 1) for round_ in (7, 8) for n in range(weight)]
    first = min(turn for turn in every if turn[:3] > now[:3])
    found = Turn.of(ours, rank, 0).after(now)
    expected, got = (f"{each.number} of round {each.round}" for each in (first, found))
    assert found == first, (
        f"weight {weight}, and it is turn {now.number} of {other} in round 7: "
        f"the next is turn {expected}, and it was {got}"
    )


@step(2)
def test_the_way_back_to_now_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is round 2,000, and our last turn was in round 0: a few turns are made to find the next.

    Why: whoever is out for a night has a million turns behind it, and the pick in which it comes
    back has no time to go through them.
    Read: Step 2, "Turns for thousands".
    """
    made = 0

    class Made(Turn):
        def __new__(cls, *fields: Any, **named: Any) -> Self:
            nonlocal made
            made += 1
            return super().__new__(cls, *fields, **named)

        @classmethod
        def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override]  # same in use
            return cls(*iterable)

    monkeypatch.setattr(deadlines, "Turn", Made)
    one, other = having(3, 2)
    turn, now = Made.of(one, 0, 0), Made.of(other, 1, 2000)
    made = 0
    found = turn.after(now)
    assert (found.round, found.number) == (2000, 2)
    assert made <= 20, f"it is round 2,000, and to find the turn after it {made} turns were made"


@step(2)
@settings(max_examples=30, deadline=None)
@given(WEIGHTS, st.sets(st.integers(0, 5)))
@example([1], {0})
@example([5, 1, 1], {0})
def test_any_row_of_turns_has_exactly_the_shares(weights: list[int], out: set[int]) -> None:
    """Any weights, with some out: in every row of as many picks as they add up to, exact shares.

    Why: another way to choose, for the same promise.
    Read: Step 2, "Turns for thousands".
    """
    upstreams = having(*weights)
    away = [each for number, each in enumerate(upstreams) if number in out]
    takers = list(filter(but(away), upstreams))
    policy = EarliestDeadline()
    if not takers:
        assert policy.select(upstreams, but(away)) is None, "nobody is accepted, and one was picked"
        again = policy.select(upstreams, but([]))
        assert again, "nobody was accepted once, and since then nobody is there"
        return
    picked = picks(policy, upstreams, 5 * sum(each.weight for each in takers), away)
    problem = unfair(picked, takers)
    names = "".join(map(letter, away)) or "nobody"
    assert not problem, f"weights {weights}, {names} out: {problem}"


@step(2)
def test_a_small_fraction_loses_no_turn_however_often_it_comes() -> None:
    """Weights 3 and 1, 4,000 picks: one of any four is b.

    Why: 1/3 is no float. Added up, it drifts: some day two deadlines that should be the same are
    not, and one of them has a turn too many. Envoy, gRPC and Traefik add them up.
    Read: Step 2, "Turns for thousands".
    """
    for weights in ((3, 1), (1, 3), (5, 3), (10, 7, 3)):
        upstreams = having(*weights)
        problem = unfair(picks(EarliestDeadline(), upstreams, 4000), upstreams)
        assert not problem, f"a turn was lost. Weights {weights}, {problem}"


@step(2)
def test_who_was_out_does_not_catch_up() -> None:
    """a is out for 100 picks, and back: it has its share, from the first pick on.

    Why: turns that went by are lost. Else it would have had a hundred due at once.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(2, 1, 1)
    picks(policy, upstreams, 100, out=[upstreams[0]])
    back = picks(policy, upstreams, 40)
    shown = "".join(map(letter, back))
    assert "aaaa" not in shown, f"it was out, all its turns are still due, and it is back: {shown}"
    problem = unfair(back, upstreams)
    assert not problem, f"a was out, and is back. {problem}"

    policy, upstreams = EarliestDeadline(), having(5, 1, 1)
    picks(policy, upstreams, 100, out=[upstreams[0]])
    back = picks(policy, upstreams, 28)
    shown = "".join(map(letter, back))
    problem = unfair(back, upstreams)
    assert not problem, f"5, 1, 1, a was out for 100 picks, and then came {shown}: {problem}"


@step(2)
def test_picks_that_nobody_takes_leave_all_as_it_was() -> None:
    """Weights 3 and 1, nobody is accepted 100 times: then shares are exact from the first pick on.

    Why: a target asks twice, and at the first time all may be ejected. If such a pick cost everyone
    a turn, the light would lose a round, the heavy a part of one, and be far ahead.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(3, 1)
    for _ in range(100):
        policy.select(upstreams, but(upstreams))
    found = letters(policy, upstreams, 8)
    assert found == "aabaaaba", (
        f"weights 3 and 1, and after 100 picks that nobody could take, they were {found}"
    )


@step(2)
def test_time_stands_still_while_nobody_is_accepted() -> None:
    """a a a b, then nobody is accepted once, then c comes: it has its share from then on.

    Why: now is the turn of the last who was chosen. Whoever was only asked had no turn.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(5, 1, 5)
    some = Upstreams(upstreams[:2])
    assert letters(policy, some, 4) == "aaab"
    assert policy.select(some, but(some)) is None
    picked = picks(policy, upstreams, 22)
    shown, problem = "".join(map(letter, picked)), unfair(picked, upstreams)
    assert not problem, f"nobody was accepted, then c came, and the picks were {shown}: {problem}"


@step(2)
def test_who_stays_keeps_the_turn_when_the_list_changes() -> None:
    """One goes or comes between any two picks: the others have no pick more or less for it.

    Why: if everyone began anew, the heaviest would have the first turn again each time.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(4, 2, 2, 1)
    lists = Upstreams(upstreams[:3]), upstreams
    picked = [picks(policy, lists[number % 2], 1)[0] for number in range(80)]
    a, b, c = (picked.count(each) for each in upstreams[:3])
    assert a <= 2 * b + 2, f"the list changed 80 times; weights 4 and 2 had {a} and {b} picks"
    assert abs(b - c) <= 1, f"the list changed 80 times; two of weight 2 had {b} and {c} picks"


@step(2)
def test_who_comes_has_a_share_from_then_on_and_who_goes_has_none() -> None:
    """c joins after 400 picks: it has its share of the next 40. Then a goes, and is not picked.

    Why: nobody waited for c. If it began in round 0, it would be given all the turns that went by.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(2, 1, 1)
    picks(policy, Upstreams(upstreams[:2]), 400)
    found = letters(policy, upstreams, 40)
    assert "c" in found, "c joined the list, and had none of the next 40 picks"
    assert found.count("c") == 10, (
        f"c joined after 400 picks, its weight is 1 of 4, and it had {found.count('c')} of 40"
    )
    fewer = letters(policy, Upstreams(upstreams[1:]), 10)
    assert "a" not in fewer, f"a has left the list, and the next picks were {fewer}"
    assert fewer.count("b") == 5, f"b and c are left, alike, and the next picks were {fewer}"


@step(2)
def test_a_new_list_may_have_the_same_upstreams_with_other_weights() -> None:
    """Weights 4 and 1, then 1 and 4, in a new list: shares follow, from then on.

    Why: the two lists are equal, for the same upstreams are in them. Only `is` tells them apart.
    Read: Step 2, "Turns for thousands".
    """
    policy, upstreams = EarliestDeadline(), having(4, 1)
    assert letters(policy, upstreams, 50).count("a") == 40
    upstreams[0].weight, upstreams[1].weight = 1, 4
    found = letters(policy, Upstreams(upstreams), 50).count("a")
    assert found == 10, f"a's weight is 1 of 5 now, in a new list, and it had {found} of 50 picks"


@step(2)
def test_a_list_of_turns_is_learned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten picks of a list learn it once; a new list is learned anew.

    Why: learning builds a heap of all. If each pick did, the heap would save nothing.
    Read: Step 2, "Turns for thousands".
    """
    policy, learned = EarliestDeadline(), watch_learning(monkeypatch, EarliestDeadline)
    check_learning(learned, lambda upstreams: policy.select(upstreams, but([])))


@step(2)
def test_a_pick_of_ten_thousand_compares_few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 upstreams, 20 picks: fewer than 60 turns are compared for each, and none is copied.

    Why: a heap compares some 14 times to give one out, and as often to take it back. `min`, `sort`,
    `heapify` and a copy look at every turn, though they do not ask `accepts`.
    Read: Step 2, "Turns for thousands".
    """
    compared = 0

    class Compared(Turn):
        def __lt__(self, other: tuple[Any, ...]) -> bool:
            nonlocal compared
            compared += 1
            return super().__lt__(other)

    monkeypatch.setattr(deadlines, "Turn", Compared)
    upstreams = crowd(*(1 + number % 5 for number in range(10_000)))
    policy, accepts = EarliestDeadline(), but([])
    policy.select(upstreams, accepts)
    policy._turns = turns = Looked(policy._turns)
    compared = turns.looks = 0
    for _ in range(20):
        policy.select(upstreams, accepts)
    assert compared < 20 * 60, f"20 picks of 10,000 upstreams compared {compared} turns"
    assert turns.looks < 20 * 60, f"a pick of 10,000 upstreams went through {turns.looks} turns"


@step(2)
def test_a_pick_of_ten_thousand_does_not_look_at_them_all() -> None:
    """10,000 upstreams, 1,000 picks: `accepts` is asked as often as there are picks.

    Why: this is what the heap is for. A pick that asks everybody takes milliseconds, in which
    nobody else has a turn.
    Read: Step 2, "Turns for thousands".
    """
    upstreams = crowd(*(1 + number % 5 for number in range(10_000)))
    policy, accepts = EarliestDeadline(), Counted()
    policy.select(upstreams, accepts)
    accepts.asked = 0
    for _ in range(1000):
        policy.select(upstreams, accepts)
    assert accepts.asked <= 1000, f"1,000 picks of 10,000 upstreams asked {accepts.asked} times"

    out = Counted(set(upstreams[::4]))
    for _ in range(1000):
        policy.select(upstreams, out)
    assert out.asked <= 2000, f"a quarter was out, and 1,000 picks asked {out.asked} times"

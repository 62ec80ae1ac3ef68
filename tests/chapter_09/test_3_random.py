"""Step 3: no turns at all."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from reverseproxy.policies.draws import Draws
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_09.picking import (
    Counted,
    Looked,
    but,
    check_learning,
    crowd,
    having,
    letter,
    picks,
    watch_learning,
)
from tests.support.steps import step


class Dice(Random):
    """Shows what it was told to show."""

    def __init__(self, *shown: float) -> None:
        super().__init__(1)
        self.shown = list(shown)

    def random(self) -> float:
        """The next number."""
        return self.shown.pop(0)


@step(3)
def test_each_has_as_many_tickets_as_its_weight() -> None:
    """Weights 2, 0, 1, and a number for each third: a a c. b has no ticket.

    Why: that is what a share is, in a lottery.
    Read: Step 3, "No turns at all".
    """
    upstreams = having(2, 0, 1)
    lucky = {0.0: "a", 0.3: "a", 0.34: "a", 0.66: "a", 0.67: "c", 0.99: "c", 1 - 2**-53: "c"}
    for shown, expected in lucky.items():
        try:
            found = letter(Draws(Dice(shown)).one(upstreams))
        except IndexError:
            pytest.fail(f"the dice showed {shown}, and there is no such ticket")
        assert found == expected, f"weights 2, 0, 1, and the dice showed {shown}: {found} won"


@step(3)
def test_equal_weights_are_drawn_alike() -> None:
    """Three of weight 1, of weight 4 or of weight 0: each has a third of the numbers.

    Why: it is the common case. And if all who are left have weight 0, there are no tickets.
    Read: Step 3, "No turns at all".
    """
    for weight in (1, 4, 0):
        draws = Draws(Dice(0.0, 0.33, 0.34, 0.66, 0.67, 0.999))
        upstreams = having(weight, weight, weight)
        try:
            found = "".join(letter(draws.one(upstreams)) for _ in range(6))
        except IndexError:
            pytest.fail(f"three of weight {weight}: the draw was of a number that nobody has")
        assert found == "aabbcc", f"three of weight {weight}: the winners were {found}"


@step(3)
def test_a_new_list_has_new_tickets() -> None:
    """a and b, then b and c, then the same with other weights: who is drawn is on the list.

    Why: tickets are handed out once for a list, and not once for all.
    Read: Step 3, "No turns at all".
    """
    draws, upstreams = Draws(Random(9)), having(3, 1, 1)
    for some in (upstreams[:2], upstreams[1:], upstreams):
        found = {draws.one(Upstreams(some)) for _ in range(60)}
        assert found == set(some), "the list is another, and the tickets are the old ones"

    draws, upstreams = Draws(Dice(0.5, 0.5)), having(3, 1)
    assert letter(draws.one(upstreams)) == "a"
    upstreams[0].weight, upstreams[1].weight = 1, 3
    found_then = letter(draws.one(Upstreams(upstreams)))
    assert found_then == "b", "the same upstreams in a new list: other weights, and the old tickets"


@step(3)
def test_tickets_are_handed_out_once_for_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten draws from a list learn it once; a new list is learned anew.

    Why: handing out tickets looks at every upstream. A draw has no time for it.
    Read: Step 3, "No turns at all".
    """
    draws, learned = Draws(Random(9)), watch_learning(monkeypatch, Draws)
    check_learning(learned, draws.one)


@step(3)
def test_a_draw_looks_at_few_tickets() -> None:
    """1,000 upstreams, 20 draws: fewer than 40 tickets and upstreams are looked at for each.

    Why: tickets are sorted, so that the owner of one is found by halving.
    Read: Step 3, "No turns at all".
    """
    seen = 0

    class Seen(Upstreams):
        def __iter__(self) -> Iterator[Upstream]:
            nonlocal seen
            for each in super().__iter__():
                seen += 1
                yield each

    upstreams = Seen(crowd(*(1 + number % 5 for number in range(1000))))
    draws = Draws(Random(9))
    draws.one(upstreams)
    draws._tickets = tickets = Looked(draws._tickets)
    seen = 0
    for _ in range(20):
        draws.one(upstreams)
    looks = seen + tickets.looks
    assert looks < 20 * 40, f"20 draws from 1,000 upstreams looked at {looks} of them"


@step(3)
def test_shares_come_out_in_the_long_run() -> None:
    """Weights 5, 3, 0, 2 and 10,000 picks: half, three tenths, none, two tenths, roughly.

    Why: chance has no rows of picks in which shares are exact. It has the long run.
    Read: Step 3, "No turns at all".
    """
    upstreams = having(5, 3, 0, 2)
    counts = Counter(map(letter, picks(RandomChoice(Random(9)), upstreams, 10_000)))
    assert counts["c"] == 0
    for name, weight in zip("abd", (5, 3, 2), strict=True):
        share = counts[name] / 1000
        assert abs(share - weight) < 0.25, f"{name} has weight {weight} of 10, and got {share:g}"


@step(3)
def test_the_others_take_over_by_weight() -> None:
    """a is out: b, c and d share its requests as they share their own, 3 to 2 to 1.

    Why: taking the next one on the list in its place is quick, and gives all of a's to b.
    Read: Step 3, "No turns at all".
    """
    upstreams = having(6, 3, 2, 1)
    picked = picks(RandomChoice(Random(9)), upstreams, 6000, out=[upstreams[0]])
    counts = Counter(map(letter, picked))
    for name, weight in zip("bcd", (3, 2, 1), strict=True):
        share = counts[name] / 1000
        assert abs(share - weight) < 0.2, (
            f"a is out, and {name} got {share:g} of 6 where its weight is {weight}"
        )


@step(3)
def test_few_that_are_left_share_by_weight() -> None:
    """97 of 100 are out, and the others have weights 3, 6 and 1: three tenths, six, and one.

    Why: after eight draws without luck everyone is asked. What comes then is a draw as well, and
    not the first that is found, the heaviest, or any of them alike.
    Read: Step 3, "No turns at all".
    """
    upstreams = crowd(*([5] * 97), 3, 6, 1)
    picked = picks(RandomChoice(Random(9)), upstreams, 1000, out=upstreams[:97])
    for each in upstreams[97:]:
        share = 10 * picked.count(each) / len(picked)
        assert abs(share - each.weight) < 0.6, (
            f"97 of 100 are out: who has weight {each.weight} of the 10 left got {share:.1f}"
        )


@step(3)
def test_the_only_one_left_is_found() -> None:
    """999 of 1,000 are out: the last one is picked. All are out: None, and not a loop without end.

    Why: drawing until one is accepted may take for ever, and when nobody is it does.
    Read: Step 3, "No turns at all".
    """
    upstreams = crowd(*(1 + number % 3 for number in range(1000)))
    policy = RandomChoice(Random(9))
    for count in range(3):
        accepts = Counted(set(upstreams[:-1]))
        assert policy.select(upstreams, accepts) is upstreams[-1], "one was left, and was not found"
        assert accepts.asked < 5000, f"pick {count} asked {accepts.asked} times; there are 1,000"
    nobody = Counted(set(upstreams))
    assert policy.select(upstreams, nobody) is None, "nobody is accepted, and one was picked"


@step(3)
def test_a_draw_from_ten_thousand_asks_only_who_is_drawn() -> None:
    """10,000 upstreams, a quarter of them out, 1,000 picks: fewer than 1,500 questions.

    Why: sorting out who is accepted before the draw asks 10,000, for each request.
    Read: Step 3, "No turns at all".
    """
    upstreams = crowd(*(1 + number % 5 for number in range(10_000)))
    policy, accepts = RandomChoice(Random(9)), Counted(set(upstreams[::4]))
    for _ in range(1000):
        policy.select(upstreams, accepts)
    assert accepts.asked < 1500, f"1,000 picks of 10,000 upstreams asked {accepts.asked} times"


@step(3)
def test_the_same_dice_make_the_same_picks() -> None:
    """The dice are passed in, and nothing else decides: two policies with equal dice agree.

    Why: a test, and a simulation, can only be repeated if chance can.
    Read: Step 3, "No turns at all".
    """
    one, other = (RandomChoice(Random(4)) for _ in range(2))
    upstreams = having(1, 2, 3)
    for _ in range(50):
        assert one.select(upstreams, but([])) is other.select(upstreams, but([]))
    upstreams = crowd(*([5] * 97), 3, 6, 1)
    accepts = but(upstreams[:97])
    for _ in range(50):
        assert one.select(upstreams, accepts) is other.select(upstreams, accepts), (
            "97 of 100 are out, and two policies with the same dice differ"
        )

"""Step 3: a table of equal shares."""

from array import array
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.hashes import hash64
from reverseproxy.policies import maglev
from reverseproxy.policies.maglev import Maglev, fill, table_of, turns_of, way
from reverseproxy.target import Target
from reverseproxy.upstreams import Upstreams
from tests.support.steps import step

PAPER = [(3, 4), (0, 2), (3, 1)]
"""Where the paper's three begin, and their steps: table 1 of section 3.4."""

HUNDRED = [f"http://10.0.0.{number}" for number in range(100)]


def taken(ways: list[tuple[int, int]], size: int, weights: list[int] | None = None) -> list[int]:
    """The table of those ways. One that is never full is given up."""
    turns = islice(turns_of(weights or [1] * len(ways)), size)
    return list(fill(ways, turns, size))


def owners_by_place(urls: list[str]) -> list[str]:
    """The URL of the owner of each place."""
    places, owners = table_of(Upstreams.parse(urls))
    names = [f"http://{owner.name}" for owner in owners]
    return [names[rank] for rank in places]


@step(3)
def test_the_paper_s_table() -> None:
    """The three of the paper, 7 places: 1 0 1 0 2 2 0. Without the second one: 0 0 0 0 2 2 2.

    Why: it is the one example that the inventors have worked out, and you can do it with a pencil.
    Read: Step 3, "A table of equal shares".
    """
    found = taken(PAPER, 7)
    assert found == [1, 0, 1, 0, 2, 2, 0], f"the paper's table is 1 0 1 0 2 2 0, and this: {found}"
    found = [[0, 2][rank] for rank in taken([PAPER[0], PAPER[2]], 7)]
    assert found == [0, 0, 0, 0, 2, 2, 2], f"without the second it is 0 0 0 0 2 2 2: {found}"


@step(3)
def test_each_way_comes_from_two_hashes() -> None:
    """It begins at hash 0 modulo the size; its step is 1 to size - 1, from hash 1.

    Why: two that begin at the same place should part at the next. And a step of 0 never leaves the
    place where it began.
    Read: Step 3, "A table of equal shares".
    """
    names = [b"http://h%d" % number for number in range(100)]
    begins, steps = zip(*(way(name, 7) for name in names), strict=True)

    for step_ in steps:
        assert 1 <= step_ < 7, f"a step of {step_} in a table of 7 places"
    assert list(begins) == [hash64(name, 0) % 7 for name in names], (
        "where it begins is not hash 0 modulo the size"
    )
    assert list(steps) == [hash64(name, 1) % 6 + 1 for name in names], (
        "its step is not hash 1 modulo 6, plus 1"
    )


@step(3)
def test_whose_turn_it_is() -> None:
    """Weights 3, 2 and 1: all in the first round; then 0, then 0 1, then 0 1 2, and so on.

    Weights 1, 3 and 2: 0 1 2, then 1, then 1 2, in the order of the ranks.

    Why: two proxies have the same table only if they agree on each turn, and not just on shares.
    Read: Step 3, "A table of equal shares".
    """
    rounds = [[0, 1, 2], [0], [0, 1], [0, 1, 2], [0], [0, 1], [0, 1, 2]]
    expected = [rank for each in rounds for rank in each]
    found = list(islice(turns_of([3, 2, 1]), len(expected)))
    assert found == expected, f"weights 3, 2, 1, and the turns are {found}, not {expected}"
    expected = [0, 1, 2, 1, 1, 2, 0, 1, 2, 1, 1, 2, 0, 1, 2]
    found = list(islice(turns_of([1, 3, 2]), len(expected)))
    assert found == expected, f"weights 1, 3, 2, and the turns are {found}, not {expected}"


@step(3)
def test_the_table_is_an_array() -> None:
    """What fill returns is an array("i").

    Why: 65,537 places take 262 kB there, and twice as much in a list.
    Read: Step 3, "A table of equal shares".
    """
    places = fill(PAPER, islice(turns_of([1, 1, 1]), 7), 7)
    assert isinstance(places, array), f"the table is a {type(places).__name__}, not an array"
    assert places.typecode == "i"


@step(3)
def test_nobody_is_left_without_a_place() -> None:
    """Nine upstreams of weight 256 and one of weight 1 share 61 places: it has one of them.

    Why: its share is less than a place. An upstream that has none has no requests, and no log says
    so.
    Read: Step 3, "A table of equal shares".
    """
    ways = [way(b"http://h%d" % number, 61) for number in range(10)]
    shares = Counter(taken(ways, 61, [256] * 9 + [1]))

    assert shares[9] == 1, f"the light one has {shares[9]} of 61 places, and should have one"


@step(3)
def test_shares_are_even_and_few_keys_move() -> None:
    """100 upstreams: the most places are at most 1 % above the mean. One goes: of the others' 2 %.

    Why: these are the two things that Maglev promises.
    Read: Step 3, "A table of equal shares".
    """
    before, after = owners_by_place(HUNDRED), owners_by_place(HUNDRED[1:])
    assert len(before) == 65_537, "the table should have 65,537 places"
    most = max(Counter(before).values()) * 100 / len(before)
    assert most <= 1.01, f"the largest share is {most:.3f} times the mean"
    gone = HUNDRED[0]
    moved = sum(was not in (gone, now) for was, now in zip(before, after, strict=True))
    assert moved < 0.02 * len(before), f"one of 100 went, and {moved} places of others moved"
    assert gone in before
    assert gone not in after


@step(3)
def test_the_order_of_the_list_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same upstreams in another order: the same owner in each place.

    Why: two proxies whose settings were written by two people should choose alike.
    Read: Step 3, "A table of equal shares".
    """
    monkeypatch.setattr(maglev, "PLACES", 997)
    before, after = owners_by_place(HUNDRED[:9]), owners_by_place(HUNDRED[8::-1])
    assert after == before, "another order of the list, and another table"


@step(3)
def test_the_table_is_there_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is built once, when the target is made.

    Why: a first request would wait for it, and the event loop with it.
    Read: Step 3, "A table of equal shares".
    """
    built: list[Upstreams] = []

    def counted(upstreams: Upstreams) -> maglev.Lookup:
        built.append(upstreams)
        return table_of(upstreams)

    monkeypatch.setattr(maglev, "PLACES", 997)
    monkeypatch.setattr(maglev, "table_of", counted)
    target = Target(HUNDRED[:3], policy=Maglev(), health=[])

    assert built == [target.upstreams], f"{len(built)} tables were built before the first request"


@step(3)
@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([7, 11, 13, 31, 61]),
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=7),
)
def test_every_place_is_taken_and_shares_are_equal(size: int, ways: list[tuple[int, int]]) -> None:
    """Any starts and steps: no place is empty, and nobody has two places more than another.

    Why: that the shares are equal is what Maglev is for. It does not depend on luck.
    Read: Step 3, "A table of equal shares".
    """
    before = list(ways)
    places = taken(ways, size)
    shares = [places.count(rank) for rank in range(len(ways))]

    assert ways == before, "the ways were changed, and they are the caller's"
    assert sum(shares) == size, f"{size} places, and {shares} of them are taken"
    assert max(shares) - min(shares) <= 1, f"equal weights, and the shares are {shares}"


@step(3)
@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 256), min_size=1, max_size=8))
def test_turns_are_in_proportion(weights: list[int]) -> None:
    """The heaviest has one each round, the others in proportion, and in the first round everybody.

    Why: the shares of the table are the shares of the turns.
    Read: Step 3, "A table of equal shares".
    """
    first = list(islice(turns_of(weights), len(weights)))
    assert sorted(first) == list(range(len(weights))), "one has no turn in the first round"
    rounds = 30
    turns = list(islice(turns_of(weights), rounds * sum(weights) // max(weights)))
    for rank, weight in enumerate(weights):
        share = rounds * weight / max(weights)
        count = turns.count(rank)
        assert abs(count - share) <= len(weights) + 1, f"{weights}: {count} turns for {weight}"

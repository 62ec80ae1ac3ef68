"""Step 3: the less busy of two."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reverseproxy.policies.power_of_two import PowerOfTwo, less_busy
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_10.traffic import Traffic, Watched, anyone, asking, upstreams
from tests.support.steps import step

DRAWS = 3000


def loaded(loads: list[int], weights: list[int] | None = None) -> Upstreams:
    """Upstreams with that many requests in flight."""
    them = upstreams(weights or [1] * len(loads))
    for each, load in zip(them, loads, strict=True):
        each.in_flight = load
    return them


def shares(them: Upstreams, takers: Sequence[Upstream] = ()) -> list[float]:
    """How much of many requests each would have, at these loads; all accept, or only `takers`."""
    policy, accepts = PowerOfTwo(Random(1)), takers.__contains__ if takers else anyone
    had = Counter(policy.select(them, accepts) for _ in range(DRAWS))
    return [had[each] / DRAWS for each in takers or them]


def is_near(found: list[float], expected: list[float]) -> bool:
    """Whether chance alone may be what makes them differ."""
    return all(abs(a - b) < 0.04 for a, b in zip(found, expected, strict=True))


Load = st.tuples(st.integers(0, 300), st.integers(1, 256))


@step(3)
@example((6, 3), (5, 1))
@settings(max_examples=40)
@given(Load, Load)
def test_less_busy_goes_by_weight(one: tuple[int, int], other: tuple[int, int]) -> None:
    """The one with less in flight for its weight; equal: the first.

    Why: 6 in flight at weight 3 are as much as 2 at weight 1.
    Read: Step 3, "The less busy of two".
    """
    first, second = loaded([one[0], other[0]], [one[1], other[1]])
    is_busier = Fraction(*one) > Fraction(*other)
    said = f"of {one[0]} in flight at weight {one[1]} and {other[0]} at {other[1]}"
    chosen = less_busy(first, second)
    assert chosen is (second if is_busier else first), f"{said}, the wrong one was less busy"


@step(3)
@example([(1, 256), (0, 1)], 1)
@example([(0, 1), (1, 1)], 1)
@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from([1, 2, 256])), min_size=2, max_size=6),
    st.integers(),
)
def test_the_busiest_of_all_gets_nothing(loads: list[tuple[int, int]], seed: int) -> None:
    """Whoever is strictly the busiest is never chosen, whatever is drawn, at any weights.

    Why: two *different* ones are drawn, so there is always one beside it that has less. If one can
    be drawn twice, a quarter of the requests to two upstreams go to the busier one.
    Read: Step 3, "The less busy of two".
    """
    exact = [Fraction(*each) for each in loads]
    assume(exact.count(max(exact)) == 1)
    in_flight, weights = [each for each, _ in loads], [weight for _, weight in loads]
    them = loaded(in_flight, weights)
    policy = PowerOfTwo(Random(seed))
    busiest = them[exact.index(max(exact))]
    said = f"{in_flight} in flight at weights {weights}, and the busiest of all was chosen"
    for _ in range(30):
        assert policy.select(them, anyone) is not busiest, said


@step(3)
def test_of_two_the_less_busy_has_them_all() -> None:
    """Two upstreams, with 1 and 9 in flight: 50 choices, and all for the one with 1.

    Why: it is the smallest case there is. A well-known proxy gave half of them to the one with 9.
    Read: Step 3, "The less busy of two".
    """
    them = loaded([9, 1])
    policy = PowerOfTwo(Random(5))
    wrong = [policy.select(them, anyone) for _ in range(50)].count(them[0])
    assert not wrong, f"of two with 9 and 1 in flight, the one with 9 had {wrong} of 50"


@step(3)
@pytest.mark.parametrize("path", ["", "?key="])
def test_two_may_live_at_one_address(path: str) -> None:
    """http://h/1 and http://h/2, or ?key=1 and ?key=2: they are two, and can be compared.

    Why: an upstream is itself and nobody else. Two can have the same host and port, and a log
    that hides queries shows them alike.
    Read: Step 3, "The less busy of two".
    """
    them = Upstreams.parse([f"http://h/{path}{n}" for n in (1, 2)])
    them[0].in_flight = 9
    policy = PowerOfTwo(Random(5))
    wrong = [policy.select(them, anyone) for _ in range(50)].count(them[0])
    assert not wrong, f"two have the same host and port, and the busier one had {wrong} of 50"


@step(3)
def test_it_is_two_that_are_compared() -> None:
    """Loads 0, 1, 2, 3: they get 1/2, 1/3, 1/6 and nothing.

    Why: each of the six pairs is drawn as often as any other. Who compares more than two comes to
    least connections, and who compares one comes to random.
    Read: Step 3, "The less busy of two".
    """
    found = shares(loaded([0, 1, 2, 3]))
    expected = [1 / 2, 1 / 3, 1 / 6, 0]
    said = f"loads 0, 1, 2, 3 have shares of {found}, and not of {expected}"
    assert is_near(found, expected), said


@step(3)
def test_equals_have_equal_chances() -> None:
    """Five that are idle: a fifth each, more or less.

    Why: when there is little to do, all are equal, and a rule for ties is the whole policy.
    Read: Step 3, "The less busy of two".
    """
    found = shares(loaded([0] * 5))
    assert is_near(found, [0.2] * 5), f"five idle upstreams have shares of {found}"


@step(3)
@pytest.mark.parametrize("weights", [[9, 1], [4, 2, 2]])
def test_idle_ones_share_by_weight(weights: list[int]) -> None:
    """Nobody has anything to do: weights 9 and 1 have 90 and 10 %; 4, 2, 2 have 50, 25, 25 %.

    Why: the first is drawn by weight, and at a tie it has the request. Who draws both again because
    they were the same draws the heavy one first no more often than the light one.
    Read: Step 3, "The less busy of two".
    """
    found = shares(loaded([0] * len(weights), weights))
    expected = [weight / sum(weights) for weight in weights]
    said = f"idle, the weights {weights} have shares of {found}, and not of {expected}"
    assert is_near(found, expected), said


@step(3)
@pytest.mark.parametrize(
    ("loads", "expected"), [([0] * 5, [0.2] * 5), ([0, 1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1, 0])]
)
def test_five_of_fifty_are_drawn_like_any_five(loads: list[int], expected: list[float]) -> None:
    """45 of 50 refuse. The others have what they would have alone: idle, a fifth each.

    Why: the day on which most are down is no day to send everything to the one that is least busy.
    All proxies would send it there.
    Read: Step 3, "The less busy of two".
    """
    them = loaded([0] * 45 + loads)
    found = shares(them, them[45:])
    said = f"five of fifty accept, with loads {loads}: shares of {found}, and not of {expected}"
    assert is_near(found, expected), said


@step(3)
@example([0, 0, 0, 1, 2], {0, 1, 2})
@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.sets(st.integers(0, 7)))
def test_only_those_that_accept_are_drawn(loads: list[int], refusing: set[int]) -> None:
    """None accepts: None. One does: that one. Two or more: one, but not the busiest of them.

    Why: of two that were drawn and one that refuses, the other has not won anything. It was never
    compared.
    Read: Step 3, "The less busy of two".
    """
    them = loaded(loads)
    takers = [each for n, each in enumerate(them) if n not in refusing]
    policy = PowerOfTwo(Random(len(loads)))
    for _ in range(10):
        chosen = policy.select(them, takers.__contains__)
        if not takers:
            assert chosen is None, f"nobody accepts, and {chosen} was chosen"
            continue
        assert chosen in takers, f"somebody accepts, and {chosen} was chosen, which does not"
        highest = max(each.in_flight for each in takers)
        busiest = [each for each in takers if each.in_flight == highest]
        is_wrong = len(takers) > 1 and busiest == [chosen]
        assert not is_wrong, "others accepted with less to do, and the busiest taker was chosen"


@step(3)
def test_a_few_that_accept_among_many() -> None:
    """Two of fifty accept, one of them busy: always the other one.

    Why: a few draws out of fifty will hardly ever be those two. Then all have to be asked.
    Read: Step 3, "The less busy of two".
    """
    them = loaded([0] * 48 + [1, 2])
    policy = PowerOfTwo(Random(1))
    chosen = {policy.select(them, them[48:].__contains__) for _ in range(50)}
    assert chosen == {them[48]}, "two of fifty accept, and not always the less busy was chosen"


@step(3)
@pytest.mark.parametrize(("down", "most"), [(0, 300), (30, 450)])
def test_a_choice_asks_a_few(down: int, most: int) -> None:
    """1,000 upstreams: 50 choices ask about 100 times; about 150 times when 30 % refuse.

    Each looks at a few of them, too, except for the first, which gives out the tickets.
    Why: that it does not matter how many there are is what it is for. A list of the others is a
    look at everybody, and with 10,000 it takes milliseconds.
    Read: Step 3, "The less busy of two".
    """
    them = Upstreams(Watched.parse(f"http://10.0.0.1:{n + 1}") for n in range(1000))
    policy, asked = PowerOfTwo(Random(1)), list[Upstream]()
    refusing = {each for n, each in enumerate(them) if n % 100 < down}
    policy.select(them, anyone)
    Watched.looks = 0
    for _ in range(50):
        chosen = policy.select(them, asking(asked, refusing))
        assert chosen not in refusing, f"{chosen} was chosen, and it refused"
    said = f"50 choices among 1,000 asked {len(asked)} times who accepts, and {down} % refuse"
    assert len(asked) <= most, said
    looks = Watched.looks / 50
    assert looks <= 100, (
        f"for a choice of two among 1,000, upstreams were looked at {looks:g} times"
    )


@step(3)
def test_no_upstream_is_far_ahead() -> None:
    """2,000 requests to 200 upstreams, and none ends: nobody has more than 13.

    Why: with one draw instead of two it would be about 20. That one more draw does so much is the
    theorem.
    Read: Step 3, "The less busy of two".
    """
    traffic, them = Traffic(PowerOfTwo(Random(7))), upstreams([1] * 200)
    for _ in range(2000):
        traffic.begin(them)
    most = max(each.in_flight for each in them)
    assert most <= 13, f"200 upstreams with 10 requests each, and one of them has {most}"


@step(3)
def test_heavier_ones_carry_more() -> None:
    """Weights 4, 2, 2 and 80 requests in flight: about 40, 20 and 20.

    Why: it draws by weight and compares by weight, and both lead to the same shares.
    Read: Step 3, "The less busy of two".
    """
    traffic, them = Traffic(PowerOfTwo(Random(2))), upstreams([4, 2, 2])
    for _ in range(80):
        traffic.begin(them)
    found = [each.in_flight for each in them]
    is_fair = all(abs(a - b) <= 4 for a, b in zip(found, [40, 20, 20], strict=True))
    assert is_fair, f"weights 4, 2, 2, and of 80 in flight they have {found}"


@step(3)
def test_it_goes_by_name_and_with_any_list() -> None:
    """policy="p2c" in a target; and who came later is drawn as well, who went is not.

    Why: it keeps no order, so there is nothing that could be out of date but the tickets.
    Read: Step 3, "The less busy of two".
    """
    target = Target(["http://10.0.0.1", "http://10.0.0.2"], policy="p2c", health=[])
    with target.lease() as one, target.lease() as other:
        assert {one, other} == set(target.upstreams), "one of two was busy, and it was chosen"
    traffic, them = Traffic(PowerOfTwo(Random(3))), upstreams([1] * 5)
    for part in (Upstreams(them[:3]), Upstreams(them[2:]), them):
        used = {traffic.use(part) for _ in range(100)}
        assert used == set(part), "some were drawn who went, or never drawn who came"

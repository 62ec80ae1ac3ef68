"""Step 2: the least of all."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.facts import Admin
from reverseproxy.policies.least_connections import LeastConnections, load_of
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_10.traffic import Load, Traffic, Watched, anyone, asking, upstreams
from tests.support.steps import step

MANY = 1000


def share(upstream: Upstream) -> Fraction:
    """What it has to do for its weight, exactly."""
    return Fraction(upstream.in_flight, upstream.weight)


def check_least(chosen: Upstream, others: list[Upstream]) -> None:
    """Fails if one of the others has less to do."""
    least = min(others, key=share)
    if share(least) < share(chosen):
        pytest.fail(
            f"one with {chosen.in_flight} in flight at weight {chosen.weight} was chosen, "
            f"and another had {least.in_flight} at weight {least.weight}"
        )


@step(2)
def test_the_least_loads_come_first() -> None:
    """Three upstreams with 2, 1 and 1 in flight: the next goes to one of those with 1.

    Why: loads come and go in any order, and the list of them is searched from its begin.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 3)
    for number in (0, 0, 1, 2):
        traffic.begin(them, [them[number]].__contains__)
    chosen = traffic.begin(them)
    assert chosen is not them[0], "2, 1 and 1 were in flight, and the one with 2 was chosen"
    traffic.end(0)
    traffic.end(0)
    assert traffic.begin(them) is them[0], "one had become idle, and another was chosen"


LAST_OF_FOUR = [(False, 0, {0, 1, 2, 3} - {n}) for n in (3, 3, 3, 2, 2, 1, 3)]


@step(2)
@example([1, 1], [(False, 0, set()), (False, 0, {1})])
@example([1, 1, 1, 1], LAST_OF_FOUR)
@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=6),
    st.lists(st.tuples(st.booleans(), st.integers(0, 99), st.sets(st.integers(0, 5))), max_size=40),
)
def test_nobody_with_less_to_do_is_passed_over(
    weights: list[int], events: list[tuple[bool, int, set[int]]]
) -> None:
    """Requests come and end in any order, some upstreams refuse: the chosen one has the least.

    Why: an idle upstream beside a busy one is the one thing that this policy promises to avoid.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams(weights)
    for is_end, number, refusing in events:
        if is_end and traffic.running:
            traffic.end(number)
            continue
        takers = [each for n, each in enumerate(them) if n not in refusing]
        if not takers:
            assert traffic.policy.select(them, lambda _: False) is None, "nobody accepts"
            continue
        chosen = traffic.policy.select(them, takers.__contains__)
        assert chosen, "somebody further behind would take the request, and nobody was chosen"
        assert chosen in takers, f"{chosen} was chosen, and it refused"
        check_least(chosen, takers)
        traffic.begin(them, takers.__contains__)


@step(2)
def test_equals_take_turns() -> None:
    """Four that are equally busy, idle or not: of eight requests each has two.

    Why: "the least busy" is mostly a tie. If the first won each, it would be the one that never has
    a pause, and an upstream that is broken would be asked again and again.
    Read: Step 2, "The least of all".
    """
    for busy in (0, 3):
        traffic, them = Traffic(LeastConnections()), upstreams([1] * 4)
        for _ in range(busy * 4):
            traffic.begin(them)
        had = Counter(traffic.use(them) for _ in range(8))
        turns = [had[each] for each in them]
        assert turns == [2, 2, 2, 2], f"of eight requests to four equals they had {turns}"
        assert traffic.policy.select(them, anyone) is not traffic.policy.select(them, anyone)


@step(2)
@settings(max_examples=20)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(1, 3))
def test_who_weighs_more_carries_more(weights: list[int], rounds: int) -> None:
    """While nothing ends, each has its weight in flight after as many requests as all weigh.

    Why: twice the machine is as busy with twice the requests.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams(weights)
    for _ in range(sum(weights) * rounds):
        traffic.begin(them)
    found = [each.in_flight for each in them]
    expected = [weight * rounds for weight in weights]
    assert found == expected, f"weights {weights}, and in flight are {found}"


@step(2)
def test_loads_that_are_equal_compare_equal() -> None:
    """2 in flight at weight 6 is the same load as 1 at 3; without weight there is no end to it.

    Why: equals share a queue, so their loads have to be one key. And who weighs nothing must not
    look idle.
    Read: Step 2, "The least of all".
    """

    def load(in_flight: int, weight: int) -> float:
        one = Upstream.parse("http://10.0.0.1", weight)
        one.in_flight = in_flight
        return load_of(one)

    assert load(2, 6) == load(1, 3) == load(80, 240)
    assert load(1, 3) < load(2, 5) < load(1, 2) < load(1, 1)
    is_exact = load(0, 1) < load(1, 256) < load(1, 255)
    assert is_exact, "1 in flight at 256 is less than 1 at 255 and more than none: they are rounded"
    assert load(0, 0) > load(1_000_000, 1), "weight 0 and idle is less than something: it is chosen"


@step(2)
def test_who_comes_is_found_and_who_goes_is_forgotten() -> None:
    """Somebody leaves with a request in flight, others come, it comes back: always the least.

    Why: the list of upstreams changes while requests run, and their ends come later.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 5)
    early, late = Upstreams(them[:3]), Upstreams(them[1:])
    for _ in range(6):
        traffic.begin(early)
    assert [traffic.begin(late) for _ in range(4)].count(them[0]) == 0, "one that left was chosen"
    busy = [each.in_flight for each in them]
    assert busy == [2, 2, 2, 2, 2], f"two came who were idle, and now it is {busy}"
    for number, lease in reversed(list(enumerate(traffic.running))):
        if lease.upstream is them[0]:
            traffic.end(number)
    left = "the requests of one that left had ended, and it was chosen"
    assert traffic.policy.select(late, anyone) is not them[0], left
    again = Upstreams(them)
    assert traffic.begin(again) is them[0], "one came back idle, and was taken for busy"


@step(2)
def test_who_comes_back_as_it_left_is_found() -> None:
    """One of three leaves idle, and comes back idle: of six requests each has two.

    Why: `_learn` passes over those whose load it knows already. Who left must not be among them.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 3)
    for some in (them, Upstreams(them[:2])):
        traffic.use(some)
    again = Upstreams(them)
    had = Counter(traffic.use(again) for _ in range(6))
    assert had[them[2]], "one left idle and came back idle, and is never chosen again"
    assert set(had.values()) == {2}, (
        f"of six requests to three, one just back: {list(had.values())}"
    )


@step(2)
def test_one_goes_and_another_comes() -> None:
    """Two upstreams, one of them is replaced by a third: that one is idle, and so it is next.

    Why: a list of the same length is not the same list.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 3)
    for _ in range(2):
        traffic.begin(Upstreams(them[:2]))
    chosen = traffic.begin(Upstreams(them[1:]))
    assert chosen is them[2], "one was replaced by an idle one, which was not chosen"


@step(2)
def test_a_new_weight_is_noticed() -> None:
    """2 in flight at one, 1 at the other; then the first has weight 4: it is the less busy one.

    Why: a new weight makes new Upstreams, with the same upstreams in them. They are equal to the
    old ones, and not the same.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1, 1])
    for number in (0, 0, 1):
        traffic.begin(them, [them[number]].__contains__)
    them[0].weight = 4
    chosen = traffic.begin(Upstreams(them))
    assert chosen is them[0], "a weight grew from 1 to 4, and the load stayed what it was"


@step(2)
def test_who_refuses_once_keeps_its_turn() -> None:
    """The first of three is passed over, as this request has tried it already: it is next.

    Why: a retry passes over whom it has tried. That says nothing about the next request, and among
    equals it is for whoever has waited longest.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 3)
    turns = [traffic.use(them), traffic.use(them), traffic.use(them)]
    assert traffic.use(them, asking([], turns[:1])) is turns[1]
    found = [traffic.use(them), traffic.use(them)]
    said = "one refused once, as it had been tried, and lost its turn"
    assert found == [turns[0], turns[2]], said


@step(2)
def test_turns_survive_a_change_of_the_list() -> None:
    """Two of four had their turn, then the fourth goes: the third is next, not the first.

    Why: else each change would begin with the same upstream again, and lists that change often are
    no exception.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 4)
    first, second = traffic.use(them), traffic.use(them)
    (third,) = {*them[:3]} - {first, second}
    assert traffic.use(Upstreams(them[:3])) is third, "the list changed, and the turns began anew"


def stored(thing: object) -> Iterator[object]:
    """All that somebody keeps, in whatever is nested in it; upstreams are not looked into."""
    if isinstance(thing, Upstream):
        return
    if isinstance(thing, Mapping):
        inside = [*thing.keys(), *thing.values()]
    elif isinstance(thing, str) or not hasattr(thing, "__iter__"):
        inside = list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    else:
        inside = list(thing)
    for each in inside:
        yield each
        yield from stored(each)


@step(2)
def test_it_remembers_no_more_than_it_has_to() -> None:
    """Ten upstreams, and 2,000 uses of them: what the policy keeps is not more than after 50.

    Why: a heap from which old entries are not taken out, as in many a textbook, is fine in every
    test, and takes all of the memory in a week.
    Read: Step 2, "The least of all".
    """
    traffic, them = Traffic(LeastConnections()), upstreams([1] * 10)
    kept = []
    for uses in (50, 1950):
        for n in range(uses):
            traffic.begin(them)
            if n % 7 > 2:
                traffic.end(n)
        while traffic.running:
            traffic.end(0)
        kept.append(sum(1 for _ in stored(traffic.policy)))
    assert kept[1] <= kept[0] + 10, (
        f"50 uses left {kept[0]} things behind, and 2,000 uses {kept[1]}"
    )


@step(2)
@pytest.mark.parametrize(
    ("what", "loads"),
    [("with equal loads", [0] * MANY), ("with different loads", range(2 * MANY, 0, -2))],
    ids=["equal", "different"],
)
def test_a_choice_does_not_look_at_everybody(what: str, loads: Sequence[int]) -> None:
    """1,000 upstreams: a use looks at a few, compares a few loads, and asks a few if they accept.

    Why: with 10,000 upstreams, a look at each is a third of a millisecond for every request.
    Weights make many different loads: with 1 to 256, upstreams that are about equally busy have
    hundreds of them.
    Read: Step 2, "The least of all".
    """
    traffic, asked = Traffic(LeastConnections()), list[Upstream]()
    them = Upstreams(Watched.parse(f"http://10.0.0.1:{n + 1}") for n in range(MANY))
    for each, load in zip(them, loads, strict=True):
        each.in_flight = load
    traffic.use(them)
    Watched.looks = Load.compared = 0
    for _ in range(20):
        traffic.use(them, asking(asked))
    said = f"a request to one of {MANY} {what}: "
    looks, compared = Watched.looks / 20, Load.compared / 20
    assert looks <= 100, f"{said}upstreams were looked at {looks:g} times"
    assert compared <= 100, f"{said}loads were compared {compared:g} times"
    assert len(asked) <= 60, f"{len(asked)} were asked whether they accept 20 requests"


@step(2)
def test_a_target_tells_its_policy() -> None:
    """policy="least-conn": of three, the one in maintenance has none, and two share four uses.

    Why: the policy has to hear of every begin and end, and no more than that.
    Read: Step 2, "The least of all".
    """
    urls = [f"http://10.0.0.{n}" for n in (1, 2, 3)]
    target = Target(urls, policy="least-conn", health=[])
    target.upstreams[1].facts.admin = Admin.MAINT
    leases = [target.lease() for _ in range(1)]
    leases[0].__enter__()
    for _ in range(3):
        leases.append(target.lease())
        leases[-1].__enter__()
    busy = [each.in_flight for each in target.upstreams]
    assert busy == [2, 0, 2], f"four uses of a target, the second in maintenance: {busy}"
    for each in leases:
        each.__exit__(None, None, None)
    assert [each.in_flight for each in target.upstreams] == [0, 0, 0]

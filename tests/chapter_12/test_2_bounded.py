"""Step 2: full is full."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.facts import Admin
from reverseproxy.policies.bounded import BoundedLoad
from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.ring import Ring
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_12.watched import Watched
from tests.support.steps import step

WEIGHTS = {"http://a": 1, "http://b": 2, "http://c": 3, "http://d": 1}
TEN = [f"http://h{number}" for number in range(10)]


class ByTheList:
    """A keyed policy that does not look at the key."""

    def prepare(self, upstreams: Upstreams) -> None:
        """Needs nothing."""

    def find(self, key: bytes, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first of the list that is accepted."""
        return next(filter(accepts, upstreams), None)


def slots(upstream: Upstream, upstreams: Upstreams, factor: Fraction = Fraction(5, 4)) -> int:
    """How many uses it may have at most, with one more to come: by a look at everybody."""
    them = [each for each in upstreams if each.state(0.0).available]
    to_be = sum(each.in_flight for each in them) + 1
    weight = sum(each.weight for each in them)
    return max(1, ceil(to_be * factor * upstream.weight / weight))


@contextmanager
def leased(target: Target, keys: list[bytes]) -> Iterator[list[Upstream]]:
    """One use for each key, all at once, and who has them."""
    with ExitStack() as stack:
        yield [stack.enter_context(target.lease(key)) for key in keys]


def bounded(weights: dict[str, int] | list[str], factor: float = 1.25) -> Target:
    """A target with that policy, whose clock stands still."""
    return Target(weights, policy=BoundedLoad(factor=factor), health=[], clock=lambda: 0.0)


@step(2)
def test_an_idle_target_is_a_ring() -> None:
    """With nothing in flight, each key goes where the ring sends it.

    Why: bounds are for when it is busy. The rest of the time a key should find what it left.
    Read: Step 2, "Full is full".
    """
    target = bounded(WEIGHTS)
    ring = Ring()
    for number in range(100):
        key = b"key %d" % number
        home = ring.find(key, target.upstreams, lambda _: True)
        with target.lease(key) as chosen:
            assert chosen is home, "nobody has anything to do, and a key was sent away from home"


@step(2)
def test_a_hot_key_is_shared() -> None:
    """100 requests for one key at once, ten upstreams: nobody is given more than 13.

    Why: 1.25 times the fair share of 10 is 12.5, rounded up. On a ring alone, one has all 100.
    Read: Step 2, "Full is full".
    """
    target = bounded(TEN)
    with leased(target, [b"hot"] * 100) as them:
        most = max(Counter(them).values())
        assert most <= 13, f"one key, 100 at once, ten upstreams, and one of them has {most}"
        assert most == 13, f"13 slots, and the key was sent on after {most}"


@step(2)
def test_a_hot_key_goes_to_always_the_same() -> None:
    """Busy twice, the key goes to the same upstreams in the same order. Busy half, to fewer.

    Why: what they had to fetch for it the first time, they still have.
    Read: Step 2, "Full is full".
    """
    target = bounded(TEN)
    with leased(target, [b"hot"] * 40) as first:
        pass
    with leased(target, [b"hot"] * 40) as second:
        pass
    assert second == first, "the same requests in the same order went to others"
    with leased(target, [b"hot"] * 2) as few:
        assert set(few) <= set(first[:2])


@step(2)
def test_there_is_always_one_slot() -> None:
    """A light one beside heavy ones has one slot, as long as it has nothing to do.

    Why: its share of so little is less than one request, and less than one is none.
    Read: Step 2, "Full is full".
    """
    upstreams = Upstreams.parse({"http://light": 1, "http://heavy": 9})
    upstreams.available.refresh(0.0)
    light, ring = upstreams[0], Ring()
    keys = (b"%d" % number for number in range(1000))
    home = next(key for key in keys if ring.find(key, upstreams, lambda _: True) is light)
    assert BoundedLoad().find(home, upstreams, lambda _: True) is light, "an idle one is not full"


@step(2)
def test_those_that_are_out_have_no_share() -> None:
    """Seven of ten are drained and still busy: of 30 requests, each of the three has 13 at most.

    Why: counted among all ten, the share of each would be three requests, and all would be full
    while they have little to do. What the others still have in flight would make it too large.
    Read: Step 2, "Full is full".
    """
    for still_busy in (0, 1000):
        target = bounded(TEN)
        for each in target.upstreams[3:]:
            each.facts.admin = Admin.DRAIN
            each.in_flight = still_busy
        with leased(target, [b"hot"] * 30) as them:
            counts = sorted(Counter(them).values())
        assert counts == [4, 13, 13], (
            f"13, 13 and 4 were expected of three that are available, and it was {counts}"
        )


@step(2)
def test_when_all_are_full_the_least_loaded_is_taken() -> None:
    """Everyone that may be taken is full: it is the one with the least for its weight.

    Why: the one with room was tried and failed. The client would rather wait than get an error.
    Read: Step 2, "Full is full".
    """
    loads = [("http://a", 1, 5), ("http://b", 1, 6), ("http://c", 2, 8)]
    for turn in range(3):
        order = loads[turn:] + loads[:turn]
        weights = {url: weight for url, weight, _ in order}
        upstreams = Upstreams.parse({**weights, "http://tried": 4})
        for each, (_, _, in_flight) in zip(upstreams[:3], order, strict=True):
            each.in_flight = in_flight
        upstreams.available.refresh(0.0)
        tried, least = upstreams[3], upstreams[2 - turn]
        for number in range(5):
            policy = BoundedLoad(ByTheList())
            key = b"key %d" % number
            chosen = policy.find(key, upstreams, upstreams.available.untried([tried]))
            assert chosen is not None, "all are full, and nobody was chosen"
            assert chosen is not tried
            assert chosen is least, "5 at weight 1 is more than 8 at weight 2"
        assert policy.find(b"key", upstreams, lambda _: False) is None


@step(2)
def test_a_full_one_that_is_ejected_is_asked_if_there_is_no_other() -> None:
    """One is available and was tried, the other is ejected and full: it is that one.

    Why: it is the target that says who is accepted. Whoever is, is better than an error.
    Read: Step 2, "Full is full".
    """
    target = bounded(TEN[:2])
    one, other = target.upstreams
    other.in_flight = 100
    other.facts.ejected_until = 9.0
    try:
        chosen = target.select_upstream(b"key", tried=[one])
    except NoUpstreamAvailable:
        pytest.fail("the only one that is left is ejected and full, and it was not asked")
    assert chosen is other


@step(2)
def test_nobody_is_looked_at_to_know_the_bound() -> None:
    """300 upstreams, and the first on the key's way has room: nobody else is looked at.

    Why: the sums are kept, so that a choice costs the same for 3 upstreams and for 10,000.
    Read: Step 2, "Full is full".
    """
    upstreams = Upstreams(Watched.parse(f"http://h{number}") for number in range(300))
    policy = BoundedLoad(ByTheList())
    upstreams.available.refresh(0.0)
    Watched.reads.clear()
    assert policy.find(b"key", upstreams, upstreams.available.untried(())) is upstreams[0]
    for what in ("weight", "in_flight", "facts"):
        reads = Watched.reads[what]
        assert reads < 40, f"one choice of 300, and {what} was read {reads} times"


@step(2)
def test_a_whole_number_is_not_rounded_up() -> None:
    """Four equal upstreams, factor 1, four at once: each has one, for 4 * 1 * 1 / 4 is 1.

    Why: one more than what is whole is a slot that is nobody's share.
    Read: Step 2, "Full is full".
    """
    target = bounded(TEN[:4], 1)
    with leased(target, [b"hot"] * 4) as them:
        most = max(Counter(them).values())
        assert most == 1, f"3 in flight and one to come, four upstreams, factor 1: one has {most}"


@step(2)
def test_it_is_divided_last() -> None:
    """39 in flight, two of weight 11: 40 * 1.25 * 11 / 22 is 25, multiplied first, divided last.

    Why: 40 * 1.25 / 22 * 11 is 25.000000000000004 to a computer, and rounded up 26.
    Read: Step 2, "Full is full".
    """
    upstreams = Upstreams.parse({"http://a": 11, "http://b": 11})
    one, other = upstreams
    one.in_flight, other.in_flight = 25, 14
    upstreams.available.refresh(0.0)
    for number in range(20):
        chosen = BoundedLoad().find(b"%d" % number, upstreams, lambda _: True)
        assert chosen is other, "25 slots and 25 in flight, and it was given one more: divide last"


@step(2)
def test_it_goes_by_the_policy_that_it_was_given() -> None:
    """BoundedLoad over a policy that goes by the list, not over a ring: the list decides.

    Why: a bound is one thing, and a key's home is another. Each can be had without the other.
    Read: Step 2, "Full is full".
    """
    target = Target(TEN, policy=BoundedLoad(ByTheList()), health=[], clock=lambda: 0.0)
    with leased(target, [b"%d" % number for number in range(6)]) as them:
        assert them == list(target.upstreams[:6]), "another policy than the given one has chosen"


@step(2)
def test_without_anybody_available_the_key_goes_home() -> None:
    """All are ejected, and the key's home is busiest: it is asked all the same, without a bound.

    Why: nobody is available, so nobody has a share. One of them has to be asked nevertheless.
    Read: Step 2, "Full is full".
    """
    policy, upstreams = BoundedLoad(), Upstreams.parse(WEIGHTS)
    policy.prepare(upstreams)
    upstreams.available.refresh(0.0)
    home = policy.find(b"key", upstreams, lambda _: True)
    assert home, "all accept, and nobody was chosen"
    home.in_flight = 100
    for each in upstreams:
        each.facts.ejected_until = 9.0
    upstreams.available.refresh(0.0)
    try:
        chosen = policy.find(b"key", upstreams, lambda _: True)
    except ZeroDivisionError:
        pytest.fail("all are ejected, and what they weigh together was divided by")
    assert chosen is home, f"all are ejected, {home} is the key's home, and it went to {chosen}"


@step(2)
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30),
    st.sets(st.integers(0, 3), max_size=3),
    st.sampled_from([Fraction(1), Fraction(5, 4), Fraction(2)]),
)
def test_nobody_is_given_more_than_its_slots(
    uses: list[tuple[int, bool]], out: set[int], factor: Fraction
) -> None:
    """Any keys, weights and ends of uses: the first on the key's way round that has a slot left.

    Why: the bound is a promise for each upstream and each request, and not on average.
    Read: Step 2, "Full is full".
    """
    target = bounded(WEIGHTS, float(factor))
    upstreams = target.upstreams
    ring = Ring()
    for number in out:
        upstreams[number].facts.is_up = False
    stacks: list[ExitStack] = []
    for number, ends in uses:
        if ends and stacks:
            stacks.pop(0).close()
        room = {each: slots(each, upstreams, factor) for each in upstreams}
        fitting = {u for u in upstreams if u.state(0.0).available and u.in_flight < room[u]}
        key = b"%d" % number
        expected = ring.find(key, upstreams, fitting.__contains__)
        chosen = target.select_upstream(key)
        had = f"{chosen} has {chosen.in_flight} in flight and {room[chosen]} slots"
        assert chosen.in_flight < room[chosen], f"{had}, and it was given one more"
        assert chosen is expected, f"{had}; the key's next with a slot left is {expected}"
        stacks.append(ExitStack())
        stacks[-1].enter_context(target.lease(key))
    for stack in stacks:
        stack.close()

"""Policies that go by load, beyond what chapter 10 asks for."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.health.passive import PassiveHealth
from reverseproxy.lease import Lease
from reverseproxy.policies.least_connections import LeastConnections, load_of
from reverseproxy.policies.power_of_two import PowerOfTwo
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

URLS = [f"http://10.0.0.{n}" for n in range(1, 11)]


def anyone(upstream: Upstream) -> bool:
    return True


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.sets(st.integers(0, 4))), max_size=60)
)
def test_least_connections_chooses_who_has_waited_longest(
    events: list[tuple[bool, int, set[int]]],
) -> None:
    """Among equals it is whoever came to that load first: as in a search through all of them."""
    policy, them = LeastConnections(), Upstreams.parse(URLS[:5])
    since = {each: n - len(them) for n, each in enumerate(them)}
    running: list[Lease] = []
    for now, (is_end, number, refusing) in enumerate(events):
        if is_end and running:
            lease = running.pop(number % len(running))
            lease.__exit__(None, None, None)
        else:
            takers = [each for n, each in enumerate(them) if n not in refusing]
            chosen = policy.select(them, takers.__contains__)
            expected = min(takers, key=lambda one: (one.in_flight, since[one]), default=None)
            assert chosen is expected
            if chosen is None:
                continue
            lease = Lease(chosen, [policy], lambda: 0.0)
            lease.__enter__()
            running.append(lease)
        since[lease.upstream] = now


def test_200_queues_are_gone_when_all_is_over() -> None:
    """One upstream that takes 200 requests leaves one queue behind, not 200."""
    policy, (one,) = LeastConnections(), Upstreams.parse(URLS[0])
    them = Upstreams([one])
    leases = []
    for _ in range(200):
        chosen = policy.select(them, anyone)
        assert chosen is one
        leases.append(Lease(one, [policy], lambda: 0.0))
        leases[-1].__enter__()
    for lease in leases:
        lease.__exit__(None, None, None)
    assert vars(policy)["_loads"] == [0.0]
    assert len(vars(policy)["_queues"]) == 1


def test_the_end_of_a_use_that_it_never_saw_is_no_harm() -> None:
    """A use began before the policy knew its upstream, and ends after it has left."""
    policy, them = LeastConnections(), Upstreams.parse(URLS[:3])
    early = Lease(them[2], [policy], lambda: 0.0)
    early.__enter__()
    fewer = Upstreams(them[:2])
    assert policy.select(fewer, anyone) is them[0]
    early.__exit__(None, None, None)
    assert policy.select(fewer, anyone) is them[1]
    assert policy.select(them, lambda each: each is them[2]) is them[2]


def test_a_weight_that_changes_moves_its_upstream() -> None:
    """A new weight makes new Upstreams, and the load is another one."""
    policy, them = LeastConnections(), Upstreams.parse(URLS[:2])
    them[0].in_flight, them[1].in_flight = 4, 3
    assert policy.select(them, anyone) is them[1]
    them[0].weight = 2
    assert policy.select(Upstreams(them), anyone) is them[0]
    them[0].weight = 0
    assert load_of(them[0]) == float("inf")
    assert policy.select(Upstreams(them), anyone) is them[1]


@pytest.mark.parametrize("weights", [[1, 0], [256, 1, 1], [0, 3, 3]])
def test_two_choices_with_weights_that_are_far_apart(weights: list[int]) -> None:
    """Eight draws may all be the same one; there is a choice nevertheless."""
    urls = dict(zip(URLS, weights, strict=False))
    target = Target(urls, policy=PowerOfTwo(Random(1)), health=[])
    chosen = Counter(target.select_upstream() for _ in range(500))
    assert set(chosen) == {each for each in target.upstreams if each.weight}


@pytest.mark.parametrize("policy", ["least-conn", "p2c"])
def test_health_closes_the_black_hole(policy: str) -> None:
    """One of ten fails at once, so it is always idle: without health it has most requests."""
    had = {}
    for name, health in (("without", []), ("with", [PassiveHealth()])):
        target = Target(URLS, policy=policy, health=health, clock=lambda: 0.0)
        running: list[Lease] = []
        had[name] = 0
        for _ in range(200):
            lease = target.lease()
            lease.__enter__()
            if lease.upstream is target.upstreams[0]:
                had[name] += 1
                lease.answered(503)
                lease.__exit__(None, None, None)
            else:
                running.append(lease)
            if len(running) > 30:
                running.pop(0).__exit__(None, None, None)
    assert had["without"] > 30, f"{had} of 200, and a tenth is 20"
    assert had["with"] == 5

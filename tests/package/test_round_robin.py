"""Round robin: exactly fair, whoever may be taken, and however the list changes."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream

ALL = [Upstream.parse(f"http://u{number}.example") for number in range(8)]


def everyone(_: Upstream) -> bool:
    """Accepts every upstream."""
    return True


@given(st.integers(1, 8), st.integers(0, 1000))
def test_after_any_number_of_picks_nobody_had_two_turns_more(count: int, picks: int) -> None:
    policy, upstreams = RoundRobin(), ALL[:count]
    picked = [policy.select(upstreams, everyone) for _ in range(picks)]
    assert picked == [upstreams[turn % count] for turn in range(picks)]
    counts = [picked.count(upstream) for upstream in upstreams]
    assert max(counts) - min(counts) <= 1


@given(st.lists(st.integers(1, 8), max_size=50))
def test_the_list_may_change_between_any_two_picks(counts: list[int]) -> None:
    policy, before = RoundRobin(), -1
    for count in counts:
        picked = policy.select(ALL[:count], everyone)
        assert picked in ALL[:count]
        place = ALL.index(picked)
        assert place == (before + 1 if before + 1 < count else (before + 1) % count)
        before = place


@given(st.integers(1, 8), st.sets(st.integers(0, 7)), st.integers(0, 7))
def test_those_who_are_accepted_are_shared_out_exactly(
    count: int, accepted: set[int], before: int
) -> None:
    policy, upstreams = RoundRobin(), ALL[:count]
    for _ in range(before):
        policy.select(upstreams, everyone)
    open_ones = [upstream for upstream in upstreams if ALL.index(upstream) in accepted]
    picked = [policy.select(upstreams, open_ones.__contains__) for _ in range(100)]
    if not open_ones:
        assert picked == [None] * 100
        return
    counts = [picked.count(upstream) for upstream in open_ones]
    assert sum(counts) == 100
    assert max(counts) - min(counts) <= 1


def test_a_pick_that_comes_to_nothing_takes_no_turn() -> None:
    policy = RoundRobin()
    assert policy.select(ALL, everyone) is ALL[0]
    assert policy.select(ALL, lambda _: False) is None
    assert policy.select(ALL, everyone) is ALL[1]


@given(st.integers(2, 8), st.integers(1, 20), st.integers(1, 20))
def test_a_target_is_fair_to_one_among_requests_that_interleave(
    count: int, clients: int, each: int
) -> None:
    target, counts = Target([str(upstream) for upstream in ALL[:count]]), Counter[str]()

    async def client() -> None:
        for _ in range(each):
            counts.update([str(target.select_upstream())])
            await asyncio.sleep(0)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())

    asyncio.run(run())
    shares = [counts[str(upstream)] for upstream in target.upstreams]
    assert sum(shares) == clients * each
    assert max(shares) - min(shares) <= 1

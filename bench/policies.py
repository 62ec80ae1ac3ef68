"""What choosing an upstream costs, among 10, 1,000 and 10,000 of them."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from random import Random

from reverseproxy.lease import Lease, Observer
from reverseproxy.policies.bounded import BoundedLoad
from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.names import POLICIES
from reverseproxy.policies.policy import Policy
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

REPEATS = 5
STEPS = 10_000
IN_FLIGHT = 3
"""What each upstream has in flight, on average, while picks and releases alternate."""

KEYS = [b"client-%d" % number for number in range(100_000)]

WEIGHTED = ("round-robin", "random", "least-conn", "p2c")
"""Those that are measured with weights from 1 to 5 as well."""

Choice = Callable[[], Upstream | None]


def rows() -> Iterator[tuple[str, Callable[[], Policy | Keyed], bool]]:
    """What a row is called, what makes its policy, and whether the weights differ."""
    yield "round-robin alone", RoundRobin, False
    for name, make in POLICIES.items():
        yield name, make, False
        if name in WEIGHTED:
            yield f"{name}, weights 1-5", make, True


def picking(count: int) -> Iterator[tuple[str, float, float]]:
    """For each row: its name, and the microseconds of a pick and release, and of a lease.

    A pick and release is the policy's part: it chooses and, if it listens, hears of the beginning
    and of the end. A lease is all that a target does for one try, with passive health.
    """
    for name, make, is_weighted in rows():
        urls = {f"http://h{n}": n % 5 + 1 if is_weighted else 1 for n in range(count)}
        upstreams = Upstreams.parse(urls)
        upstreams.available.refresh(0.0)
        policy = make()
        choose = choosing(policy, upstreams)
        hears = listening(policy, upstreams)
        others = Upstreams.parse(urls)  # whose loads nobody hears of
        idle = cost(alternating(cycle(others).__next__, None, others))
        work = cost(alternating(choose, hears, upstreams))
        target = Target(urls, policy=make())
        yield name, work - idle, cost(partial(leased, target))


def choosing(policy: Policy | Keyed, upstreams: Upstreams) -> Choice:
    """One choice, as a target has it made: by the next of many keys, if it goes by keys."""
    accepts = upstreams.available.untried(())
    if not isinstance(policy, Keyed):
        return partial(policy.select, upstreams, accepts)
    policy.prepare(upstreams)
    find, keys = policy.find, cycle(KEYS)
    return lambda: find(next(keys), upstreams, accepts)


def listening(policy: Policy | Keyed, upstreams: Upstreams) -> Observer | None:
    """Who has to hear of beginnings and ends, for that policy to know the loads."""
    if isinstance(policy, BoundedLoad):
        return upstreams.available
    return policy if isinstance(policy, Observer) else None


def alternating(choose: Choice, hears: Observer | None, upstreams: Upstreams) -> Callable[[], None]:
    """A step: one is chosen, and one of those that were chosen before, whichever, is released."""
    uses = {upstream: Lease(upstream, (), float) for upstream in upstreams}
    running: list[Upstream] = []
    draw = Random(1).random

    def begin() -> None:
        upstream = choose()
        assert upstream is not None
        upstream.in_flight += 1
        if hears:
            hears.started(uses[upstream], 0.0)
        running.append(upstream)

    def step() -> None:
        begin()
        at = int(draw() * len(running))
        running[at], running[-1] = running[-1], running[at]
        upstream = running.pop()
        upstream.in_flight -= 1
        if hears:
            hears.ended(uses[upstream], 0.0)

    for _ in range(IN_FLIGHT * len(upstreams)):
        begin()
    return step


def leased(target: Target) -> None:
    """One use that ends well."""
    with target.lease(b"client-1") as _:
        pass


def cost(step: Callable[[], None]) -> float:
    """Microseconds of a step: the best of a few rounds, as everything else only adds to it."""
    return min(timeit.repeat(step, number=STEPS, repeat=REPEATS)) / STEPS * 1e6

"""Step 4: a policy for each target."""

from collections import Counter
from typing import Any

import pytest

from reverseproxy import ConfigurationError, ReverseProxy
from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.policies.deadlines import EarliestDeadline
from reverseproxy.policies.first import First
from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.policies.smooth import SmoothWeighted
from reverseproxy.policies.weighted import WeightedRoundRobin, way_for
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_09.picking import Counted, crowd, having, letter, letters
from tests.support.loopback import ask, serving, upstream
from tests.support.steps import step

NOW = 100.0
A, B, C = (f"http://{name}.example" for name in "abc")


def target(urls: list[str] | dict[str, int], **settings: object) -> Target:
    """A target whose facts nobody writes but the test; its clock stands still."""
    try:
        return Target(urls, health=[], clock=lambda: NOW, **settings)  # type: ignore[arg-type]
    except TypeError as error:
        pytest.fail(f"a target takes no such argument: {error}")


def selected(one: Target, count: int) -> str:
    """The next picks, a letter each."""
    return "".join(letter(one.select_upstream()) for _ in range(count))


@step(4)
def test_first_means_the_first_that_is_accepted() -> None:
    """First: a a a; with a out b b b; with a back a again. With all out, None.

    Why: the others are spare, and are not worn out while the first one is well.
    Read: Step 4, "A policy for each target".
    """
    policy, upstreams = First(), having(1, 9, 1)
    assert letters(policy, upstreams, 3) == "aaa"
    assert letters(policy, upstreams, 3, out=upstreams[:1]) == "bbb"
    back = letters(policy, upstreams, 1)
    assert back == "a", f"the first one is back, and the pick was {back}"
    assert policy.select(upstreams, Counted(upstreams)) is None
    for out in (0, 1):
        accepts = Counted(upstreams[:out])
        policy.select(upstreams, accepts)
        assert accepts.asked == out + 1, f"{out} out, and `first` asked {accepts.asked}"


@step(4)
def test_the_way_suits_the_weights_and_the_number() -> None:
    """Equal weights: round robin, however many. Else smooth up to 128 upstreams, and a heap above.

    Why: each is right for some, and nobody should have to know which.
    Read: Step 4, "A policy for each target".
    """
    for weights, expected in (
        ([1, 1, 1], RoundRobin),
        ([7, 7], RoundRobin),
        ([1] * 1000, RoundRobin),
        ([5, 1, 1], SmoothWeighted),
        ([1, 5, 1], SmoothWeighted),
        ([1, 1, 0], SmoothWeighted),
        ([2] + [1] * 127, SmoothWeighted),
        ([2] + [1] * 128, EarliestDeadline),
    ):
        way = way_for(crowd(*weights))
        assert way is expected, (
            f"{len(weights)} upstreams, the first weights {weights[:3]}: {way.__name__}"
        )


@step(4)
def test_the_default_never_scans_ten_thousand() -> None:
    """10,000 upstreams of any weights, 500 picks: no more questions than picks.

    Why: the default is what everybody has.
    Read: Step 4, "A policy for each target".
    """
    for most in (1, 5):
        upstreams = crowd(*(1 + number % most for number in range(10_000)))
        policy, accepts = WeightedRoundRobin(), Counted()
        for _ in range(500):
            policy.select(upstreams, accepts)
        assert accepts.asked <= 500, f"500 picks asked {accepts.asked} times"


@step(4)
def test_a_target_has_weights() -> None:
    """{a: 5, b: 1, c: 1}: a a b a c a a. A list: a b c, as before.

    Why: the weight stands beside the URL that it is for, and cannot be taken for another's.
    Read: Step 4, "A policy for each target".
    """
    found = selected(target({A: 5, B: 1, C: 1}), 7)
    assert found != "abcabca", "weights 5, 1, 1, and the target takes turns as if they were equal"
    assert found == "aabacaa"
    assert selected(target([A, B, C]), 4) == "abca"


@step(4)
def test_weight_zero_is_never_chosen() -> None:
    """Weight 0: not by turns, not at random, not as the first, and not when nobody else is left.

    Why: 0 is written by whoever wants to end its requests, and that has no exception.
    Read: Step 4, "A policy for each target".
    """
    for policy in ("round-robin", "random", "first"):
        one = target({A: 0, B: 1, C: 1}, policy=policy)
        for other in one.upstreams[1:]:
            assert "a" not in selected(one, 20), f"{policy}: a has weight 0, and was chosen"
            other.facts.ejected_until = NOW + 1
        assert "a" not in selected(one, 20), f"{policy}: all others are ejected, and a has weight 0"
        for each in one.upstreams:
            each.facts.is_up = False
        with pytest.raises(NoUpstreamAvailable, match=r"a\.example:80: weight 0"):
            pytest.fail(f"{policy}: {one.select_upstream()} was chosen")


@step(4)
def test_a_target_has_the_policy_of_that_name() -> None:
    """policy="first": a a a, and b when a is down. Names that there are not are refused.

    Why: a typo must not become a default that nobody asked for.
    Read: Step 4, "A policy for each target".
    """
    one = target([A, B, C], policy="first")
    found = selected(one, 3)
    assert found == "aaa", f'policy="first", and the picks were {found}'
    one.upstreams[0].facts.is_up = False
    assert selected(one, 2) == "bb"
    with pytest.raises(ConfigurationError, match=r"policy 'frist'.*round-robin, random, first"):
        Target([A], policy="frist")


class Last:
    """A policy of the reader's own."""

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The last that is accepted."""
        return next(filter(accepts, reversed(upstreams)), None)


@step(4)
def test_a_policy_may_be_ones_own() -> None:
    """An object with a `select` is a policy, and it chooses.

    Why: a name is short for what we have thought of.
    Read: Step 4, "A policy for each target".
    """
    assert selected(target([A, B, C], policy=Last()), 2) == "cc"


@step(4)
def test_a_policy_of_ones_own_serves_one_target() -> None:
    """An object is given to `add_target`: one target may have it, and a second one is refused.

    Why: what it remembers is about the upstreams of one. The second would be given those of the
    first. And it may be asked for only once: whoever asks first has it.
    Read: Step 4, "A policy for each target".
    """
    proxy, policy = ReverseProxy(), Last()
    try:
        proxy.add_target([A, B], policy=policy)
    except (ConfigurationError, TypeError) as error:
        pytest.fail(f"add_target was given a policy for the first time, and refused it: {error}")
    refused = ""
    try:
        proxy.add_target([B, C], host="two.example", policy=policy)
    except ConfigurationError as error:
        refused = str(error)
    assert "is another target's" in refused, "one object is the policy of two targets"


@step(4)
def test_two_targets_share_no_turn() -> None:
    """Two targets with the same names and weights: each begins with its own first.

    Why: a policy remembers whose turn it is. With one for all, a request here takes a turn there.
    Read: Step 4, "A policy for each target".
    """
    one, other = target({A: 5, B: 1, C: 1}), target({A: 5, B: 1, C: 1})
    found = "".join(selected(each, 1) for _ in range(7) for each in (one, other))
    assert found[::2] == found[1::2] == "aabacaa"


@step(4)
async def test_the_proxy_gives_out_requests_by_weight() -> None:
    """add_target({one: 3, other: 1}) and eight requests: six and two. With "first": all for one.

    Without a policy it is round robin, by weight.

    Why: this is what it was for.
    Read: Step 4, "A policy for each target".
    """
    async with upstream() as one, upstream() as other:
        for policy, expected in ((None, [6, 2]), ("first", [8, 0])):
            chosen: dict[str, Any] = {"policy": policy} if policy else {}
            proxy = ReverseProxy()
            try:
                proxy.add_target({one.url: 3, other.url: 1}, **chosen)
            except TypeError as error:
                pytest.fail(f"add_target takes no such argument: {error}")
            before = Counter({url.url: len(url.heard) for url in (one, other)})
            async with serving(proxy) as address:
                for _ in range(8):
                    await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            heard = [len(each.heard) - before[each.url] for each in (one, other)]
            assert heard == expected, (
                f"weights 3 and 1, {policy or 'no policy given'}: eight requests went {heard}"
            )

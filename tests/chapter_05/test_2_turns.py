"""Step 2: whose turn?"""

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.upstream import Upstream
from tests.support.steps import step

A, B, C = (Upstream.parse(f"http://{name}.example") for name in "abc")


def pick(policy: RoundRobin, upstreams: Sequence[Upstream]) -> Upstream:
    """The next pick. From chapter 6 on a policy is told whom it may take: here, everyone."""
    select: Callable[..., Any] = policy.select
    everyone = [lambda upstream: True] * (len(inspect.signature(select).parameters) - 1)
    picked: Upstream = select(upstreams, *everyone)
    if inspect.iscoroutine(picked):
        picked.close()
        pytest.fail("select has to be awaited: now others can run in the middle of a turn")
    assert picked in upstreams, f"{picked} was picked, and is not among the upstreams"
    return picked


def names(policy: RoundRobin, upstreams: Sequence[Upstream], picks: int) -> str:
    """The next picks, a letter each."""
    return "".join(str(pick(policy, upstreams)).split("//")[1][0] for _ in range(picks))


@step(2)
def test_the_first_pick_is_the_first_upstream() -> None:
    """a, b and c: the first pick is a.

    Why: whoever reads the log beside the configuration expects it, and so do you, when you count in
    chapter 6. A well-known program in Go steps on before it looks, and begins with the second.
    Read: Step 2, "Whose turn?".
    """
    first = names(RoundRobin(), [A, B, C], 1)
    if first == "b":
        pytest.fail("the first pick was the second upstream: look before you step on")
    assert first == "a", f"the first pick was {first}"


@step(2)
def test_after_the_last_comes_the_first_again() -> None:
    """Seven picks of three: a b c a b c a. Of one: a a a.

    Why: this is what the word means.
    Read: Step 2, "Whose turn?".
    """
    assert names(RoundRobin(), [A, B, C], 7) == "abcabca"
    assert names(RoundRobin(), [A], 3) == "aaa"


@step(2)
def test_a_thousand_picks_are_fair_to_one() -> None:
    """1,000 picks of three upstreams: 334, 333 and 333.

    Why: chance would be fair too, in the long run. A turn is fair at every moment.
    Read: Step 2, "Whose turn?".
    """
    policy = RoundRobin()
    counts = Counter(pick(policy, (A, B, C)) for _ in range(1000))
    assert [counts[upstream] for upstream in (A, B, C)] == [334, 333, 333]


@step(2)
def test_two_policies_have_a_turn_each() -> None:
    """After a pick of the one, the first pick of the other is a as well.

    Why: a turn that all share looks fair as long as there is one target. With two whose requests
    come in turns, one of them asks the same upstream again and again.
    Read: Step 2, "Whose turn?".
    """
    one, other = RoundRobin(), RoundRobin()
    assert names(one, [A, B, C], 2) == "ab"
    found = names(other, [A, B, C], 1)
    assert found == "a", f"two policies share one turn: the second one's first pick was {found}"


@step(2)
def test_upstreams_may_be_fewer_than_at_the_last_turn() -> None:
    """After a and b of three, c goes: the next picks are among a and b, in turns.

    Why: one day the list will change while the proxy runs (chapter 29). A turn that is checked when
    it is written, and not when it is read, points behind the end then.
    Read: Step 2, "Whose turn?".
    """
    policy = RoundRobin()
    assert names(policy, [A, B, C], 2) == "ab"
    try:
        found = names(policy, [A, B], 4)
    except IndexError as error:
        pytest.fail(f"an upstream went, and the turn points behind the end: {error}")
    except AssertionError:
        pytest.fail("an upstream went, and it was picked all the same")
    assert found in ("abab", "baba"), f"the picks were {found}"


@step(2)
def test_upstreams_may_be_more_than_at_the_last_turn() -> None:
    """After a of two, c comes: the next picks are b, c, a.

    Why: an upstream is added because the others have too much to do.
    Read: Step 2, "Whose turn?".
    """
    policy = RoundRobin()
    assert names(policy, [A, B], 1) == "a"
    found = names(policy, [A, B, C], 3)
    assert found == "bca", f"c came, and the next picks were {found}"

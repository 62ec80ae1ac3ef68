"""Step 2: whose turn?"""

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reverseproxy.policies.round_robin import RoundRobin
from reverseproxy.upstream import Upstream
from tests.support.steps import step

A, B, C, D = (Upstream.parse(f"http://{name}.example") for name in "abcd")


def selected(policy: RoundRobin, upstreams: Sequence[Upstream]) -> Any:
    """What `select` returns. From chapter 6 on it is told whom it may take: here, everyone."""
    select: Callable[..., Any] = policy.select
    everyone = [lambda upstream: True] * (len(inspect.signature(select).parameters) - 1)
    return select(upstreams, *everyone)


def pick(policy: RoundRobin, upstreams: Sequence[Upstream]) -> Upstream:
    """The next pick; that it need not be awaited is a test of its own."""
    found = selected(policy, upstreams)
    picked: Upstream = asyncio.run(found) if inspect.iscoroutine(found) else found
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
    """Two picks of the one are a and b, and then two of the other are a and b as well.

    Why: a turn that all share looks fair as long as there is one target. With two whose requests
    come in turns, one of them asks the same upstream again and again.
    Read: Step 2, "Whose turn?".
    """
    one, other = RoundRobin(), RoundRobin()
    first, second = names(one, [A, B, C], 2), names(other, [A, B, C], 2)
    if first + second in "abcabcabc":
        pytest.fail(f"two policies share one turn: the one picks {first}, the other {second}")
    assert (first, second) == ("ab", "ab")


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
def test_the_turn_stays_when_one_behind_it_goes() -> None:
    """100 picks of a, b, c, of which the last was a; c goes, and the next picks are b and a.

    Why: a turn is a place in the list. A number of all picks, brought into a list of another
    length, can be any place: here 100 would be a's, who was asked just now.
    Read: Step 2, "Whose turn?".
    """
    policy = RoundRobin()
    assert names(policy, [A, B, C], 100)[-1] == "a"
    found = names(policy, [A, B], 2)
    if found == "ab":
        pytest.fail("a was asked twice in a row: a number of all picks is no place in the list")
    assert found == "ba", f"after a, and without c, the next picks were {found}"


@step(2)
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [([A, B], [A, B, C], "bca"), ([A, B, C], [A, B, C, D], "da")],
    ids=["in the middle", "behind the last"],
)
def test_a_new_one_at_the_end_has_the_turn_behind_the_last(
    before: list[Upstream], after: list[Upstream], expected: str
) -> None:
    """After a of two, c comes: b, c, a. After a, b, c of three, d comes: d, a.

    Why: an upstream is added because the others have too much to do.
    Read: Step 2, "Whose turn?".
    """
    policy = RoundRobin()
    names(policy, before, 1 if expected == "bca" else 3)
    found = names(policy, after, len(expected))
    assert found == expected, f"one came at the end, and the next picks were {found}"


@step(2)
def test_a_pick_is_not_awaited() -> None:
    """select is a plain method: it returns an upstream, and nothing that has to be awaited.

    Why: at an await, another request can run, and between reading the turn and writing it none may.
    Whoever wants to write one there has to make the method an `async` one first, and is warned.
    Read: "Why no lock?".
    """
    found = selected(RoundRobin(), [A, B, C])
    if inspect.iscoroutine(found):
        found.close()  # or Python warns that nobody awaited it
        pytest.fail("select has to be awaited: now others can run in the middle of a turn")

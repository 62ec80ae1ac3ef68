"""Step 2: a budget."""

import pytest

from reverseproxy.retry import Budget, Retry
from tests.support.steps import step


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def afforded(budget: Budget, wanted: int = 1000) -> int:
    """How many of so many retries the budget gives."""
    return sum(budget.spend() for _ in range(wanted))


@step(2)
def test_a_quiet_target_can_afford_a_few() -> None:
    """per_second=10 and no requests: 100 retries, ten seconds of them, and not one more.

    Why: 20 % of three requests is nothing. The night watchman's request deserves a second try, too.
    Read: Step 2, "A budget".
    """
    got = afforded(Budget(Retry(ratio=0.2, per_second=10), Clock()))
    if got == 101:
        pytest.fail("101 retries were given out of 100: the last one was not there any more")
    assert got == 100


@step(2)
def test_requests_earn_retries() -> None:
    """ratio=0.25 and per_second=0: four requests earn one retry, eleven earn two.

    Why: a budget that grows with the traffic bounds what counts: how much the retries add to it.
    Read: Step 2, "A budget".
    """
    budget = Budget(Retry(ratio=0.25, per_second=0), Clock())
    for _ in range(3):
        budget.earn()
    assert not budget.spend(), "three quarters of a retry were enough for one"
    budget.earn()
    got = afforded(budget)
    assert got == 1, f"four requests have earned {got} retries, and not one"
    for _ in range(7):
        budget.earn()
    got = afforded(budget)
    assert got == 1, f"the next seven requests have earned {got} retries, and not one"


@step(2)
def test_what_was_earned_and_spent_is_forgotten() -> None:
    """Ten seconds later, nothing is left of the requests, nor of the retries.

    Why: a good day must not pay for a bad night. What was saved up in it would be spent within a
    second, and that is the storm. And what was spent must not be held against a target for ever.
    Read: Step 2, "A budget".
    """
    clock = Clock()
    budget = Budget(Retry(ratio=0.5, per_second=0.5), clock)
    for _ in range(1000):
        budget.earn()
    clock.now += 11
    got = afforded(budget)
    if got > 5:
        pytest.fail(f"requests from eleven seconds ago still paid for {got - 5} retries")
    assert got == 5
    clock.now += 11
    assert afforded(budget) == 5, "retries from eleven seconds ago were still counted"


@step(2)
def test_a_retry_that_was_refused_was_not_made() -> None:
    """After a thousand refusals the next request earns as much as ever.

    Why: in a storm nearly everything is refused. If that counts as spent, the budget stays empty
    after the storm, just as long as the clients keep asking.
    Read: Step 2, "A budget".
    """
    clock = Clock()
    budget = Budget(Retry(ratio=1, per_second=0), clock)
    assert afforded(budget) == 0
    budget.earn()
    assert budget.spend(), "a retry that was refused had been counted as one that was made"


@step(2)
def test_a_storm_adds_a_fifth_and_no_more() -> None:
    """200 requests a second for a minute, and all of them want two retries: 50 a second get one.

    Why: without a budget it would be 600 requests a second in place of 200, for upstreams that
    cannot answer 200.
    Read: Step 2, "A budget".
    """
    clock = Clock()
    budget = Budget(Retry(), clock)
    retries = 0
    for _ in range(60 * 200):
        clock.now += 1 / 200
        budget.earn()
        retries += afforded(budget, 2)
    if not 2800 <= retries <= 3200:
        pytest.fail(f"12,000 requests in a minute got {retries} retries; 3,000 are in the budget")

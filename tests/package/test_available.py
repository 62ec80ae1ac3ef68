"""Available beyond chapter 12: what it remembers does not grow."""

from math import inf

import pytest

from reverseproxy import Panic, PassiveHealth, SlowStart
from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.policies.policy import Accepts
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


def test_trials_that_are_abandoned_leave_no_notes_behind() -> None:
    """A client that leaves makes its trial one that never was, a thousand times a second."""
    upstreams = Upstreams.parse(["http://a", "http://b"])
    available, facts = upstreams.available, upstreams[0].facts
    now = 0.0
    for _ in range(10_000):
        now += 0.001
        facts.is_on_trial, facts.ejected_until = True, now + 30
        available.refresh(now)
        facts.is_on_trial, facts.ejected_until = False, now
        available.refresh(now)

    assert len(available._due) < 5
    assert len(available) == 2


def test_facts_that_change_during_an_ejection_leave_no_notes_behind() -> None:
    upstreams = Upstreams.parse(["http://a", "http://b"])
    available, facts = upstreams.available, upstreams[0].facts
    facts.ejected_until = 100.0
    for number in range(1000):
        facts.is_up = bool(number % 2)
        available.refresh(1.0)

    assert len(available._due) == 1
    available.refresh(100.0)
    assert len(available) == 2


def test_an_ejection_without_an_end_is_not_waited_for() -> None:
    upstreams = Upstreams.parse(["http://a", "http://b"])
    upstreams[0].facts.ejected_until = inf
    upstreams.available.refresh(1.0)

    assert not upstreams.available._due
    assert len(upstreams.available) == 1


class Asked:
    """A policy that counts how often it is asked."""

    times = 0

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first that can be."""
        self.times += 1
        return next(filter(accepts, upstreams), None)


def test_when_all_are_down_nobody_is_looked_for() -> None:
    asked = Asked()
    health = (PassiveHealth(), SlowStart(30), Panic(0))
    target = Target([f"http://h{number}" for number in range(9)], policy=asked, health=health)
    for each in target.upstreams:
        each.facts.is_up = False
    with pytest.raises(NoUpstreamAvailable):
        target.select_upstream()
    assert asked.times == 0
    target.upstreams[4].facts.is_up = True
    assert target.select_upstream() is target.upstreams[4]


def test_the_sums_are_of_those_that_are_chosen_from() -> None:
    upstreams = Upstreams.parse({"http://a": 1, "http://b": 2, "http://c": 4, "http://d": 8})
    available = upstreams.available
    one, two, three, four = upstreams
    one.in_flight, two.in_flight, three.in_flight, four.in_flight = 1, 2, 4, 8
    one.facts.is_up, two.facts.ejected_until = False, 9.0
    four.facts.is_up = False
    available.refresh(0.0)
    sums = []
    for ask in (available.untried, available.unejected_untried, available.wanted_untried):
        accepts = ask([])
        assert sum(each.weight for each in upstreams if accepts(each)) == available.weight
        sums.append((available.weight, available.in_flight))

    assert sums == [(4, 4), (6, 6), (15, 15)]

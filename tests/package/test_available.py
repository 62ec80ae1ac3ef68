"""Available beyond chapter 12: what it remembers does not grow."""

from math import inf

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

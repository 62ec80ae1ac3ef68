"""Step 2: one state out of four facts."""

import dataclasses
import itertools
import re

import pytest

from reverseproxy import ReverseProxy
from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.facts import Admin, Facts, is_available, merge
from reverseproxy.target import Target
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import ask, closed_port, serving, upstream
from tests.support.steps import step

NOW = 100.0
URLS = ["http://127.0.0.1:8001", "http://127.0.0.1:8002", "http://127.0.0.1:8003"]

EJECTIONS = {
    "not ejected": (None, False),
    "ejected": (NOW + 1, False),
    "ejected until now": (NOW, False),
    "on trial": (NOW + 1, True),
    "on trial until now": (NOW, True),
}


def target(urls: list[str] = URLS) -> Target:
    """A target whose facts nobody writes but the test; its clock stands still."""
    return Target(urls, health=[], clock=lambda: NOW)


@step(2)
def test_any_one_of_four_facts_can_say_no() -> None:
    """Each fact alone takes an upstream out, and the state says which one it was.

    Why: "it gets no requests, why?" is the question that a proxy is asked most often.
    Read: Step 2, "One state out of four facts".
    """
    for facts, why in (
        (Facts(), ""),
        (Facts(is_up=True), ""),
        (Facts(admin=Admin.DRAIN), "drain"),
        (Facts(admin=Admin.MAINT), "maint"),
        (Facts(is_listed=False), "no longer listed"),
        (Facts(is_up=False, why_down="Connection refused"), "down: Connection refused"),
        (Facts(ejected_until=NOW + 1), "ejected"),
        (Facts(ejected_until=NOW), ""),
        (Facts(ejected_until=NOW + 1, is_on_trial=True), "ejected, and on trial"),
        (Facts(ejected_until=NOW, is_on_trial=True), ""),
    ):
        state = merge(facts, NOW)
        assert (state.available, state.why) == (not why, why), f"{facts} came to {state}"


@step(2)
def test_an_upstream_that_nobody_asked_is_available() -> None:
    """is_up=None is not down.

    Why: most targets have no probes at all, and None is what their upstreams stay.
    Read: Step 2, "One state out of four facts".
    """
    state = merge(Facts(is_up=None), NOW)

    assert state.available, "an upstream that nobody has asked was taken for one that is down"


@step(2)
def test_no_fact_undoes_another() -> None:
    """Up and ejected is ejected. Up and in maintenance is in maintenance, listed or not.

    Why: a probe that asks for /health finds a process that is alive. The requests found that its
    database is gone. Both are right.
    Read: Step 2, "One state out of four facts".
    """
    ejected = merge(Facts(is_up=True, ejected_until=NOW + 1), NOW)
    assert not ejected.available, "a probe that passed undid an ejection"
    for admin in (Admin.DRAIN, Admin.MAINT):
        for facts in (Facts(admin, is_up=True), Facts(admin, is_up=False, ejected_until=NOW + 1)):
            assert merge(facts, NOW).why == admin.value, "people come first, and were not heard"


@step(2)
def test_the_whole_truth_table() -> None:
    """Every combination of facts and options comes to the first reason that holds, in order.

    Why: there are 720 of them. Nobody would think of each, and a table does.
    Read: Step 2, "One state out of four facts".
    """
    switches = [True, False]
    for admin, is_listed, is_up, ejection, probes, traffic, keep_up in itertools.product(
        Admin, switches, [True, None, False], EJECTIONS, switches, switches, switches
    ):
        until, is_on_trial = EJECTIONS[ejection]
        facts = Facts(admin, is_listed, is_up, "refused", until, is_on_trial)
        before = dataclasses.replace(facts)
        state = merge(facts, NOW, probes=probes, traffic=traffic, keep_up=keep_up)
        reasons = {
            admin.value: admin is not Admin.READY,
            "no longer listed": not is_listed and (is_up is not True or not keep_up),
            "down: refused": is_up is False and probes,
            "ejected": ejection == "ejected" and traffic,
            "ejected, and on trial": ejection == "on trial" and traffic,
        }
        why = next((why for why, holds in reasons.items() if holds), "")
        row = f"{facts}, probes={probes}, traffic={traffic}, keep_up={keep_up}"
        assert (state.available, state.why) == (not why, why), f"{row} came to {state}"
        changed = dataclasses.astuple(facts) != dataclasses.astuple(before)
        assert not changed, f"merge wrote into the facts: {before} became {facts}"


@step(2)
def test_who_is_listed_no_longer_may_stay_as_long_as_it_is_up() -> None:
    """keep_up=True: gone from the list but up stays. Unknown or down goes.

    Why: a list that is suddenly empty is more often a broken list than a fleet that is gone.
    Read: Step 2, "One state out of four facts".
    """
    for is_up, stays in ((True, True), (None, False), (False, False)):
        state = merge(Facts(is_listed=False, is_up=is_up), NOW, keep_up=True)
        assert state.available is stays, f"not listed, is_up={is_up}, keep_up=True: {state}"


@step(2)
def test_available_means_what_the_merged_state_says() -> None:
    """`is_available` has no opinion of its own: drained, unlisted and down are not available.

    Why: two places that decide the same thing decide it differently one day.
    Read: Step 2, "One state out of four facts".
    """
    assert is_available(Facts(), NOW)
    unlisted = Facts(is_listed=False, is_up=True)
    for facts in (Facts(Admin.DRAIN), Facts(is_listed=False), unlisted, Facts(is_up=False)):
        assert not is_available(facts, NOW), f"{facts} is available, and merge says no"


@step(2)
def test_nobody_is_asked_when_all_are_down() -> None:
    """All down, all drained, or the only one down: NoUpstreamAvailable, with the reasons.

    Why: "try one anyway" was right for ejections, which are a guess about the next request. A probe
    has just looked, and people know why.
    Read: Step 2, "One state out of four facts".
    """
    for out in (Facts(is_up=False, why_down="Connection refused"), Facts(admin=Admin.DRAIN)):
        for urls in (URLS, URLS[:1]):
            one = target(urls)
            for each in one.upstreams:
                each.facts = out
            why = merge(out, NOW).why
            with pytest.raises(NoUpstreamAvailable, match=re.escape(f"{URLS[0]}: {why}")):
                pytest.fail(f"{one.select_upstream()} was chosen, and it is out: {why}")


@step(2)
def test_an_ejection_is_forgotten_when_nobody_else_is_left() -> None:
    """One down, two ejected: the ejected ones take turns. One that was tried is not among them.

    Why: an ejection is a bet that others do better. Without others there is no bet.
    Read: Step 2, "One state out of four facts".
    """
    one = target()
    down, first, second = one.upstreams
    down.facts.is_up = False
    first.facts.ejected_until = second.facts.ejected_until = NOW + 1

    assert {one.select_upstream() for _ in range(4)} == {first, second}
    assert one.select_upstream(tried=[first]) is second, "one that had its try was chosen again"
    second.facts.ejected_until = None
    assert {one.select_upstream() for _ in range(4)} == {second}, "an ejected one was preferred"


@step(2)
def test_who_was_tried_is_not_handed_back() -> None:
    """All were tried, ejected or not: NoUpstreamAvailable.

    Why: a second try at the same place is no other try, and it costs the client the same wait.
    Read: Step 2, "One state out of four facts".
    """
    for urls in (URLS, URLS[:1]):
        for until in (None, NOW + 1):
            one = target(urls)
            for each in one.upstreams:
                each.facts.ejected_until = until
            with pytest.raises(NoUpstreamAvailable):
                pytest.fail(f"{one.select_upstream(tried=list(one.upstreams))} was tried before")


@step(2)
def test_no_try_is_promised_with_an_upstream_that_is_down() -> None:
    """One tried, one down: no other is left. One tried, one ejected: there is one.

    Why: a retry is promised before its upstream is chosen. A promise that `select_upstream` cannot
    keep turns the upstream's 502 into a 503 that says nobody was asked.
    Read: Step 2, "One state out of four facts".
    """
    one = target(URLS[:2])
    tried, other = one.upstreams
    other.facts.ejected_until = NOW + 1
    assert one.has_untried([tried]), "an ejected upstream is better than none"
    other.facts.is_up = False
    assert not one.has_untried([tried]), "a try was promised with an upstream that is down"


class Drained:
    """A way to find out that all are out."""

    def watch(self, upstreams: Upstreams) -> object:
        """Takes all out."""
        for each in upstreams:
            each.facts.admin = Admin.DRAIN
        return self


@step(2)
async def test_the_client_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is available: 503 with Retry-After, and no upstream is asked. A 502 has no such field.

    Why: 502 says that somebody failed to answer. Here nobody was asked, and it will pass
    (RFC 9110, section 15.6.4).
    Read: Step 2, "One state out of four facts".
    """
    monkeypatch.setattr(NoUpstreamAvailable, "retry_after", 7)
    async with upstream() as script:
        proxy = ReverseProxy()
        proxy.add_target(script.url, health=[Drained()])
        async with serving(proxy) as address:
            answer = await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.status == 503, f"nobody was available, and the answer was {answer.status}"
    assert answer.values("retry-after"), "a 503 without Retry-After: come again, but when?"
    assert answer.values("retry-after") == ["7"], "the error's retry_after is 7, and not this"
    assert answer.body == b"503 Service Unavailable\n"
    assert script.heard == []

    other = ReverseProxy()
    other.add_target(f"http://127.0.0.1:{closed_port()}", health=[], retry=None)
    async with serving(other) as address:
        answer = await ask(address, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.status == 502
    assert not answer.values("retry-after"), "a 502 says when to come again, and nobody knows"

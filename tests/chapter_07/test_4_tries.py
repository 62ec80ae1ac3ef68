"""Step 4: one more try?"""

from typing import Any

import pytest

from reverseproxy.errors import ConnectFailed, ConnectTimedOut, ResponseBroken, UpstreamTimeout
from reverseproxy.retry import Retry
from reverseproxy.target import Target
from reverseproxy.tries import Tries
from reverseproxy.upstream import Upstream
from tests.support.steps import step

URLS = [f"http://127.0.0.1:{port}" for port in (8001, 8002, 8003, 8004)]
REFUSED = ConnectFailed("Connection refused")
BROKEN = ResponseBroken("Connection reset by peer")


def target(count: int = 4, **settings: Any) -> Target:
    """A target with so many upstreams, at a time that stands still."""
    retry = settings["retry"] if "retry" in settings else Retry(**settings)
    return Target(URLS[:count], health=[], retry=retry, clock=lambda: 1000.0)


def tries(count: int = 4, method: str = "GET", **settings: Any) -> Tries:
    """The tries of a request whose first try is over."""
    first = Tries(target(count, **settings), method)
    first.lease()
    return first


@step(4)
def test_each_try_has_an_upstream_that_had_none() -> None:
    """Three tries go to three upstreams, wherever the turn of the others stands.

    Why: whoever has just reset a connection may do it again. And between two tries other requests
    take turns, so the next in turn may be the one that failed.
    Read: Step 4, "One more try?".
    """
    four = target()
    try:
        four.lease(tried=())
        four.select_upstream(tried=())
    except TypeError as error:
        if "'tried'" not in str(error):
            raise
        pytest.fail(f"{str(error).split('(')[0]} does not take `tried` yet (target.py)")
    for others in range(4):
        three = Tries(four, "GET")
        tried = []
        for _ in range(3):
            tried.append(three.lease().upstream)
            for _ in range(others):
                four.select_upstream()
        if len(set(tried)) < 3:
            names = ", ".join(map(str, tried))
            pytest.fail(f"one request went to the same upstream twice: {names}")


@step(4)
def test_the_others_share_the_retries() -> None:
    """One of four was tried, six times over: the three others get these retries in turn.

    Why: when a fast upstream dies, all of its requests are retried at once. Whoever gets every one
    of them is the next to die. The policy is there to share the load, so ask it.
    Read: Step 4, "One more try?".
    """
    four = target()
    first, *others = four.upstreams
    chosen = [four.select_upstream(tried=[first]) for _ in range(6)]
    if missed := [str(each) for each in others if each not in chosen]:
        pytest.fail(f"six retries, three could have them, and none went to {', '.join(missed)}")


@step(4)
def test_an_ejected_upstream_is_asked_before_one_that_has_failed_this_request() -> None:
    """Of one that was tried, one that is ejected and one that is available: the last; then the
    ejected one.

    Why: an ejection says that an upstream will probably fail. Of the one that was tried you know
    that it has. And a request that can only fail is nobody's gain.
    Read: Step 4, "One more try?".
    """
    three = target(3)
    out, tried, good = three.upstreams
    out.facts.ejected_until = 2000.0
    for _ in range(3):
        assert three.select_upstream(tried=[tried]) is good, "an available upstream was passed over"
    for _ in range(3):
        chosen: Upstream = three.select_upstream(tried=[tried, good])
        if chosen is not out:
            pytest.fail("the one that is left is ejected, and one that had failed was asked again")
    assert three.select_upstream() in (tried, good), "an ejected one was asked, and others are left"
    two = Tries(three, "GET")
    two.lease()
    two.lease()
    assert two.has_another(REFUSED, is_whole=True), "an ejected one is left, and it was not asked"


@step(4)
def test_there_are_so_many_tries_and_no_more() -> None:
    """limit=2: a second try and a third, and no fourth. limit=0, and retry=None: one is all.

    Why: the client waits. Of each further try it gets less, and the upstreams get more to do.
    Read: Step 4, "One more try?".
    """
    three = tries(limit=2)
    for number in (2, 3):
        assert three.has_another(REFUSED, is_whole=True), f"there was no try number {number}"
        three.lease()
    assert not three.has_another(REFUSED, is_whole=True), "limit=2, and there is a fourth try"
    assert not tries(limit=0).has_another(REFUSED, is_whole=True), "limit=0, and a second try"
    assert not tries(retry=None).has_another(REFUSED, is_whole=True), "retry=None, and a second try"


@step(4)
def test_when_all_were_tried_it_is_over() -> None:
    """One upstream: no second try. Two: no third.

    Why: "another upstream" is the idea of it. The same one again, at once, is what a client does
    that presses reload.
    Read: Step 4, "One more try?".
    """
    assert not tries(1).has_another(REFUSED, is_whole=True), "one upstream, and it is asked again"
    two = tries(2)
    assert two.has_another(REFUSED, is_whole=True)
    two.lease()
    assert not two.has_another(REFUSED, is_whole=True), "two upstreams, and there is a third try"


@step(4)
def test_a_status_is_an_answer_unless_it_is_on_the_list() -> None:
    """A 503 is passed on; with statuses=[503] another upstream is asked, and for 500 none is.

    Why: whoever answers has heard the request, and knows more of it than you. "Come back later"
    may be meant.
    Read: Step 4, "One more try?".
    """
    if tries().has_another(503, is_whole=True):
        pytest.fail("a 503 was given up for another try, and nobody had asked for that")
    listed = tries(statuses=[503])
    assert listed.has_another(503, is_whole=True), "503 is on the list, and got no second try"
    assert not listed.has_another(500, is_whole=True), "500 is not on the list"
    assert not tries(method="POST", statuses=[503]).has_another(503, is_whole=True), (
        "a POST that was answered with 503 was sent again"
    )


@step(4)
def test_what_was_not_sent_costs_nothing() -> None:
    """An empty budget: after a refused connection, or one that never came, there is another try.

    Why: the budget protects upstreams from work. One that could not be reached has had none.
    Read: Step 4, "One more try?".
    """
    empty: dict[str, Any] = {"ratio": 0, "per_second": 0}
    for failure in (REFUSED, ConnectTimedOut("no connection in time")):
        if not tries(method="POST", **empty).has_another(failure, is_whole=True):
            pytest.fail(f"nothing was sent, and the try was refused for want of budget: {failure}")
    for sent in (BROKEN, UpstreamTimeout("no answer in time")):
        assert not tries(**empty).has_another(sent, is_whole=True), "the budget was not asked"

    if tries(statuses=[503], **empty).has_another(503, is_whole=True):
        pytest.fail("an upstream has answered with 503, and the next try was free")

    one = target(ratio=0, per_second=0.1)
    for _ in range(5):
        unsent = Tries(one, "GET")
        unsent.lease()
        unsent.has_another(REFUSED, is_whole=True)
    left = Tries(one, "GET")
    left.lease()
    assert left.has_another(BROKEN, is_whole=True), "tries that cost nothing were paid for"


@step(4)
def test_what_cannot_be_is_not_paid_for() -> None:
    """A POST that was sent, a 500, a body that is gone, a limit that is reached, nobody left: the
    budget stays as it was.

    Why: a budget that others have emptied for nothing is not there for the one who needs it.
    Read: Step 4, "One more try?".
    """
    for method, failure, is_whole, spent, limit in (
        ("POST", BROKEN, True, 1, 2),
        ("GET", 500, True, 1, 2),
        ("GET", BROKEN, False, 1, 2),
        ("GET", BROKEN, True, 3, 2),
        ("GET", BROKEN, True, 4, 9),
    ):
        one = target(ratio=0, per_second=0.1, limit=limit)
        in_vain = Tries(one, method)
        for _ in range(spent):
            in_vain.lease()
        assert not in_vain.has_another(failure, is_whole=is_whole)
        left = Tries(one, "GET")
        left.lease()
        if not left.has_another(BROKEN, is_whole=True):
            pytest.fail("a try that there never was has been paid for")

"""Step 4: on trial."""

import contextlib
import logging

import pytest

from reverseproxy.errors import ConnectFailed
from reverseproxy.facts import is_available
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.lease import Lease
from reverseproxy.upstreams import Upstreams
from tests.support.steps import step


class Story:
    """Three upstreams; requests to the first of them, as the test tells them."""

    def __init__(self, *statuses: int) -> None:
        """`statuses` are failures; when none is given, those that are so by default."""
        self.all = Upstreams.parse(f"http://127.0.0.1:{port}" for port in (9001, 9002, 9003))
        self.upstream = self.all[0]
        self.facts = self.upstream.facts
        self.now = 1000.0
        health = PassiveHealth(statuses=statuses) if statuses else PassiveHealth()
        self._ejector = health.watch(self.all)

    def lease(self) -> Lease:
        """A request to the first upstream, not begun yet."""
        return Lease(self.upstream, [self._ejector], lambda: self.now)

    def begin(self) -> tuple[contextlib.ExitStack, Lease]:
        """A request that is under way: closing the stack ends it."""
        stack, lease = contextlib.ExitStack(), self.lease()
        stack.enter_context(lease)
        return stack, lease

    def answer(self, status: int) -> None:
        """A request that is answered with this status."""
        lease = self.lease()
        with lease:
            lease.answered(status)

    def fail(self, times: int = 1) -> None:
        """Requests that no connection comes of."""
        for _ in range(times):
            with contextlib.suppress(ConnectFailed), self.lease():
                raise ConnectFailed("Connection refused")

    def abandon(self, status: int | None = None) -> None:
        """A request whose client leaves, before there is an answer or with this one."""
        lease = self.lease()
        with contextlib.suppress(GeneratorExit), lease:
            if status is not None:
                lease.answered(status)
            raise GeneratorExit

    def seconds_out(self) -> float | None:
        """For how much longer it is out; None when it is not."""
        return None if self.facts.ejected_until is None else self.facts.ejected_until - self.now


def ejected(*statuses: int) -> Story:
    """Five requests have failed: the first upstream is out, for 30 seconds."""
    story = Story(*statuses)
    story.fail(5)
    assert story.seconds_out() == 30.0
    return story


def due(*statuses: int) -> Story:
    """It was out, and its time is over: the next request is the trial."""
    story = ejected(*statuses)
    story.now += 30.0
    return story


@step(4)
def test_the_first_request_after_the_time_is_a_trial() -> None:
    """At 30 s it may have a request; while that is under way, it may have no other.

    Why: if it is still broken, one client finds out, and not all who come in that second.
    Read: Step 4, "On trial".
    """
    story = ejected()
    story.now += 29.9
    assert not is_available(story.facts, story.now)
    story.now += 0.1
    assert is_available(story.facts, story.now)
    stack, _ = story.begin()
    with stack:
        if is_available(story.facts, story.now):
            pytest.fail("its trial is under way, and it may have more requests")


@step(4)
def test_a_trial_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """`upstream …: on trial, with one request`, once.

    Why: whoever reads "is back" or "ejected for 60 s" wants to see from what.
    Read: Step 4, "On trial".
    """
    caplog.set_level(logging.INFO)
    due().answer(200)
    told = [record.getMessage() for record in caplog.records]
    line = "upstream http://127.0.0.1:9001: on trial, with one request"
    assert told.count(line) == 1, f"the log says {told}"


@step(4)
def test_a_request_before_the_time_is_no_trial() -> None:
    """All are out, and so one of them is asked: that is no trial, and a good answer is no news.

    Why: the first request after the time is the trial, and the time is not over.
    Read: Step 4, "On trial".
    """
    story = ejected()
    story.now += 10.0
    stack, lease = story.begin()
    with stack:
        if story.facts.is_on_trial:
            pytest.fail("its time is not over, and it is on trial")
        lease.answered(200)
    assert story.seconds_out() == 20.0


@step(4)
def test_there_is_one_trial_at_a_time() -> None:
    """A second request comes while the trial is under way: it decides nothing. The first one does.

    Why: when all are out or on trial, requests go there all the same, and one has been chosen.
    Read: Step 4, "On trial".
    """
    story = due()
    (one, first), (two, second) = story.begin(), story.begin()
    with two:
        second.answered(200)
        if story.seconds_out() is None:
            pytest.fail("a second request took the place of the trial")
    with one:
        first.answered(200)
        assert story.seconds_out() is None, "the trial has passed, and it is not back"


@step(4)
def test_a_good_answer_passes_the_trial_at_once() -> None:
    """The trial's answer has a head, with status 200: it is back, before the body is here.

    Why: the first request may be a download that takes hours.
    Read: Step 4, "On trial".
    """
    story = due()
    stack, lease = story.begin()
    with stack:
        lease.answered(200)
        if story.facts.is_on_trial or story.seconds_out() is not None:
            pytest.fail("the answer is there, and the trial still waits for its end")
        assert is_available(story.facts, story.now)
    assert story.seconds_out() is None


@step(4)
def test_the_settings_say_which_answers_fail_a_trial() -> None:
    """A trial is answered 500: it is back. One of statuses=[429] is answered 429: it is out again.

    Why: what is no failure in traffic is none in a trial, and the other way round.
    Read: Step 4, "On trial".
    """
    story = due()
    story.answer(500)
    assert story.seconds_out() is None, "500 is not among the statuses, and it has failed the trial"
    story = due(429)
    stack, lease = story.begin()
    with stack:
        lease.answered(429)
        assert story.facts.is_on_trial, "429 is among the statuses, and it has passed the trial"
    assert story.seconds_out() == 60.0


@step(4)
@pytest.mark.parametrize("how", ["refused", "503"])
def test_a_trial_that_fails_ejects_again_and_for_longer(how: str) -> None:
    """No connection, or 503: out for 60 s from now on. Then for 90 s.

    Why: one failure is enough here. It had five chances before.
    Read: Step 4, "On trial".
    """
    story = due()
    for seconds in (60.0, 90.0):
        story.now += 1.0
        if how == "refused":
            story.fail()
        else:
            story.answer(503)
        if story.seconds_out() is None:
            pytest.fail(f"the trial failed ({how}), and it is back")
        assert not story.facts.is_on_trial, "the trial is over, and the facts say that it is not"
        assert story.seconds_out() == seconds
        story.now += seconds


@step(4)
@pytest.mark.parametrize("status", [None, 503])
def test_a_trial_that_is_abandoned_decides_nothing(status: int | None) -> None:
    """The trial's client leaves: it is neither back nor out for longer. The next one is a trial.

    That is so when it leaves in the middle of a 503, too.

    Why: nobody has learned anything, and so there is nothing to wait for.
    Read: Step 4, "On trial".
    """
    story = due()
    story.abandon(status)
    if not is_available(story.facts, story.now):
        pytest.fail("the trial's client left, and nobody else may try")
    assert not story.facts.is_on_trial, "the trial is over, and the facts say that it is not"
    assert story.seconds_out() == 0.0, "nobody has seen an answer, and it is back, or out again"
    story.fail()
    assert story.seconds_out() == 60.0


@step(4)
@pytest.mark.parametrize("end", ["refused", "503", "200", "left"])
def test_a_trial_has_the_time_of_one_ejection(end: str) -> None:
    """After 30 s the trial has not ended: the next request is another, which takes its place.

    Then the old one ends, in one way or another. That decides nothing.

    Why: a client that uploads a byte now and then would keep a healthy upstream out for hours.
    Read: Step 4, "On trial".
    """
    story = due()
    old, slow = story.begin()
    story.now += 29.9
    assert not is_available(story.facts, story.now), "its trial is under way"
    story.now += 0.1
    if not is_available(story.facts, story.now):
        pytest.fail("the trial does not end, and keeps the upstream out")
    new, trial = story.begin()
    assert story.facts.is_on_trial, "the second request is a trial, and the facts do not say so"
    assert not is_available(story.facts, story.now), "another trial is under way"
    story.now += 1.0
    with contextlib.suppress(ConnectFailed, GeneratorExit), old:
        if end == "refused":
            raise ConnectFailed("Connection refused")
        if end == "left":
            raise GeneratorExit
        slow.answered(int(end))
    if not story.facts.is_on_trial or story.seconds_out() != 29.0:
        pytest.fail(f"a trial whose time was over decided all the same ({end})")
    with new:
        trial.answered(200)
        assert story.seconds_out() is None, "the second trial has passed, and it is not back"


@step(4)
def test_trials_whose_time_was_over_never_count() -> None:
    """Six trials in a row take too long. The seventh passes, and then the six fail: it stays.

    Why: they began before the one that was passed, and tell of the time before.
    Read: Step 4, "On trial".
    """
    story = due()
    hanging = []
    for _ in range(6):
        hanging.append(story.begin()[0])
        story.now += 30.0
    story.answer(200)
    for stack in hanging:
        with contextlib.suppress(ConnectFailed), stack:
            raise ConnectFailed("no answer in time")
    assert story.seconds_out() is None, "it was ejected for requests from before its trial"


@step(4)
@pytest.mark.parametrize("how", ["refused", "503"])
def test_a_trial_that_fails_lets_the_last_one_back_in(how: str) -> None:
    """While its trial is under way, all others are sent away. It fails: it is back all the same.

    Why: never the last. What may not be sent away again is let in.
    Read: Step 4, "On trial".
    """
    story = due()
    stack, lease = story.begin()
    for other in story.all[1:]:
        other.facts.ejected_until = story.now + 60.0
    with contextlib.suppress(ConnectFailed), stack:
        if how == "refused":
            raise ConnectFailed("Connection refused")
        lease.answered(503)
    seconds = story.seconds_out()
    if seconds is not None and seconds > 0:
        pytest.fail("the trial failed, and it was sent away: nobody is left")
    assert seconds is None, "it may not be sent away, and it was not let in"
    assert not story.facts.is_on_trial


@step(4)
def test_only_the_trial_decides() -> None:
    """Other requests end while it is out or on trial, well or badly: nothing changes.

    Why: they began before the ejection, and tell of the time before it. A good answer from then
    is no news, and a bad one is the reason why it is out.
    Read: Step 4, "On trial".
    """
    story = Story()
    (one, first), (two, second) = story.begin(), story.begin()
    story.fail(5)
    with one:
        first.answered(200)
        if story.seconds_out() is None:
            pytest.fail("an answer to a request from before the ejection ended it")
    assert story.seconds_out() == 30.0
    story.now += 30.0
    trial, _ = story.begin()
    with trial:
        with two:
            second.answered(503)
        assert story.facts.is_on_trial, "a request from before the ejection ended the trial"
    assert story.seconds_out() is None


@step(4)
def test_what_began_before_the_ejection_never_counts() -> None:
    """Twenty requests hang from before the ejection, and time out when it is back: it stays.

    Why: it may have been mended a minute ago. They still tell of the time before.
    Read: Step 4, "On trial".
    """
    story = Story()
    hanging = [story.begin()[0] for _ in range(20)]
    story.fail(5)
    story.now += 30.0
    story.answer(200)
    story.now += 5.0
    for stack in hanging:
        with contextlib.suppress(ConnectFailed), stack:
            raise ConnectFailed("no answer in time")
    assert story.seconds_out() is None, "it was ejected for requests from before its trial"


@step(4)
def test_it_counts_afresh_and_remembers_the_level() -> None:
    """It is back: four failures are not too many. The fifth ejects it for 60 s, not for 30.

    Why: it has been given another chance, and not been forgiven yet.
    Read: Step 4, "On trial".
    """
    story = due()
    story.answer(200)
    story.fail(4)
    assert story.seconds_out() is None, "failures from before the trial still count"
    story.fail()
    assert story.seconds_out() == 60.0

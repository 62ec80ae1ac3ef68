"""Step 3: for how long, and never the last."""

import pytest

from reverseproxy.errors import ConnectFailed
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.health.record import Record
from reverseproxy.lease import Lease
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.steps import step


class Watched:
    """Some upstreams, an Ejector, and a clock that the test moves."""

    def __init__(self, count: int, **settings: float) -> None:
        self.all = Upstreams.parse(f"http://127.0.0.1:{9001 + n}" for n in range(count))
        self.now = 0.0
        health = PassiveHealth(**settings)  # type: ignore[arg-type]  # each number is its own
        self._ejector = health.watch(self.all)

    def fail(self, upstream: Upstream, times: int = 5) -> bool:
        """Lets requests fail, one a second; returns whether the upstream is out now."""
        for _ in range(times):
            lease = Lease(upstream, [], lambda: self.now)
            try:
                with lease:
                    raise ConnectFailed("Connection refused")
            except ConnectFailed:
                self._ejector.ended(lease, self.now)
            self.now += 1
        return upstream.facts.ejected_until is not None

    def out(self) -> int:
        """How many are out after all of them have failed."""
        return [self.fail(upstream) for upstream in self.all].count(True)


def sentences(story: str, **settings: float) -> list[float]:
    """The seconds of each ejection in a story: E is an ejection, a digit says how many times 30
    seconds pass before the next failure.
    """
    record, now, seconds = Record(PassiveHealth(**settings)), 0.0, []  # type: ignore[arg-type]
    for each in story:
        if each == "E":
            seconds.append(record.sentence())
        else:
            now += 30.0 * int(each)
            record.forgive(now)
    return seconds


@step(3)
def test_each_ejection_in_a_row_is_longer() -> None:
    """30 s, 60 s, 90 s, and so on up to 300 s, and never more.

    Why: what comes back and fails at once is not ill for thirty seconds. Each return costs a
    request, so there are fewer and fewer of them. But what is well again should not have to wait
    for more than five minutes.
    Read: Step 3, "For how long, and never the last".
    """
    got = sentences("E" * 12)
    if got[-1:] > [300.0]:
        pytest.fail(f"the twelfth ejection takes {got[-1]:g} s")
    assert got == [30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]


@step(3)
def test_time_without_failure_is_forgiven() -> None:
    """For each 30 s without a failure the next ejection is 30 s shorter, down to 30 s.

    Why: an upstream that fell over twice last week is not on its third time today.
    Read: Step 3, "For how long, and never the last".
    """
    if sentences("EE1E")[-1] == 90:
        pytest.fail("30 s without a failure, and nothing is forgiven")
    for story, last in {"EE1E": 60, "EEE2E": 60, "E9E": 30, "EEE1011E": 30, "EE0E": 90}.items():
        got = sentences(story)[-1]
        assert got == last, f"{story}: the last ejection takes {got:g} s, not {last}"


@step(3)
def test_the_time_begins_anew_with_each_failure() -> None:
    """Failures 20 s apart forgive nothing; 59 s without one forgive once.

    Why: "without failure" means without failure.
    Read: Step 3, "For how long, and never the last".
    """
    record = Record(PassiveHealth())
    assert [record.sentence(), record.sentence()] == [30, 60]
    for now in (20.0, 40.0, 60.0, 80.0):
        record.forgive(now)
    got = record.sentence()
    assert got == 90, f"failures 20 s apart, and the next ejection takes {got:g} s"
    record.forgive(80.0 + 59.0)
    assert record.sentence() == 90


@step(3)
def test_a_long_outage_is_not_remembered_for_longer_than_a_short_one() -> None:
    """After a hundred ejections, 300 s without failure are enough: the next one takes 30 s.

    Why: a level that goes on growing behind the limit is a punishment that outlives its reason.
    Read: Step 3, "For how long, and never the last".
    """
    got = sentences("E" * 100 + "55E")[-1]
    if got == 300:
        pytest.fail("the level went on growing behind the limit, and nothing was forgiven")
    assert got == 30


@step(3)
def test_the_settings_say_how_long() -> None:
    """ejection=20, longest=50: 20, 40, 50.

    Why: two seconds are long for a service on the same machine.
    Read: Step 3, "For how long, and never the last".
    """
    assert sentences("EEE", ejection=20, longest=50) == [20, 40, 50]


@step(3)
def test_the_level_at_the_limit_is_forgiven_in_whole_ejections() -> None:
    """ejection=20, longest=50: the third level is the last. 60 s forgive all of it, 59 s do not.

    Why: the level is the first one that takes as long as `longest`, and there is no half a level.
    Read: Step 3, "For how long, and never the last".
    """
    for quiet, seconds in (59.0, 40), (60.0, 20):
        record = Record(PassiveHealth(ejection=20, longest=50))
        for _ in range(10):
            record.sentence()
        record.forgive(quiet)
        got = record.sentence()
        assert got == seconds, f"{quiet:g} s without a failure, and the next takes {got:g} s"


@step(3)
@pytest.mark.parametrize(
    ("count", "share", "out"),
    [
        (1, 0.5, 0),
        (1, 1.0, 0),
        (2, 0.5, 1),
        (3, 0.5, 1),
        (4, 0.5, 2),
        (10, 0.1, 1),
        (3, 0.0, 1),
        (4, 1.0, 3),
    ],
)
def test_never_too_many_and_never_the_last(count: int, share: float, out: int) -> None:
    """All fail: at most half of them go, at least one may, and the last one stays.

    Why: when all of them fail, the fault is somewhere else, in the network or in a database. A
    proxy that sends everybody away has made it an outage.
    Read: Step 3, "For how long, and never the last".
    """
    got = Watched(count, max_ejected=share).out()
    if got == count:
        pytest.fail(f"all {count} fail, and all {count} were ejected: nobody is left")
    assert got == out, f"of {count} at max_ejected={share}, {got} are out"


@step(3)
def test_whoever_is_only_due_for_a_trial_is_nobody_to_rely_on() -> None:
    """Of two, the first one's time is over, but it has not had its trial: the second one stays.

    Why: it may have one request, and nobody knows how that will end. The second one is all you
    have.
    Read: Step 3, "For how long, and never the last".
    """
    watched = Watched(2, max_ejected=1.0)
    first, second = watched.all
    assert watched.fail(first), "five in a row, and the first one is not out"
    watched.now += 60
    if watched.fail(second):
        pytest.fail("the last one went, on the word of one that has not had its trial")


@step(3)
def test_whoever_was_kept_goes_as_soon_as_there_is_room() -> None:
    """Both of two fail, and one is out. When it is back, one more failure of the other is enough.

    Why: what was too much is still too much. Only nobody could be spared.
    Read: Step 3, "For how long, and never the last".
    """
    watched = Watched(2)
    first, second = watched.all
    assert watched.fail(first)
    assert not watched.fail(second)
    first.facts.ejected_until = None
    assert watched.fail(second, times=1), "there is room, and the other one is still there"

"""Step 1: who is available?"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.facts import Admin
from reverseproxy.lease import Lease
from reverseproxy.policies.policy import Accepts
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.chapter_12.watched import Watched
from tests.support.steps import step

URLS = ["http://a", "http://b", "http://c"]
WEIGHTS = {"http://a": 1, "http://b": 2, "http://c": 3, "http://d": 0}

FACTS: dict[str, tuple[str, object]] = {
    "ready": ("admin", Admin.READY),
    "drain": ("admin", Admin.DRAIN),
    "listed": ("is_listed", True),
    "unlisted": ("is_listed", False),
    "up": ("is_up", True),
    "down": ("is_up", False),
    "admit": ("ejected_until", None),
    "trial": ("is_on_trial", True),
    "trial over": ("is_on_trial", False),
}
"""What people, lists, probes and traffic may write."""

HAPPENINGS = [*FACTS, "eject", "lease", "release", "wait"]


class Hearing:
    """A policy, and a way to watch health, that note what is in flight whenever a use begins."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.upstreams = Upstreams()

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first that is accepted."""
        return next(filter(accepts, self.watch(upstreams).upstreams), None)

    def watch(self, upstreams: Upstreams) -> "Hearing":
        """Watches over those."""
        self.upstreams = upstreams
        return self

    def started(self, lease: Lease, now: float) -> None:
        """A use begins."""
        self.heard.append(self.upstreams.available.in_flight)

    def answered(self, lease: Lease, now: float) -> None:
        """It goes on."""

    def ended(self, lease: Lease, now: float) -> None:
        """It is over."""


class Fleet:
    """Four upstreams to which things happen, and the sums that are kept of them."""

    def __init__(self) -> None:
        self.now = 100.0
        self.upstreams = Upstreams.parse(WEIGHTS)
        self.available = self.upstreams.available
        self.leases: list[Lease] = []

    def happen(self, what: str, whom: int, size: int) -> None:
        """One thing, to one of them."""
        upstream = self.upstreams[whom]
        if what == "wait":
            self.now += size
        elif what == "lease":
            self.leases.append(Lease(upstream, [self.available], lambda: self.now))
            self.leases[-1].__enter__()
        elif what == "release" and self.leases:
            self.leases.pop(size % len(self.leases)).__exit__(None, None, None)
        elif what in FACTS:
            setattr(upstream.facts, *FACTS[what])
        elif what == "eject":
            upstream.facts.ejected_until = self.now + size

    def kept(self) -> tuple[list[Upstream], int, int]:
        """Who is available, their weight and what they have in flight, as it is kept."""
        self.available.refresh(self.now)
        return (
            [each for each in self.upstreams if each in self.available],
            self.available.weight,
            self.available.in_flight,
        )

    def scanned(self) -> tuple[list[Upstream], int, int]:
        """The same, by a look at everybody."""
        them = [each for each in self.upstreams if each.state(self.now).available]
        return them, sum(each.weight for each in them), sum(each.in_flight for each in them)


@step(1)
def test_who_is_there_at_the_beginning() -> None:
    """Before anything has happened: all that weigh anything are available, with nothing in flight.

    Why: the sums have to begin somewhere, and a first request has to find them right.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()

    assert fleet.kept() == (list(fleet.upstreams[:3]), 6, 0)
    assert len(fleet.available) == 3


@step(1)
def test_what_is_in_flight_is_counted_for_those_that_are_available() -> None:
    """Two uses: 2. Their upstream goes down: 0. One ends meanwhile, it comes up: 1.

    Why: the use that runs on an upstream that is out takes no slot of those that are in. When it is
    back, it brings along what it still has.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    fleet.kept()
    fleet.happen("lease", 0, 0)
    fleet.happen("lease", 0, 0)
    assert fleet.kept()[2] == 2, "two uses have begun, and the sum does not say 2"
    fleet.happen("down", 0, 0)
    assert fleet.kept()[2] == 0, "what an upstream that is down has in flight was still counted"
    fleet.happen("release", 0, 0)
    assert fleet.kept()[2] == 0, "a use ended at an upstream that is down, and was counted off"
    fleet.happen("up", 0, 0)
    assert fleet.kept()[2] == 1, "it came back with one use, and the sum does not say 1"
    fleet.happen("release", 0, 0)
    assert fleet.kept()[2] == 0


@step(1)
def test_an_ejection_ends_by_itself() -> None:
    """Ejected for 3 seconds: out for 3 seconds, though nobody writes anything when they are over.

    Why: the other facts are written when they change. The end of an ejection is only a time, and
    when it comes nobody says so.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    fleet.kept()
    fleet.happen("eject", 1, 3)
    for seconds, weight in ((0, 4), (2, 4), (1, 6)):
        fleet.happen("wait", 0, seconds)
        assert fleet.kept()[1] == weight, (
            f"{seconds} s later the weight should be {weight}: an ejection of 3 s ends after 3 s"
        )


@step(1)
def test_a_trial_ends_by_itself() -> None:
    """Ejected and on trial for 3 seconds: out for 3 seconds, as in any other ejection.

    Why: the one request of the trial may never come to an end. Then only the time lets it back in.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    fleet.kept()
    fleet.happen("trial", 1, 0)
    fleet.happen("eject", 1, 3)
    assert fleet.kept()[1] == 4, "it is on trial, and was not out"
    fleet.happen("wait", 0, 3)
    assert fleet.kept()[1] == 6, "the time of its trial is over, and it is still out"


@step(1)
def test_an_ejection_that_grows_ends_later() -> None:
    """Ejected until 3, then until 5, then let in, then until 4: it is the last word that counts.

    Why: a time that was noted is no longer true when the fact has changed.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    for what, seconds in (("eject", 3), ("eject", 5), ("wait", 3)):
        fleet.happen(what, 0, seconds)
        fleet.kept()
    assert fleet.upstreams[0] not in fleet.available, "it was let in when its first time was over"
    for what, seconds in (("admit", 0), ("eject", 4), ("wait", 2)):
        fleet.happen(what, 0, seconds)
        fleet.kept()
    assert fleet.upstreams[0] not in fleet.available, "it was let in when its second time was over"
    fleet.happen("wait", 0, 2)
    assert fleet.kept()[1] == 6, "its last time is over, and it is still out"


@step(1)
def test_an_ejection_that_is_shortened_ends_sooner() -> None:
    """Ejected until 4, and then until 1: it is in at 1. And out till 9 if that is said at 2.

    Why: an end that was noted too late is an upstream that is well and has no requests.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    for seconds in (4, 1):
        fleet.happen("eject", 0, seconds)
        fleet.kept()
    fleet.happen("wait", 0, 1)
    assert fleet.kept()[1] == 6, "its ejection was shortened, and it is out as long as before"
    fleet.happen("eject", 0, 8)
    fleet.kept()
    for seconds, weight in ((3, 5), (4, 5), (1, 6)):
        fleet.happen("wait", 0, seconds)
        assert fleet.kept()[1] == weight, "shortened, and then ejected for 8 s: out for 8 s"


@step(1)
def test_two_ejections_end_at_once() -> None:
    """Two ejections are over when the next request comes: one refresh lets both in.

    Why: whoever is let in a request later has a request less, and the others are full too soon.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    for whom in (0, 1, 2):
        fleet.happen("eject", whom, 3)
    assert fleet.kept()[1] == 0
    fleet.happen("wait", 0, 3)
    assert fleet.kept()[1] == 6, "three ejections ended together, and one refresh saw only some"


@step(1)
def test_an_ejection_that_is_written_again_is_noted_once() -> None:
    """Ejected 50 times, each time for longer: one note, and none when the time has come.

    Why: a note for each would stay for 30 seconds, and there may be a thousand in a second.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    available = fleet.available
    for seconds in range(1, 51):
        fleet.happen("eject", 0, seconds)
        fleet.kept()
    notes = len(available._due)
    assert notes == 1, f"one upstream was ejected 50 times, and {notes} times are noted"
    for _ in range(2):
        fleet.happen("wait", 0, 50)
        fleet.kept()
        left = len(available._due) + len(available._looks)
        assert not left, "all times have come, and there is still a note of one"


@step(1)
def test_nobody_looks_at_those_that_did_not_change() -> None:
    """300 upstreams, and two of them change: those are looked at, and nobody else.

    Why: 300 looks take longer than all the rest of a choice, and would be taken for each request.
    Read: Step 1, "Who is available?".
    """
    upstreams = Upstreams(Watched.parse(f"http://h{number}") for number in range(300))
    available = upstreams.available
    available.refresh(0.0)
    Watched.reads.clear()
    upstreams[7].facts.is_up = False
    upstreams[8].facts.ejected_until = 3.0
    for now in (1.0, 2.0, 3.0, 4.0):
        available.refresh(now)

    assert len(available) == 299, "one is down, and an ejection is over"
    looks = Watched.reads["state"]
    assert looks < 20, f"two changed, and upstreams were looked at {looks} times"
    for what in ("weight", "in_flight"):
        reads = Watched.reads[what]
        assert reads < 40, f"two changed, and {what} was read {reads} times, to add it up anew"
    Watched.reads.clear()
    with Lease(upstreams[0], [available], lambda: 4.0):
        assert available.in_flight == 1
    reads = Watched.reads["in_flight"]
    assert reads < 40, f"one use began and ended, and in_flight was read {reads} times"


@step(1)
def test_a_target_chooses_among_those() -> None:
    """Down, ejected and drained have no requests; an ejection that is over is noticed.

    Why: the sums are only as good as the moment of the last look, and that is each request.
    Read: Step 1, "Who is available?".
    """
    now = 0.0
    target = Target(URLS, health=[], clock=lambda: now)
    one, two, three = target.upstreams
    assert {target.select_upstream() for _ in range(6)} == {one, two, three}
    assert len(target.upstreams.available) == 3, "a target chose, and did not look who is available"
    one.facts.is_up = False
    two.facts.ejected_until = 5.0
    chosen = {target.select_upstream() for _ in range(6)}
    assert chosen == {three}, "only the third is available, and another was chosen"
    three.facts.admin = Admin.DRAIN
    assert target.select_upstream() is two, "an ejected upstream is better than none"
    assert target.has_untried([three])
    assert not target.has_untried([two]), "a try was promised with one that is down or drained"
    with pytest.raises(NoUpstreamAvailable):
        pytest.fail(f"{target.select_upstream(tried=[two])} was tried, is down or is drained")
    three.facts.admin = Admin.READY
    now = 5.0
    chosen = {target.select_upstream() for _ in range(6)}
    assert chosen == {two, three}, "the ejection is over, and nobody noticed"


@step(1)
def test_an_ejected_one_is_asked_when_the_available_were_tried() -> None:
    """One is available and was tried, one is ejected: a second try goes to that one.

    Why: somebody is available, but not for this request. What else could it lose?
    Read: Step 1, "Who is available?".
    """
    target = Target(URLS, health=[], clock=lambda: 0.0)
    one, two, three = target.upstreams
    two.facts.ejected_until = 5.0
    three.facts.is_up = False
    assert target.select_upstream() is one
    assert len(target.upstreams.available) == 1, "a target chose, and did not look who is available"
    assert target.has_untried([one])
    try:
        again = target.select_upstream(tried=[one])
    except NoUpstreamAvailable:
        pytest.fail("the only available one was tried, and the ejected one was not asked")
    assert again is two


@step(1)
@pytest.mark.parametrize("what", ["down", "drain", "unlisted", "weight 0"])
def test_only_ejections_are_forgiven(what: str) -> None:
    """One is tried, and of the other people, lists, probes or its weight say no: there is no other.

    Why: traffic may be wrong about an upstream. The others are not guessing.
    Read: Step 1, "Who is available?".
    """
    weight = 0 if what == "weight 0" else 1
    target = Target({"http://a": 1, "http://b": weight}, health=[], clock=lambda: 0.0)
    one, other = target.upstreams
    other.facts.ejected_until = 5.0
    if what in FACTS:
        setattr(other.facts, *FACTS[what])
    assert not target.has_untried([one]), f"{what} and ejected, and a try was promised with it"
    with pytest.raises(NoUpstreamAvailable):
        pytest.fail(f"{what} and ejected, and {target.select_upstream(tried=[one])} was chosen")
    assert len(target.upstreams.available) == 1, "a target chose, and did not look who is available"


@step(1)
def test_the_sums_hear_of_a_use_first() -> None:
    """When the policy hears that a use begins, it is in the sums; and so for who watches health.

    Why: whoever asks them on hearing of a use should not get the answer of the moment before.
    Read: Step 1, "Who is available?".
    """
    policy, health = Hearing(), Hearing()
    target = Target(URLS, policy=policy, health=[health], clock=lambda: 0.0)
    with target.lease(), target.lease():
        pass
    assert policy.heard == [1, 2], "a policy heard of a use before the sums did"
    assert health.heard == [1, 2], "who watches health heard of a use before the sums did"


@step(1)
def test_a_target_s_uses_are_counted() -> None:
    """A use of the target's is in the sum, from its beginning to its end.

    Why: nobody counts who is not told: the sums have to be among those that hear of each use.
    Read: Step 1, "Who is available?".
    """
    target = Target(URLS, health=[], clock=lambda: 0.0)
    with target.lease() as first:
        assert target.upstreams.available.in_flight == 1, "a use has begun, and nobody counted it"
        with target.lease(tried=[first]) as second:
            assert second is not first
            assert target.upstreams.available.in_flight == 2
    assert target.upstreams.available.in_flight == 0, (
        "all uses are over, and some are still counted"
    )


@step(1)
@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 3), st.integers(0, 4)), max_size=40
    )
)
@example([("lease", 0, 0), ("down", 0, 0), ("lease", 0, 0), ("release", 0, 0), ("up", 0, 0)])
def test_the_sums_are_those_of_a_scan(happenings: list[tuple[str, int, int]]) -> None:
    """Whatever changes in whatever order, the sums are the same as if one looked at everybody.

    Why: a sum that is kept is right only if nothing that changes it is forgotten, ever: one use
    counted twice stays wrong until the process ends.
    Read: Step 1, "Who is available?".
    """
    fleet = Fleet()
    for number, happening in enumerate(happenings):
        fleet.happen(*happening)
        if number % 2:
            assert fleet.kept() == fleet.scanned(), f"after {happenings[: number + 1]}"
    assert fleet.kept() == fleet.scanned(), f"after {happenings}"

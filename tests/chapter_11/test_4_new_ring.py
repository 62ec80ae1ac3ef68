"""Step 4: a new ring while the old one serves."""

import threading
from collections.abc import Callable

import pytest

from reverseproxy.policies.ring import Ring
from reverseproxy.policies.tables import Tables, Work
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import PATIENCE
from tests.support.steps import step


def fleet(count: int) -> Upstreams:
    """So many upstreams."""
    return Upstreams.parse([f"http://h:{n + 1}" for n in range(count)])


class Later:
    """A builder that works when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[Work] = []

    def __call__(self, work: Work) -> None:
        """Takes note of some work."""
        self.waiting.append(work)


class Watched:
    """A lock for tests in one thread: it says whether it is held, and what comes between.

    `between` is called once, when the lock is asked for next or when it is given back next: there
    other threads have their turn.
    """

    def __init__(self) -> None:
        self.is_held = False
        self.when = ""
        self.between: Callable[[], None] | None = None

    def acquire(self) -> bool:
        """Takes it."""
        self._now("before")
        assert not self.is_held, (
            "the lock is held, perhaps around `self._do`, and taken again: that would wait for ever"
        )
        self.is_held = True
        return True

    def release(self) -> None:
        """Gives it back."""
        self.is_held = False
        self._now("after")

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _now(self, when: str) -> None:
        between = self.between
        if between is not None and when == self.when:
            self.between = None
            between()


@pytest.fixture
def lock(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The lock that the next Tables will have."""
    made = Watched()
    monkeypatch.setattr("reverseproxy.policies.tables.Lock", lambda: made)
    return made


def counting(upstreams: Upstreams) -> int:
    """A table that is no more than a number."""
    return len(upstreams)


@step(4)
@pytest.mark.parametrize("count", [4, 2])
def test_the_old_table_serves_until_the_new_one_is_built(count: int) -> None:
    """Other upstreams come: the old table is the answer at once; once built, the new one is.

    Why: a ring of 10,000 upstreams takes more than a second. A proxy that waits for it serves
    nobody for a second.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, three, others = Later(), fleet(3), fleet(count)
    tables = Tables(counting, later)
    assert tables.table(three) == 3
    assert tables.table(three) == 3
    assert later.waiting == [], "the same upstreams came again, and a new table is being built"

    assert tables.table(others) == 3, "the new table was built while somebody waited for it"
    assert later.waiting, "other upstreams came, and nobody builds a table for them"
    later.waiting[0]()
    assert tables.table(others) == count, "the new table is built, and the old one still serves"


def failed(work: Work) -> bool:
    """Whether some work raised what its build raised."""
    try:
        work()
    except MemoryError:
        return True
    return False


@step(4)
@pytest.mark.usefixtures("lock")
def test_a_builder_may_be_quick() -> None:
    """The work is done before `self._do` returns: from the next request on, its table serves.

    Why: a thread can be stopped anywhere, so whoever starts another one may find that it has ended
    already. A ring of three takes less than a millisecond.
    Read: Step 4, "A new ring while the old one serves".
    """
    tables, four = Tables(counting, lambda work: work()), fleet(4)
    tables.table(fleet(3))
    tables.table(four)

    assert tables.table(four) == 4, (
        "the builder was quick: its table was ready before it was wanted, and is lost"
    )


@step(4)
def test_one_change_is_one_build() -> None:
    """A hundred requests come while the new table is built: it is built once.

    Why: a thread for each request that comes in that second would take away the processor from the
    one that builds.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four = Later(), fleet(4)
    tables = Tables(counting, later)
    tables.table(fleet(3))
    for _ in range(100):
        tables.table(four)

    assert len(later.waiting) == 1, f"one change, and {len(later.waiting)} builds were begun"


@step(4)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_changes_the_last_one_stays(order: tuple[int, int]) -> None:
    """Two changes, one soon after the other: whichever is built first, the second one stays.

    Why: the build for 9,999 upstreams may end before the one for 10,000 that was begun before it.
    Then the first one comes late, with an upstream that is gone.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four, five = Later(), fleet(4), fleet(5)
    tables = Tables(counting, later)
    tables.table(fleet(3))
    tables.table(four)
    tables.table(five)
    assert len(later.waiting) == 2, "two changes, and not two builds"
    for number in order:
        later.waiting[number]()

    assert tables.table(five) == 5, "a table that nobody wants any more has replaced a newer one"
    assert len(later.waiting) == 2, "it is built, and it is being built again"


@step(4)
def test_a_change_during_a_build_is_seen(lock: Watched) -> None:
    """While one table is built, others are wanted, and theirs is built first: theirs stays.

    Why: a build takes long, and a look before it says nothing about what is wanted after it.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four, five = Later(), fleet(4), fleet(5)

    def build(upstreams: Upstreams) -> int:
        assert not lock.is_held, "the lock is held during a build, and everybody waits for it"
        if upstreams is four:
            tables.table(five)
            assert len(later.waiting) == 2, "others came during a build, and no other was begun"
            later.waiting[1]()
        return len(upstreams)

    tables = Tables(build, later)
    tables.table(fleet(3))
    tables.table(four)
    later.waiting[0]()

    assert tables.table(five) == 5, (
        "others were wanted during the build, and nobody looked after it"
    )


@step(4)
def test_equal_upstreams_are_not_the_same() -> None:
    """The same upstreams come again, with another weight: a table that is older has to go.

    Why: `Upstreams` is a tuple, and two tuples of the same upstreams are equal. They are a change
    all the same: a weight may be another one.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four = Later(), fleet(4)
    again = Upstreams(four)

    def build(upstreams: Upstreams) -> int:
        weights = sum(each.weight for each in upstreams)
        if upstreams is four:
            four[0].weight = 7
            tables.table(again)
            assert len(later.waiting) == 2, (
                "equal upstreams came, one of them weighed anew, and no build was begun for them"
            )
            later.waiting[1]()
        return weights

    tables = Tables(build, later)
    tables.table(fleet(3))
    tables.table(four)
    later.waiting[0]()

    assert tables.table(again) == 10, "a weight has changed, and the table with the old one stays"


@step(4)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_look_and_the_change_are_one(lock: Watched, when: str) -> None:
    """A newer table is put in its place just before the lock is taken, or just after it is free.

    Why: between a look and a change that are apart, another thread can have its turn.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, five = Later(), fleet(5)
    tables = Tables(counting, later)
    tables.table(fleet(3))
    tables.table(fleet(4))

    def newer() -> None:
        tables.table(five)
        later.waiting[-1]()

    lock.when, lock.between = when, newer
    later.waiting[0]()

    assert lock.between is None, "a table was put into its place, and the lock was not taken"
    assert tables.table(five) == 5, (
        f"a newer table came just {when} the lock was held, and the older one replaced it: "
        "the look and the change are not both under the lock"
    )


@step(4)
def test_a_build_that_fails_is_tried_again() -> None:
    """A build raises: whoever did the work hears of it, and the next request has it tried again.

    Why: memory may be short for a moment. The old ring would serve for ever after.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four, fails = Later(), fleet(4), [False, True, False]

    def build(upstreams: Upstreams) -> int:
        if fails.pop(0):
            raise MemoryError
        return len(upstreams)

    tables = Tables(build, later)
    tables.table(fleet(3))
    assert tables.table(four) == 3
    assert failed(later.waiting[0]), "a build has failed, and nobody hears of it"
    assert tables.table(four) == 3, "a build has failed, and the old table is gone"
    assert len(later.waiting) == 2, "a build has failed, and nobody tries again"
    later.waiting[1]()
    assert tables.table(four) == 4, "a build has failed; the second one has not, and is lost"


@step(4)
@pytest.mark.parametrize("newer", ["other", "equal"])
def test_a_build_that_fails_late_forgets_nothing_new(newer: str) -> None:
    """A build raises when others are wanted by then: theirs is built once, and stays.

    Why: who fails for old upstreams knows nothing of the new ones.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, four, built = Later(), fleet(4), list[Upstreams]()
    others = fleet(5) if newer == "other" else Upstreams(four)

    def build(upstreams: Upstreams) -> int:
        built.append(upstreams)
        if upstreams is four:
            raise MemoryError
        return len(upstreams)

    tables = Tables(build, later)
    tables.table(fleet(3))
    tables.table(four)
    tables.table(others)
    has_failed = failed(later.waiting[0])
    is_for_four = built[-1] is four
    assert is_for_four, (
        "work that was begun for four upstreams was done for those that are wanted now"
    )
    assert has_failed, "an old build has failed, and nobody hears of it"
    tables.table(others)
    assert len(later.waiting) == 2, (
        f"an old build has failed, and the one for {newer} upstreams is begun again"
    )
    later.waiting[1]()
    assert tables.table(others) == len(others)


@step(4)
def test_back_to_what_was() -> None:
    """A change, and back before it was built: what serves is for what there is.

    Why: an upstream that comes and goes in the same second is an upstream whose start failed.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, three = Later(), fleet(3)
    tables = Tables(counting, later)
    for upstreams in (three, fleet(4), three):
        assert tables.table(upstreams) == 3
    for work in later.waiting:
        work()

    assert tables.table(three) == 3, "there are three upstreams again, and the table is for four"


@step(4)
def test_nobody_waits_for_a_thread() -> None:
    """A build that takes its time is in a thread of its own, and requests go on without it.

    Why: asyncio has one thread for all requests. Whatever takes long there, everybody waits for.
    Read: Step 4, "A new ring while the old one serves".
    """
    may_go_on, builders = threading.Event(), list[threading.Thread]()

    def slowly(upstreams: Upstreams) -> int:
        if len(upstreams) == 4:
            builders.append(threading.current_thread())
            begun.set()
            if builders[0] is not threading.main_thread():
                may_go_on.wait(PATIENCE)
        return len(upstreams)

    begun = threading.Event()
    tables, four = Tables(slowly), fleet(4)
    tables.table(fleet(3))
    assert tables.table(four) == 3, "the new table was built while somebody waited for it"
    assert begun.wait(PATIENCE), "other upstreams came, and nobody builds a table for them"
    may_go_on.set()
    for builder in builders:
        builder.join(PATIENCE)
    assert tables.table(four) == 4, "the thread has ended, and its table is not there"


@step(4)
def test_a_ring_follows_its_upstreams() -> None:
    """An upstream joins: at first no key is where it will be; then some of them are at the new one.

    Why: a ring is such a table, and a request has it in any case.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, three = Later(), fleet(3)
    four = Upstreams([*three, *fleet(4)[3:]])
    ring = Ring(later)
    ring.prepare(three)
    keys = [b"%d" % n for n in range(100)]
    before = [ring.find(key, three, lambda _: True) for key in keys]

    assert [ring.find(key, four, lambda _: True) for key in keys] == before
    for work in later.waiting:
        work()
    assert four[3] in [ring.find(key, four, lambda _: True) for key in keys], (
        "the new ring is built, and the new upstream has no keys"
    )

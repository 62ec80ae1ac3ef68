"""Step 4: a new ring while the old one serves."""

import threading
from functools import partial
from operator import is_

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


def counting(upstreams: Upstreams) -> int:
    """A table that is no more than a number."""
    return len(upstreams)


@step(4)
def test_the_old_table_serves_until_the_new_one_is_built() -> None:
    """Other upstreams come: the old table is the answer at once; once built, the new one is.

    Why: a ring of 10,000 upstreams takes more than a second. A proxy that waits for it serves
    nobody for a second.
    Read: Step 4, "A new ring while the old one serves".
    """
    later, three, four = Later(), fleet(3), fleet(4)
    tables = Tables(counting, later)
    assert tables.table(three) == 3
    assert tables.table(three) == 3
    assert later.waiting == [], "the same upstreams came again, and a new table is being built"

    assert tables.table(four) == 3, "the new table was built while somebody waited for it"
    assert later.waiting, "other upstreams came, and nobody builds a table for them"
    later.waiting[0]()
    assert tables.table(four) == 4, "the new table is built, and the old one still serves"


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


@step(4)
def test_all_who_are_on_the_old_ring_are_asked() -> None:
    """One has left, and the ring is still the old one: those who stay are all found on it.

    Why: until the new ring is there, more upstreams have points than the target has upstreams.
    Whoever counts the wrong ones gives up too soon.
    Read: Step 4, "A new ring while the old one serves".
    """
    three, keys = fleet(3), [b"%d" % n for n in range(100)]
    fewer = Upstreams(three[:2])
    for stays in fewer:
        ring = Ring(Later())
        ring.prepare(three)
        found = {ring.find(key, fewer, partial(is_, stays)) for key in keys}
        assert found == {stays}, (
            "one has left, the ring is still the old one, and somebody who stays was not asked"
        )

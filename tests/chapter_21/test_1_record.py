"""Step 1: a record of who talks."""

import math

import pytest

from reverseproxy.sessions import Session, Sessions
from tests.chapter_21.table import (
    Choosing,
    Watched,
    begun,
    by_quiet,
    counted,
    found,
    looks,
    names,
    one_way,
    quiet_for,
    steps,
)
from tests.support.steps import step


def table(*keys: str) -> Sessions[Session]:
    """Sessions that began at 0, 1, 2 s and so on, with room for more."""
    sessions = Sessions[Session](100)
    begun(sessions, *keys)
    return sessions


@step(1)
def test_who_has_sent_something_is_known() -> None:
    """Two clients begin: each is found, and it is the same session each time.

    Why: a datagram says who sent it, and nothing else. What belongs together, only you know.
    Read: Step 1, "A record of who talks".
    """
    sessions = Sessions[Session](100)
    a, b = begun(sessions, "a", "b")
    for now in (5.0, 6.0):
        for session in (a, b):
            if sessions.find(session.key, now) is not session:
                pytest.fail(f"{session.key} has begun, and what is found is another session")
    if len(sessions) != 2:
        pytest.fail(f"two clients, each was looked for twice, and there are {len(sessions)}")


@step(1)
def test_who_has_sent_nothing_is_not() -> None:
    """A client that has no session: None, and it still has none.

    Why: it has one only when its datagram has gone to an upstream, and that comes later.
    Read: Step 1, "A record of who talks".
    """
    sessions = table("a", "b")
    for _ in range(2):
        if (who := found(sessions, "c")) != "nobody":
            pytest.fail(f"c has no session yet, and what was found is {who}")
    if len(sessions) != 2:
        pytest.fail(f"c was only looked for, and of two sessions there are {len(sessions)} now")


@step(1)
def test_a_new_one_is_in_both_orders() -> None:
    """Three clients begin: each of both orders has them all, the last one last. None had to leave.

    Why: one order says who has been quiet longest, the other one who never had an answer.
    Read: Step 1, "A record of who talks".
    """
    sessions = Sessions[Session](3)
    for now, key in enumerate("abc"):
        out = sessions.add(Session(key), float(now))
        if out is not None:
            pytest.fail(f"there is room for three, {key} begins, and {names(out)} had to leave")
    if (order := by_quiet(sessions)) != "a b c":
        pytest.fail(f"a, b and c began, and by how quiet they are the order is: {order}")
    if (order := one_way(sessions)) != "a b c":
        pytest.fail(f"a, b and c began and had no answer, and of those that had none are: {order}")


@step(1)
def test_the_time_is_noted() -> None:
    """A session begins at 3 s, and sends again at 5 s: it was heard last then.

    Why: a session has no end that anybody says. It is over when nothing was heard for long enough.
    Read: Step 1, "A record of who talks".
    """
    sessions, session = Sessions[Session](100), Session("a")
    sessions.add(session, 3.0)
    if session.last != 3.0:
        pytest.fail(f"it began at 3 s, and is said to be heard last at {session.last} s")
    sessions.find("a", 5.0)
    if session.last != 5.0:
        pytest.fail(f"it sent again at 5 s, and is said to be heard last at {session.last} s")


@step(1)
def test_who_sends_again_is_the_last_to_be_quiet() -> None:
    """a, b and c begin, and a sends again: b has been quiet longest now, then c, then a.

    Why: only one end of that order is ever looked at. Somebody in the wrong place hides the others.
    Read: Step 1, "A record of who talks".
    """
    sessions = table("a", "b", "c")
    sessions.find("a", 5.0)
    out = quiet_for(sessions, 4.0, 5.5)
    if out != "b":
        pytest.fail(f"a sent again at 5 s, so b alone was quiet for 4 s, and {out} was taken out")
    if (order := by_quiet(sessions)) != "c a":
        pytest.fail(f"c began at 2 s, a sent again at 5 s, and by how quiet they are it is {order}")


@step(1)
def test_who_sends_again_is_as_old_as_before() -> None:
    """a, b and c begin, and a sends again: among those without an answer it still comes first.

    Why: a forged address may send twice. That must not make it look younger than a real one.
    Read: Step 1, "A record of who talks".
    """
    sessions = table("a", "b", "c")
    sessions.find("a", 5.0)
    if (order := one_way(sessions)) != "a b c":
        pytest.fail(f"a sent again, and is still the oldest without an answer, not: {order}")


@step(1)
def test_who_is_quiet_is_taken_out() -> None:
    """Sessions begin at 0, 1, 2 and 3 s. At 4 s, those quiet for 2 s are three, the longest first.

    Why: each has a socket of its own, which somebody else needs.
    Read: Step 1, "A record of who talks".
    """
    sessions = table("a", "b", "c", "d")
    out = quiet_for(sessions, 2.5, 4.0)
    if out != "a b":
        pytest.fail(f"at 4 s, a and b were quiet for 2.5 s or longer, and taken out: {out}")
    out = quiet_for(sessions, 2.0, 4.0)
    if out != "c":
        pytest.fail(f"c was quiet for 2 s, which is as long as it may be, and taken out: {out}")
    if (order := by_quiet(sessions)) != "d":
        pytest.fail(f"a, b and c were taken out, and there still are: {order}")
    if (order := one_way(sessions)) != "d":
        pytest.fail(f"a, b and c were taken out, and of those without an answer are left: {order}")
    if (who := found(sessions, "a")) != "nobody":
        pytest.fail(f"a was taken out, and is found: {who}")


@step(1)
def test_who_was_taken_out_may_begin_again() -> None:
    """a is taken out, and sends something again: it has a new session, like anybody else.

    Why: nobody has told the client that its session was over.
    Read: Step 1, "A record of who talks".
    """
    sessions, again = table("a", "b"), Session("a")
    quiet_for(sessions, 1.0, 1.0)
    sessions.add(again, 7.0)
    if sessions.find("a", 8.0) is not again:
        pytest.fail("a has a new session, and the one that is found is another")
    if (order := by_quiet(sessions)) != "b a":
        pytest.fail(f"a was taken out and began again, after b, and the order is {order}")


@step(1)
def test_the_last_one_can_be_taken_out() -> None:
    """All are quiet, and all are taken out. Then there is nobody, and that is no error.

    Why: a proxy has nights, too.
    Read: Step 1, "A record of who talks".
    """
    sessions = table("a", "b", "c")
    out = quiet_for(sessions, 0.0, math.inf)
    if out != "a b c":
        pytest.fail(f"all three were quiet for ever, and taken out: {out}")
    for times in range(2):
        out = quiet_for(sessions, 1.0, 99.0 + times)
        if out != "nobody":
            pytest.fail(f"there is no session any more, and taken out: {out}")


@step(1)
def test_nobody_looks_at_those_that_stay() -> None:
    """Of 500 sessions, one is quiet: it is taken out, and hardly another one is looked at.

    Why: that is asked each second, and nothing is answered meanwhile.
    Read: Step 1, "A record of who talks".
    """
    sessions = Sessions[Session](1000)
    for number in range(500):
        sessions.add(Watched(number), 10.0 + number / 1000)
    out: list[Session] = []
    count = looks(lambda: out.extend(sessions.quiet_for(5.0, 15.0)))
    if names(out) != "0":
        pytest.fail(f"number 0 was quiet for 5 s, and taken out: {names(out)}")
    if count > 20:
        pytest.fail(f"one of 500 was quiet, and for that they were looked at {count} times")


@step(1)
def test_nobody_goes_through_all_of_them() -> None:
    """Of 500 sessions, one is quiet: not even a list of the others is made.

    Why: a list of all that there are costs as much as a look at each.
    Read: Step 1, "A record of who talks".
    """
    sessions = counted(1000)
    begun(sessions, *[f"{number}" for number in range(500)])
    count = steps(lambda: sessions.quiet_for(500.0, 500.0))
    if len(sessions) != 499:
        pytest.fail(f"number 0 was quiet for 500 s, and of 500 sessions there are {len(sessions)}")
    if count > 20:
        pytest.fail(f"one of 500 was quiet, and to find it took {count} steps through the order")


@step(1)
def test_where_there_is_no_room_one_has_to_leave() -> None:
    """There is room for three. A fourth begins: the one that `_to_evict` names leaves, and no
    other, and it is returned.

    Why: a limit that is not kept is none. And whoever leaves has a socket that is to be closed.
    Read: Step 1, "A record of who talks".
    """
    sessions = Choosing(3)
    _, b, _ = begun(sessions, "a", "b", "c")
    sessions.leaves = b
    out = sessions.add(Session("d"), 5.0)
    there = by_quiet(sessions)
    if not sessions.asked_with and len(sessions) > 3:
        pytest.fail(f"there is room for three, nobody had to leave, and there are now: {there}")
    if not sessions.asked_with:
        pytest.fail(f"one had to leave, `_to_evict` was not asked who, and there are now: {there}")
    if sessions.asked_with == [4]:
        pytest.fail("when it was asked who has to leave, the new one was among them already")
    if there != "a c d":
        pytest.fail(f"room for three, d is a fourth, b has to leave, and there are now: {there}")
    if (there := one_way(sessions)) != "a c d":
        pytest.fail(f"b had to leave, d began, and without an answer are: {there}")
    if out is not b:
        pytest.fail(f"b had to leave, and what is returned is {names(out)}")

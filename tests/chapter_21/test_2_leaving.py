"""Step 2: who has to leave."""

import pytest

from reverseproxy.sessions import Session, Sessions
from tests.chapter_21.table import (
    Watched,
    answer,
    begun,
    by_quiet,
    counted,
    evicted,
    found,
    looks,
    names,
    one_way,
    quiet_for,
    steps,
)
from tests.support.steps import step


def three(responses: int | None = None) -> tuple[Sessions[Session], Session, Session, Session]:
    """Room for three, and three that began at 0, 1 and 2 s, and each asked one thing."""
    sessions = Sessions[Session](3, responses)
    a, b, c = begun(sessions, "a", "b", "c")
    for session in (a, b, c):
        session.asked = 1
    return sessions, a, b, c


@step(2)
def test_an_answer_is_noted() -> None:
    """An answer comes at 5 s: one more is counted, it was heard then, and it is not one-way.

    Why: whether somebody answers is all that tells a client from a forged address.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three()
    is_over = answer(sessions, a, 5.0)
    if a.answers != 1:
        pytest.fail(f"an answer came, and counted are {a.answers}")
    if a.last != 5.0:
        pytest.fail(f"an answer came at 5 s, and it is said to be heard last at {a.last} s")
    if a.is_one_way:
        pytest.fail("an answer came, and the session is said to be one-way")
    if is_over:
        pytest.fail("an answer came, nobody knows how many there will be, and that ended it")
    if (order := one_way(sessions)) != "b c":
        pytest.fail(f"a had an answer, and of those that had none are: {order}")
    if (order := by_quiet(sessions)) != "b c a":
        pytest.fail(f"a had an answer just now, and by how quiet they are the order is {order}")


@step(2)
def test_there_may_be_more_of_them() -> None:
    """Ten answers, and nobody knows how many there will be: the session goes on.

    Why: a game or a call sends as long as it likes.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three()
    for number in range(1, 11):
        if answer(sessions, a, 5.0 + number):
            pytest.fail(f"nobody knows how many answers there are, and number {number} was the end")
    if found(sessions, "a") != "a" or a.answers != 10:
        pytest.fail(
            f"a had ten answers, counted are {a.answers}, and it is: {found(sessions, 'a')}"
        )


@step(2)
def test_an_answer_keeps_it_there() -> None:
    """a asked once, and is answered all the time: it is not quiet.

    Why: one question may have a film for an answer.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three()
    answer(sessions, a, 5.0)
    answer(sessions, a, 9.0)
    out = quiet_for(sessions, 5.0, 10.0)
    if out != "b c":
        pytest.fail(
            f"a had an answer a second ago, b and c were quiet for long, and out are: {out}"
        )


@step(2)
def test_the_oldest_without_an_answer_has_to_leave() -> None:
    """a, b and c had no answer. For the fourth the oldest leaves, for the fifth the next one.

    Why: an answer comes soon or never. Who has waited longest has the least to hope for.
    Read: Step 2, "Who has to leave".
    """
    sessions, _, _, _ = three()
    out = evicted(sessions, "d", "e", "f", "g")
    if out != "a b c d":
        pytest.fail(f"three without an answer, four more begin, and those that leave are: {out}")


@step(2)
def test_who_asks_often_is_not_younger_for_that() -> None:
    """a, b and c had no answer, and a sends again and again: it is the one that leaves.

    Why: else a flood would only have to send everything twice.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, b, _ = three()
    for now in (5.0, 6.0, 7.0):
        sessions.find(a.key, now)
        sessions.find(b.key, now)
    out = evicted(sessions, "d")
    if out != "a":
        pytest.fail(
            f"nobody had an answer, a is the oldest and asks often, and the one that left was {out}"
        )


@step(2)
def test_who_had_an_answer_stays() -> None:
    """a and c had an answer, b had none: b leaves, and then each newcomer leaves for the next.

    Why: whoever was answered is real. A flood is not answered, and pushes out only itself.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, c = three()
    answer(sessions, a, 3.0)
    answer(sessions, c, 4.0)
    out = evicted(sessions, "d", "e", "f")
    if out != "b d e":
        pytest.fail(f"a and c had answers, b and those that came then had none, and out are: {out}")


@step(2)
def test_when_all_had_answers_the_quiet_one_leaves() -> None:
    """All had answers, b at 3 s, a at 4 s, c at 5 s, and then b sends again: a leaves.

    Why: nobody is better than the others, and who has been quiet longest may be gone.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, b, c = three()
    for now, session in enumerate((b, a, c), start=3):
        answer(sessions, session, float(now))
    sessions.find("b", 6.0)
    out = evicted(sessions, "d")
    if out != "a":
        pytest.fail(f"all had answers, a has been quiet longest, and the one that leaves is: {out}")


@step(2)
def test_a_flood_pushes_out_only_itself() -> None:
    """Eight are answered, there is room for ten, and 500 addresses send, each of them twice.

    Why: anybody can write any sender's address on a datagram, and the room is yours.
    Read: Step 2, "Who has to leave".
    """
    sessions = Sessions[Session](10)
    for session in begun(sessions, *"abcdefgh"):
        answer(sessions, session, 9.0)
    for number in range(500):
        sessions.add(Session(number), 10.0 + number)
        sessions.find(number, 10.5 + number)
    gone = [key for key in "abcdefgh" if found(sessions, key, 600.0) == "nobody"]
    if gone:
        pytest.fail(f"eight had answers, a flood of 500 came, and it pushed out {' '.join(gone)}")
    if len(sessions) != 10:
        pytest.fail(f"there is room for ten, and after a flood there are {len(sessions)}")


@step(2)
def test_who_is_new_has_time_for_an_answer() -> None:
    """80 were answered, and there is room for no more; new clients come, and each is answered when
    four others have come after it.

    Why: whoever is new is one-way, too. If those always left first, each would push out the one
    before it, and nobody new would ever hear an answer.
    Read: Step 2, "Who has to leave".
    """
    sessions = Sessions[Session](80)
    for session in begun(sessions, *range(80)):
        answer(sessions, session, 90.0)
    heard = 0
    for number in range(100, 200):
        sessions.add(Session(number), float(number))
        before = sessions.find(number - 4, number + 0.1)
        if before and number >= 104:
            answer(sessions, before, number + 0.2)
            heard += 1
    if heard != 96:
        pytest.fail(
            f"the table is full of answered sessions, 96 come and wait, {heard} get answers"
        )


@step(2)
def test_a_flood_has_its_share_and_no_more() -> None:
    """80 were answered, and there is room for no more; then a flood of 500 comes: 70 stay.

    Why: those who are new need some room, and a flood looks like them. An eighth is theirs.
    Read: Step 2, "Who has to leave".
    """
    sessions = Sessions[Session](80)
    for session in begun(sessions, *range(80)):
        answer(sessions, session, 90.0)
    for number in range(100, 600):
        sessions.add(Session(number), float(number))
    stay = sum(found(sessions, key, 700.0) != "nobody" for key in range(80))
    if stay != 70:
        pytest.fail(f"a flood of 500 came into a table of 80 that were answered, and {stay} stay")


@step(2)
@pytest.mark.parametrize("kind", ["of whom one had no answer", "that all had answers"])
def test_nobody_looks_at_all_of_them(kind: str) -> None:
    """There are 500 sessions, and one more begins: hardly one is looked at.

    Why: in a flood, that is asked for each datagram. What costs little once costs all you have.
    Read: Step 2, "Who has to leave".
    """
    sessions = Sessions[Session](500)
    watched = [Watched(number) for number in range(500)]
    for now, session in enumerate(watched):
        sessions.add(session, float(now))
    for session in watched if "all" in kind else watched[:-1]:
        answer(sessions, session, 600.0)
    out: list[Session | None] = []
    count = looks(lambda: out.append(sessions.add(Session("new"), 700.0)))
    wanted = 0 if "all" in kind else 499
    if names(out[0]) != wanted:
        pytest.fail(f"500 sessions, {kind}: number {wanted} leaves, and it was {names(out[0])}")
    if count > 20:
        pytest.fail(f"500 sessions, {kind}: to find who leaves, they were looked at {count} times")


@step(2)
@pytest.mark.parametrize("kind", ["none had an answer", "all had answers"])
def test_nobody_goes_through_all_of_them(kind: str) -> None:
    """There are 500 sessions, and one more begins: not even a list of them is made.

    Why: a list of all that there are costs as much as a look at each.
    Read: Step 2, "Who has to leave".
    """
    sessions = counted(500)
    for session in begun(sessions, *[f"{number}" for number in range(500)]):
        if kind == "all had answers":
            answer(sessions, session, 600.0)
    count = steps(lambda: evicted(sessions, "new"))
    if count > 20:
        pytest.fail(f"of 500 {kind}, and to find who leaves took {count} steps through an order")


@step(2)
def test_the_last_answer_ends_it() -> None:
    """One answer a datagram, as with DNS: after one question, one answer is the end.

    Why: a resolver's clients ask once, from a new port each time. None of them comes back.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three(responses=1)
    is_over = answer(sessions, a)
    if not is_over:
        pytest.fail(f"one question, one answer, that is all, and {is_over!r} was returned")
    if (who := found(sessions, "a")) != "nobody":
        pytest.fail(f"one question, one answer, that is all, and there still is: {who}")
    if (there := one_way(sessions)) != "b c":
        pytest.fail(f"a is over, b and c had no answer, and of those that had none are: {there}")


@step(2)
@pytest.mark.parametrize("responses", [1, 2, 3])
@pytest.mark.parametrize("asked", [2, 3])
def test_each_question_has_its_answers(asked: int, responses: int) -> None:
    """So many questions at once: the last answer to the last of them is the end, none before.

    Why: a client asks for A and AAAA with two datagrams, from one port. It wants both answers.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three(responses)
    a.asked, count = asked, asked * responses
    for number in range(1, count + 1):
        is_over = answer(sessions, a)
        if is_over and number < count:
            words = f"{asked} questions, so many answers each: {responses}"
            pytest.fail(f"{words}, and it was over after {number}")
    if not is_over:
        pytest.fail(f"{asked} questions, {count} answers in all, all came, and it is not over")


@step(2)
def test_a_question_may_come_late() -> None:
    """One question, one of its two answers, one more question: it is over after four answers.

    Why: what a client has asked for is counted when it asks, and may grow.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three(responses=2)
    ends = [answer(sessions, a)]
    a.asked += 1
    ends += [answer(sessions, a) for _ in range(2)]
    if any(ends):
        pytest.fail(
            f"two questions, two answers each, and it was over after {ends.index(True) + 1}"
        )
    if not answer(sessions, a):
        pytest.fail("two questions, two answers each, the second came late, and it is not over")


@step(2)
def test_too_many_are_enough() -> None:
    """There were more answers than one question has: the next one is the end.

    Why: what an upstream sends is not in your hand. A session that nothing ends has to be evicted.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three(responses=2)
    a.answers = 4
    if not answer(sessions, a):
        pytest.fail("one question, two answers each, the fifth one comes, and it is not over")


@step(2)
def test_who_has_ended_does_not_leave_again() -> None:
    """a has had its answer and is gone, and then newcomers want room: a is not among the leavers.

    Why: nobody has to leave while there is a place.
    Read: Step 2, "Who has to leave".
    """
    sessions, a, _, _ = three(responses=1)
    answer(sessions, a)
    out = evicted(sessions, "d", "e")
    if out != "nobody b":
        pytest.fail(f"a is over, so there is room for d, but not for e, and out are: {out}")

"""The record of sessions, without any socket."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.facts import Admin, Facts
from reverseproxy.sessions import SHARE, Session, Sessions, is_left


def full(*keys: str, room: int = 3, responses: int | None = None) -> Sessions[Session]:
    """Sessions that began one after the other, a second between them."""
    sessions = Sessions[Session](room, responses)
    for now, key in enumerate(keys):
        assert sessions.add(Session(key), float(now)) is None
    return sessions


def answer(sessions: Sessions[Session], key: str, now: float = 5.0) -> bool:
    """An answer comes for a client."""
    session = sessions.find(key, now)
    assert session
    return sessions.answered(session, now)


def evicted(sessions: Sessions[Session], key: str) -> object:
    """Who has to leave for a new one."""
    out = sessions.add(Session(key), 9.0)
    return out and out.key


def test_the_oldest_that_never_had_an_answer_has_to_leave() -> None:
    sessions = full("a", "b", "c")
    assert sessions.find("a", 5.0)
    assert evicted(sessions, "d") == "a", "it is the oldest, however often it asks"
    assert evicted(sessions, "e") == "b"


def test_one_with_an_answer_stays_as_long_as_there_is_one_without() -> None:
    sessions = full("a", "b", "c")
    answer(sessions, "a")
    answer(sessions, "c")
    assert [evicted(sessions, key) for key in "defg"] == ["b", "d", "e", "f"]


def test_when_all_have_had_answers_it_is_the_one_that_has_been_quiet_longest() -> None:
    sessions = full("a", "b", "c")
    for now, key in enumerate("abc", start=3):
        answer(sessions, key, float(now))
    sessions.find("a", 7.0)
    assert evicted(sessions, "d") == "b"


def test_a_flood_pushes_out_only_itself() -> None:
    sessions = full("real", "other", room=100)
    answer(sessions, "real")
    answer(sessions, "other")
    for number in range(100_000):
        sessions.add(Session(number), 6.0 + number / 1000)
    assert len(sessions) == 100
    assert sessions.find("real", 107.0)
    assert sessions.find("other", 107.0)


@pytest.mark.parametrize("responses", [1, 2, 3])
def test_each_question_has_its_answers(responses: int) -> None:
    sessions = full("a", responses=responses)
    session = sessions.find("a", 1.0)
    assert session
    session.asked = 3
    ends = [sessions.answered(session, 2.0) for _ in range(3 * responses)]
    assert ends == [False] * (3 * responses - 1) + [True]
    assert len(sessions) == 0


def test_without_a_number_of_answers_they_do_not_end_it() -> None:
    sessions = full("a")
    assert not any(answer(sessions, "a") for _ in range(100))


def test_who_is_quiet_ends_and_nobody_else() -> None:
    sessions = full("a", "b", "c")
    answer(sessions, "a", 3.0)
    assert [each.key for each in sessions.quiet_for(2.0, 4.0)] == ["b", "c"]
    assert sessions.quiet_for(2.0, 4.0) == []
    assert [each.key for each in sessions.quiet_for(2.0, 5.0)] == ["a"]


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        (Facts(), False),
        (Facts(admin=Admin.DRAIN), False),
        (Facts(admin=Admin.MAINT), True),
        (Facts(is_up=True), False),
        (Facts(is_up=False), True),
        (Facts(is_listed=False), False),
        (Facts(ejected_until=1e9), True),
    ],
)
def test_which_upstreams_are_left(facts: Facts, left: bool) -> None:
    assert is_left(facts) is left


@dataclass
class Naive:
    """The same, by looking at all of them each time."""

    room: int
    responses: int | None
    all: dict[int, tuple[int, float, int, int, bool]] = field(default_factory=dict)
    """Key: order of its beginning, last, asked, answers, one-way."""
    begun: int = 0
    order: int = 0

    def ask(self, key: int, now: float) -> int | None:
        """A datagram of a client; who had to leave."""
        out = None
        if key not in self.all:
            if len(self.all) >= self.room:
                one_way = [each for each in self.all if self.all[each][4]]
                out = (
                    min(one_way, key=lambda each: self.all[each][0])
                    if len(one_way) >= self.room / SHARE
                    else min(self.all, key=lambda each: self.all[each][1])
                )
                del self.all[out]
            self.begun += 1
            self.all[key] = (self.begun, now, 0, 0, True)
        begun, _, asked, answers, one_way_ = self.all[key]
        self.all[key] = (begun, now, asked + 1, answers, one_way_)
        return out

    def answer(self, key: int, now: float) -> bool:
        """A datagram of an upstream; whether that was the end."""
        begun, _, asked, answers, _ = self.all[key]
        self.all[key] = (begun, now, asked, answers + 1, False)
        is_over = self.responses is not None and answers + 1 >= self.responses * asked
        if is_over:
            del self.all[key]
        return is_over

    def quiet(self, seconds: float, now: float) -> set[int]:
        """Who has been quiet for so long."""
        found = {key for key, each in self.all.items() if now - each[1] >= seconds}
        for key in found:
            del self.all[key]
        return found


STEPS = st.lists(st.tuples(st.sampled_from(["ask", "ask", "answer", "quiet"]), st.integers(0, 30)))


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, room=st.integers(1, 20), responses=st.sampled_from([None, 1, 2]))
def test_they_do_what_looking_at_all_of_them_would(
    steps: list[tuple[str, int]], room: int, responses: int | None
) -> None:
    sessions, naive = Sessions[Session](room, responses), Naive(room, responses)
    for now, (what, key) in enumerate(steps):
        session = sessions.find(key, float(now)) if what != "quiet" else None
        if what == "quiet":
            quiet = {each.key for each in sessions.quiet_for(float(key), float(now))}
            assert quiet == naive.quiet(float(key), float(now))
        elif what == "ask":
            out = None
            if session is None:
                session = Session(key)
                out = sessions.add(session, float(now))
            session.asked += 1
            assert (out and out.key) == naive.ask(key, float(now))
        elif session is not None:
            assert sessions.answered(session, float(now)) == naive.answer(key, float(now))
        assert len(sessions) == len(naive.all) <= room
        assert len(sessions._one_way) == sum(each[4] for each in naive.all.values())

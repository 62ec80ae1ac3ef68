"""Step 2: a gate before the cold."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.health.slow_start import SlowStart, place
from reverseproxy.upstream import Upstream
from tests.chapter_14.facts import Scripted, anybody, came_back, gate_of, upstreams_of
from tests.support.steps import step

KEYS = [b"key %d" % number for number in range(2000)]
PLACE = 0.848244


@step(2)
def test_who_was_there_from_the_start_is_not_cold() -> None:
    """Nobody was ever out: the gate hands back the very `accepts` that it was given, and draws
    nothing.

    Why: at the start all are cold, and somebody has to serve. And nearly all the time nobody is,
    so that is when it has to be cheap.
    Read: Step 2, "A gate before the cold".
    """
    upstreams, dice = upstreams_of(3), Scripted(0.5)
    gate = SlowStart(10, random=dice).watch(upstreams)

    for now in (0.0, 1.0, 5.0):
        assert gate.gated(anybody, None, now) is anybody, "nobody is cold, and something was gated"
    assert dice.asked == 0, "nobody is cold, and there was a draw"


@step(2)
def test_who_comes_back_is_accepted_for_its_share() -> None:
    """A quarter of the window is over: draws below 0.25 accept it, others do not. The warm ones
    are always accepted. All of that holds as well if it came back at 0 s.

    Why: the others are to take what it cannot take yet.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(3)
    one, cold, other = upstreams
    came_back(upstreams, cold, at=100.0)

    for draw, wanted in ((0.05, True), (0.24, True), (0.26, False), (0.95, False)):
        passes = gate_of(upstreams, draw).gated(anybody, None, 102.5)
        assert passes(cold) is wanted, f"share 0.25, draw {draw}: accepted is {not wanted}"
        assert passes(one), "an upstream that is warm was refused"
        assert passes(other), "an upstream that is warm was refused"

    upstreams = upstreams_of(2)
    came_back(upstreams, upstreams[0], at=0.0)
    passes = gate_of(upstreams, 0.95).gated(anybody, None, 2.5)
    assert not passes(upstreams[0]), "it came back at 0 s, and at 2.5 s it is taken for warm"


@step(2)
def test_who_was_never_out_is_warm_from_the_first_second_on() -> None:
    """The clock is at 3 s, the window is 10 s, one upstream has just come back: the others, which
    were never out, are accepted by every draw.

    Why: a clock may start at any number, and at 0 as well. Who was never out did not come back at
    0 s.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(2)
    came_back(upstreams, upstreams[1], at=2.0)

    passes = gate_of(upstreams, 0.95).gated(anybody, None, 3.0)
    assert passes(upstreams[0]), "it was never out, and at 3 s it is taken for cold"


@step(2)
def test_one_draw_decides_for_the_whole_choice() -> None:
    """However often a policy asks in one choice, the answer is the same; the next choice has
    another.

    Why: policies ask more than once. Drawn anew each time, three questions would let in three
    times the share, and a policy that goes round may find nobody though somebody said yes.
    Read: Step 2, "A gate before the cold".
    """
    upstreams, dice = upstreams_of(2), Scripted(0.1, 0.9)
    cold = upstreams[0]
    came_back(upstreams, cold, at=100.0)
    gate = SlowStart(10, random=dice).watch(upstreams)

    for wanted in (True, False, True):
        passes = gate.gated(anybody, None, 105.0)
        answers = {passes(cold) for _ in range(9)}
        assert answers == {wanted}, "in one choice, the gate has changed its mind"


@step(2)
def test_it_accepts_nobody_whom_the_others_refuse() -> None:
    """Who was tried, or is out, is refused as before, cold or warm.

    Why: a gate makes a choice narrower and never wider.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(3)
    warm, cold, other = upstreams
    came_back(upstreams, cold, at=100.0)
    passes = gate_of(upstreams, 0.0).gated(lambda each: each is other, None, 105.0)

    accepted = [each for each in (warm, cold, other) if passes(each)]
    assert accepted == [other], "the gate has let in somebody who was refused before"


@step(2)
def test_by_a_key_there_is_no_chance_in_it() -> None:
    """The same key has the same answer at the same time, whatever is drawn. So has the empty key.

    Why: with a draw, a session would be here, there and here again, and warm up nobody's cache.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(3)
    cold = upstreams[1]
    came_back(upstreams, cold, at=100.0)
    rows = [
        [gate_of(upstreams, draw).gated(anybody, key, 105.0)(cold) for key in KEYS]
        for draw in (0.0, 0.999)
    ]

    changed = sum(before is not after for before, after in zip(*rows, strict=True))
    assert not changed, "the same keys at the same time, and a draw has changed the answer"
    assert 900 < sum(rows[0]) < 1100, f"share 0.5, and {sum(rows[0])} of 2,000 keys were accepted"
    empty = {gate_of(upstreams, draw).gated(anybody, b"", 105.0)(cold) for draw in (0.0, 0.999)}
    assert len(empty) == 1, "b'' is a key, None is none: a draw has changed the answer for b''"


@step(2)
@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=20), st.lists(st.floats(0, 12), min_size=2, max_size=30))
def test_each_key_moves_once(key: bytes, times: list[float]) -> None:
    """A key that was accepted is accepted at every later time.

    Why: each move costs a session, or what was in a cache.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(2)
    came_back(upstreams, upstreams[0], at=100.0)
    gate = gate_of(upstreams)
    answers = [gate.gated(anybody, key, 100 + time)(upstreams[0]) for time in sorted(times)]

    assert answers == sorted(answers), f"{key!r} came, and was sent away again: {answers}"


@step(2)
def test_a_place_is_the_same_in_every_process() -> None:
    """The place of the key `session 1` with `http://10.0.0.3` is 0.84824, whoever works it out.

    Why: two proxies stand in front of the same upstreams, and each is started again some day. A
    client is at home in one place with all of them. Python's own hash() is another one in each
    process.
    Read: Step 2, "A gate before the cold".
    """
    found = place(b"session 1", Upstream.parse("http://10.0.0.3"))

    assert found == pytest.approx(PLACE, abs=1e-6), (
        f"place(b'session 1', …) of http://10.0.0.3 is {found}, and it is to be {PLACE}"
    )


@step(2)
@pytest.mark.parametrize(
    "urls",
    [
        ("http://10.0.0.1", "http://10.0.0.2"),
        ("http://10.0.0.1/a", "http://10.0.0.1/b"),
        ("http://10.0.0.1/a?x=1", "http://10.0.0.1/a?x=2"),
    ],
)
def test_each_upstream_has_keys_of_its_own(urls: tuple[str, str]) -> None:
    """Two are cold: which keys come early to one says nothing about the other. The same goes for
    two that differ only in the path, or in the query.

    Why: else the same clients are always the first that try who is cold, and a key that one cold
    upstream refuses is refused by the next one as well: all of them land on the warm.
    Read: Step 2, "A gate before the cold".
    """
    one, other = map(Upstream.parse, urls)
    early = [{key for key in KEYS if place(key, each) < 0.5} for each in (one, other)]

    both = len(early[0] & early[1])
    assert 400 < both < 600, f"half of 2,000 keys each, and {both} are the same ones"


@step(2)
def test_who_has_yet_to_pass_a_trial_is_not_cold() -> None:
    """Its ejection is over, and its trial to come: it is accepted. After it, it is cold.

    Why: one request finds out whether it was enough. Held back, the trial would be late, and a
    window that ran out by then would let in everybody at once.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(2)
    one = upstreams[0]
    one.facts.ejected_until = 100.0
    upstreams.available.refresh(50.0)
    upstreams.available.refresh(100.0)

    assert gate_of(upstreams, 0.9).gated(anybody, None, 101.0)(one), "it never has its trial"
    one.facts.is_on_trial, one.facts.ejected_until = True, 131.0
    one.facts.is_on_trial, one.facts.ejected_until = False, None
    upstreams.available.refresh(109.0)
    passes = gate_of(upstreams, 0.9).gated(anybody, None, 112.0)
    assert not passes(one), "it has passed a trial, with one request, and is taken to be warm"


@step(2)
def test_the_warm_are_forgotten() -> None:
    """When its window is over, nobody remembers that an upstream was cold.

    Why: what is never forgotten grows, and is looked at for each request.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(3)
    gate = gate_of(upstreams)
    for at, each in enumerate(upstreams):
        came_back(upstreams, each, at=100.0 + at)

    gate.gated(anybody, None, 111.5)
    assert list(upstreams.available.back) == [upstreams[2]], "its window is over: it is still kept"
    assert gate.gated(anybody, None, 113.0) is anybody, "all are warm, and something was gated"


class Counting(SlowStart):
    """Counts how often anybody's share is worked out."""

    asked = 0

    def share(self, elapsed: float) -> float:
        """As ever."""
        type(self).asked += 1
        return super().share(elapsed)


@step(2)
def test_a_choice_looks_only_at_those_that_it_asks_about() -> None:
    """500 cold ones and a warm one; a choice that asks about three works out a handful of shares.

    Why: a rack comes back, and for half a minute each request would pay for all of it.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(501)
    for each in upstreams[1:]:
        each.facts.is_up = False
    upstreams.available.refresh(100.0)
    for each in upstreams[1:]:
        each.facts.is_up = True
    upstreams.available.refresh(100.0)
    Counting.asked = 0
    passes = Counting(10, random=Random(14)).watch(upstreams).gated(anybody, None, 105.0)
    for each in upstreams[:3]:
        passes(each)

    assert Counting.asked < 10, f"three questions, and {Counting.asked} shares were worked out"


@step(2)
def test_when_all_are_cold_the_warmest_is_the_measure() -> None:
    """All came back together: all are accepted. One came later: it has less than the others, half
    of the draws and half of the keys.

    Why: somebody has to serve, and who has been back for longer can take more.
    Read: Step 2, "A gate before the cold".
    """
    upstreams = upstreams_of(3)
    one, other, late = upstreams
    for each in upstreams:
        each.facts.is_up = False
    upstreams.available.refresh(99.0)
    for at, each in ((100.0, one), (100.0, other), (102.0, late)):
        each.facts.is_up = True
        upstreams.available.refresh(at)

    for key in (None, b"key"):
        passes = gate_of(upstreams, 0.9).gated(anybody, key, 104.0)
        assert passes(one), "all are cold, and the warmest of them was refused"
        assert passes(other), "all are cold, and the warmest of them was refused"
    accepts = [gate_of(upstreams, draw).gated(anybody, None, 104.0)(late) for draw in (0.45, 0.55)]
    assert accepts == [True, False], "half as long back as the warmest is half of its share"
    there = sum(gate_of(upstreams).gated(anybody, key, 104.0)(late) for key in KEYS[:500])
    assert 200 < there < 300, (
        f"all are cold, half as long back as the warmest, and {there} of 500 keys were accepted"
    )

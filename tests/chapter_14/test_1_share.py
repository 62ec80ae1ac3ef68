"""Step 1: how warm is it?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy.health.slow_start import SlowStart
from tests.support.steps import step

WINDOWS = st.floats(0.1, 86_400)
FLOORS = st.floats(0.001, 1)


@step(1)
def test_the_share_grows_in_a_straight_line() -> None:
    """A window of 10 s: a fifth after 2 s, a half after 5 s, nine tenths after 9 s.

    Why: this is all that slow start is; the rest is who is asked about it.
    Read: Step 1, "How warm is it?".
    """
    found = {elapsed: SlowStart(10).share(elapsed) for elapsed in (2, 5, 9)}

    assert found == pytest.approx({2: 0.2, 5: 0.5, 9: 0.9})


@step(1)
def test_it_never_begins_with_nothing() -> None:
    """At 0 s, and as long as the line is below the floor, the share is the floor.

    Why: with a share of nothing there are no requests, and without requests nothing gets warm.
    Read: Step 1, "How warm is it?".
    """
    settings = SlowStart(10, floor=0.2)

    assert settings.share(0) == 0.2, f"at 0 s the share is {settings.share(0)}, and the floor 0.2"
    assert settings.share(1) == 0.2, "the floor is a floor: it takes nothing and adds nothing"
    assert settings.share(5) == pytest.approx(0.5), "the floor has moved the line above it"
    assert settings.share(-1) == 0.2, "a moment before it came back is a share as well"
    bent = SlowStart(10, 2, floor=0.2)
    assert bent.share(-5) == 0.2, "aggression 2, 5 s before it came back: a root of less than 0"


@step(1)
@pytest.mark.parametrize("aggression", [0.01, 0.5, 1, 3, 100])
def test_it_is_the_whole_when_the_window_is_over(aggression: float) -> None:
    """From the end of the window on the share is 1, exactly, whatever the aggression.

    Why: 0.9999 is an upstream that is cold for ever, and a share of 2 is more than there is.
    Read: Step 1, "How warm is it?".
    """
    settings = SlowStart(10, aggression)

    for elapsed in (10, 10.001, 3600, 10**9):
        try:
            share = settings.share(elapsed)
        except OverflowError:
            pytest.fail(f"aggression {aggression}, {elapsed} s of 10: a power above all numbers")
        assert share == 1.0, f"after {elapsed} s of 10 the share is {share}"


@step(1)
def test_aggression_bends_the_line() -> None:
    """A quarter of the window: aggression 2 is at a half by then, 1 at a quarter, 0.5 at a 16th.

    Why: a cache fills quickly at first. A compiler that waits for what is used often begins late.
    Read: Step 1, "How warm is it?".
    """
    found = {a: SlowStart(10, a, floor=0.001).share(2.5) for a in (2, 1, 0.5)}

    wanted = {2: 0.5, 1: 0.25, 0.5: 0.0625}
    assert found == pytest.approx(wanted), f"a quarter of the window, by aggression: {found}"


@step(1)
@settings(max_examples=60, deadline=None)
@given(WINDOWS, st.floats(0.01, 100), FLOORS, st.floats(0, 1), st.floats(0, 1))
def test_it_only_ever_grows(window: float, bend: float, floor: float, a: float, b: float) -> None:
    """Whatever the settings: from the floor to 1, and never less later than before.

    Why: a share that shrinks sends away those who had just arrived.
    Read: Step 1, "How warm is it?".
    """
    slow = SlowStart(window, bend, floor)
    early, later = sorted((a * window, b * window))

    assert floor <= slow.share(early) <= slow.share(later) <= 1.0

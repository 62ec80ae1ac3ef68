"""Step 3: panic."""

import logging

import pytest

from reverseproxy.facts import Admin
from reverseproxy.health.panic import Panic
from reverseproxy.upstreams import Upstreams
from tests.chapter_14.facts import upstreams_of
from tests.support.steps import step


def down(upstreams: Upstreams, count: int) -> Upstreams:
    """Lets the first ones be down, and the others up."""
    for number, each in enumerate(upstreams):
        each.facts.is_up = number >= count
    upstreams.available.refresh(1.0)
    return upstreams


@step(3)
@pytest.mark.parametrize(
    ("threshold", "count", "most"), [(0.5, 4, 2), (0.5, 5, 2), (1.0, 3, 0), (0.25, 4, 3)]
)
def test_fewer_than_the_threshold_is_panic(threshold: float, count: int, most: int) -> None:
    """Half of them available is not less than half: panic begins with one fewer.

    Why: a threshold that is off by one is a panic in every pair of which one is restarted.
    Read: Step 3, "Panic".
    """
    upstreams = upstreams_of(count)
    panic = Panic(threshold).watch(upstreams)

    for out in range(count + 1):
        down(upstreams, out)
        row = f"threshold {threshold}, {count - out} of {count} available"
        assert panic.is_on() is (out > most), f"{row}: is_on() is {panic.is_on()}"


@step(3)
def test_numbers_that_do_not_fit_into_floats_are_no_panic() -> None:
    """Exactly 7 of 100, and a threshold of 0.07: no panic. The same for every share of a hundred.

    Why: 0.07 * 100 is 7.000000000000001.
    Read: Step 3, "Panic".
    """
    upstreams = upstreams_of(100)
    wrong = []
    for there in range(101):
        down(upstreams, 100 - there)
        if Panic(there / 100).watch(upstreams).is_on():
            wrong.append(there)

    assert not wrong, f"exactly at the threshold, and in panic: {wrong} of 100"


@step(3)
def test_whom_people_took_out_is_not_counted() -> None:
    """Two drained, one down, one there: that is one of two. The other down as well: none of two.

    Why: whoever is drained is out for a reason that is known. That is no sign of a broken probe.
    Read: Step 3, "Panic".
    """
    upstreams = down(upstreams_of(4), 1)
    upstreams[2].facts.admin, upstreams[3].facts.admin = Admin.DRAIN, Admin.MAINT
    upstreams.available.refresh(1.0)
    panic = Panic(0.5).watch(upstreams)

    assert not panic.is_on(), "one of two, but counted against the drained ones as well"
    upstreams[1].facts.is_up = False
    upstreams.available.refresh(1.0)
    assert panic.is_on(), "all that people want are down, and there is no panic"


@step(3)
def test_when_people_took_out_all_there_is_no_panic() -> None:
    """All drained: no panic, and nothing raised.

    Why: none of none is no share at all, and dividing by it would answer each request with a 500.
    Read: Step 3, "Panic".
    """
    upstreams = upstreams_of(2)
    for each in upstreams:
        each.facts.admin = Admin.DRAIN
    upstreams.available.refresh(1.0)

    try:
        is_on = Panic(1.0).watch(upstreams).is_on()
    except ZeroDivisionError:
        pytest.fail("all are drained, and it divides by none")
    assert not is_on, "all are drained, and there is a panic: about what?"


@step(3)
def test_a_threshold_of_0_is_never() -> None:
    """Threshold 0: no panic, even when all are down.

    Why: it is how one says no.
    Read: Step 3, "Panic".
    """
    assert not Panic(0).watch(down(upstreams_of(3), 3)).is_on()


@step(3)
def test_each_change_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Asked a hundred times, it says once that it is on, and once that it is over; with numbers.

    Why: a panic is when there are the most requests. A line for each buries what it says.
    Read: Step 3, "Panic".
    """
    caplog.set_level(logging.INFO)
    upstreams = upstreams_of(4)
    panic = Panic(0.5).watch(upstreams)
    for out in (1, 3, 4, 2, 0):
        down(upstreams, out)
        for _ in range(100):
            panic.is_on()

    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "panic: 1 of 4 are available; all get requests",
        "no panic any more: 2 of 4 are available",
    ], f"there are {len(lines)} lines, the first of them {lines[:3]}"
    sources = {(record.name, record.levelname) for record in caplog.records}
    assert sources == {("reverseproxy.health.panic", "WARNING")}, f"the lines are from {sources}"


@step(3)
def test_the_next_panic_has_its_line_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """A panic, and then people drain all upstreams: the panic is over. They let them back, all are
    down, and the next panic has a line of its own.

    Why: the line is all that anybody sees of a panic.
    Read: Step 3, "Panic".
    """
    upstreams = down(upstreams_of(2), 2)
    panic = Panic(0.5).watch(upstreams)
    panic.is_on()
    for admin in (Admin.DRAIN, Admin.READY):
        for each in upstreams:
            each.facts.admin = admin
        upstreams.available.refresh(1.0)
        panic.is_on()

    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "panic: 0 of 2 are available; all get requests",
        "no panic any more: 0 of 0 are available",
        "panic: 0 of 2 are available; all get requests",
    ], f"panic, then all drained, then panic again: {lines}"


@step(3)
def test_two_targets_have_a_panic_each(caplog: pytest.LogCaptureFixture) -> None:
    """One setting for two targets, and a panic in both: two lines. One is over: one more.

    Why: each target has upstreams of its own, and its own reason to panic.
    Read: Step 3, "Panic".
    """
    setting = Panic(0.5)
    both = [down(upstreams_of(count), count) for count in (2, 3)]
    one, other = [setting.watch(each) for each in both]

    assert one.is_on(), "all are down, and there is no panic"
    assert other.is_on(), "all are down, and there is no panic"
    down(both[0], 0)
    assert not one.is_on(), "all are up, and there is a panic"
    assert other.is_on(), "one target's panic is over, and the other's has gone with it"
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "panic: 0 of 2 are available; all get requests",
        "panic: 0 of 3 are available; all get requests",
        "no panic any more: 2 of 2 are available",
    ], f"two targets, and the lines are {lines}"

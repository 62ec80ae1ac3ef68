"""Step 2: too many."""

import pytest

from reverseproxy.health.passive import PassiveHealth
from reverseproxy.health.record import Record
from tests.support.steps import step


def first_too_many(story: str, every: float, **settings: float) -> int | None:
    """After how many requests it was too much; None: it never was.

    story: "." for a request that ended well, "F" for a failure; one each `every` seconds.
    """
    record = Record(PassiveHealth(**settings))  # type: ignore[arg-type]  # each number is its own
    for count, ended in enumerate(story, 1):
        now = count * every
        if ended == ".":
            record.succeeded(now)
        else:
            record.failed(now)
            if record.is_too_much(now):
                return count
    return None


@step(2)
def test_five_in_a_row_are_too_many_however_slow() -> None:
    """Five failures in a row: a second apart, or an hour.

    Why: a target that nobody asks at night has a dead upstream in the morning all the same. No
    window holds two requests that are an hour apart.
    Read: Step 2, "Too many".
    """
    assert first_too_many("FFFF", 1) is None
    assert first_too_many("FFFFF", 1) == 5
    if first_too_many("FFFFF", 3600) is None:
        pytest.fail("one request an hour, all fail, and it is never too much")
    assert first_too_many("FFFFF", 3600) == 5


@step(2)
def test_a_success_ends_the_row() -> None:
    """Four failures, a success, four failures, and so on, an hour apart: never too many in a row.

    Why: whoever counts without ever going back to zero sends every upstream away one day.
    Read: Step 2, "Too many".
    """
    if first_too_many("FFFF." * 5, 3600) is not None:
        pytest.fail("a success did not end the row of failures")


@step(2)
@pytest.mark.parametrize(
    ("story", "too_many"),
    [
        (".F.F.F.F.F", 10),
        ("F.F.F.F.F", 9),
        ("..F" * 20, None),
        ("....FFFF.F", 10),
    ],
)
def test_half_of_the_last_ten_seconds_is_too_much(story: str, too_many: int | None) -> None:
    """At least five failures that are at least half of what ended lately, ten requests a second.

    Why: an upstream that fails every other request never fails twice in a row.
    Read: Step 2, "Too many".
    """
    got = first_too_many(story, 0.1)
    if too_many and got is None:
        pytest.fail("every other request fails, and it is never too much")
    assert got == too_many, f"{story}: too much after {got} requests"


@step(2)
def test_a_few_of_many_are_not_too_many() -> None:
    """Five failures among two hundred good ones in ten seconds: not too many.

    Why: a busy upstream always has a few. A count without a share would send away whoever does the
    most work.
    Read: Step 2, "Too many".
    """
    if first_too_many(("." * 39 + "F") * 20, 0.02) is not None:
        pytest.fail("one failure in forty was too much")


@step(2)
def test_what_is_old_is_forgotten() -> None:
    """A failure and a success each four seconds: there are never five failures in ten seconds.

    Why: the share is asked of the window, and so is the count.
    Read: Step 2, "Too many".
    """
    if first_too_many("F." * 50, 4) is not None:
        pytest.fail("failures were counted that are minutes old")


@step(2)
def test_the_settings_are_asked() -> None:
    """consecutive=2; or failures=3, ratio=0.25 and window=60.

    Why: what is too much for one service is a quiet day for another.
    Read: Step 2, "Too many".
    """
    assert first_too_many("F.FF", 1, consecutive=2) == 4
    few = {"failures": 3, "ratio": 0.25, "window": 60, "consecutive": 100}
    assert first_too_many("...F" * 4, 1, **few) == 12
    assert first_too_many("....F" * 4, 1, **few) is None
    assert first_too_many("FFF", 1, **few) == 3

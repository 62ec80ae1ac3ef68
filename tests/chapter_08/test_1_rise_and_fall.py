"""Step 1: rise and fall."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy.health.active import ActiveHealth, Check
from reverseproxy.upstream import Upstream
from tests.support.steps import step


class NoProbe:
    """What these tests do not need."""

    async def probe(self, upstream: Upstream) -> None:
        """Passes."""


def check(fall: int = 3, rise: int = 2) -> Check:
    """The check of an upstream that nobody has asked yet."""
    settings = ActiveHealth(NoProbe(), fall=fall, rise=rise)
    return Check(settings, Upstream.parse("http://127.0.0.1:8001"))


def tell(one: Check, results: str) -> list[bool | None]:
    """Tells the check of results, `+` and `-`; whether the upstream was up after each."""
    states = []
    for result in results:
        if result == "+":
            one.passed()
        else:
            one.failed("Connection refused")
        states.append(one.upstream.facts.is_up)
    return states


@step(1)
def test_the_first_probe_decides_at_once() -> None:
    """If the very first probe passes, the upstream is up. If it fails, the upstream is down.

    Why: nothing was known before it, so there is no earlier word that would have to be doubted.
    With three failures to wait for, a dead upstream would have three intervals of requests.
    Read: Step 1, "Rise and fall".
    """
    assert tell(check(), "+") == [True], "the first probe passed, and the upstream is not up"
    assert tell(check(), "-") == [False], "the first probe failed, and the upstream is not down"
    failed = check()
    failed.failed("Connection refused")
    failed.failed("no answer")
    why = failed.upstream.facts.why_down
    assert why == "Connection refused", f"it went down for one reason, and the fact says {why!r}"


@step(1)
def test_three_failures_take_it_down_and_two_passes_bring_it_back() -> None:
    """Up stays up for two failures; the third is one too many. Then the second pass is enough.

    Why: one lost packet is no outage, and one good answer no recovery.
    Read: Step 1, "Rise and fall".
    """
    one = check()
    states = tell(one, "+--")
    assert states == [True, True, True], "two failures were too many, and fall is 3"
    assert tell(one, "-") == [False], "three failures in a row, and it is still up"
    assert tell(one, "+") == [False], "one pass brought it back, and rise is 2"
    assert tell(one, "+") == [True], "two passes in a row, and it is still down"


@step(1)
def test_only_what_comes_in_a_row_counts() -> None:
    """A pass between failures begins the count of failures anew, and the other way round.

    Why: an upstream that fails one probe in three is slow, or far away. After a week it has failed
    ten thousand times, and never three times in a row.
    Read: Step 1, "Rise and fall".
    """
    up = check()
    assert tell(up, "+--+--")[-1] is True, (
        "a pass did not end the count of failures: four, but never three in a row, took it down"
    )
    down = check()
    assert tell(down, "-+-+")[-1] is False, (
        "a failure did not end the count of passes: two, but not in a row, brought it back"
    )


def replayed(results: str, fall: int, rise: int) -> list[bool]:
    """The states by the slowest method: looking back at every result."""
    states: list[bool] = []
    for number in range(1, len(results) + 1):
        was = states[-1] if states else None
        now, since = results[:number], was
        if was is None:
            since = results[0] == "+"
        elif was and now.endswith("-" * fall):
            since = False
        elif not was and now.endswith("+" * rise):
            since = True
        states.append(bool(since))
    return states


@step(1)
@given(st.text("+-", min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 4))
def test_any_row_of_results_ends_as_if_one_looked_back(results: str, fall: int, rise: int) -> None:
    """Any results, any thresholds: the state is what one finds by looking back at all of them.

    Why: a counter is a memory of one number. It is right if nobody can tell it from the whole list.
    Read: Step 1, "Rise and fall".
    """
    states = tell(check(fall, rise), results)

    assert states == replayed(results, fall, rise), f"after {results}, fall {fall}, rise {rise}"


@step(1)
def test_the_log_has_a_line_for_each_change(caplog: pytest.LogCaptureFixture) -> None:
    """Down for six probes, then up: two lines, and the first says why.

    Why: with ten thousand upstreams and a probe every two seconds, a line for each failure is a log
    that nobody reads.
    Read: Step 1, "Rise and fall".
    """
    caplog.set_level(logging.INFO)
    tell(check(), "+---------++")

    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2, f"one line a change was expected, and there were these: {lines}"
    assert "down: Connection refused" in lines[0]
    assert lines[1].endswith("up")
    caplog.clear()
    tell(check(), "-")
    assert len(caplog.records) == 1, "the first probe failed, and the log does not say so"

"""Ten thousand upstreams, and a prober that asks them all."""

from collections import Counter

import pytest

from reverseproxy.health.active import ActiveHealth
from tests.support.probing import Told, ask_for, checks


def test_ten_thousand_upstreams_have_their_probes_and_no_second_has_many() -> None:
    probe = Told()
    them = checks(10_000, ActiveHealth(probe, interval=30))

    ask_for(33, them, max_rate=500)

    assert len(probe.began) == 10_000
    assert all(check.upstream.facts.is_up for check in them)
    seconds = Counter(int(time) for times in probe.began.values() for time in times)
    assert max(seconds[second] for second in range(29)) <= 10_000 / 30 * 1.1


def test_ten_thousand_at_two_seconds_are_asked_less_often_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = Told()
    them = checks(10_000, ActiveHealth(probe, interval=2))

    ask_for(25, them, max_rate=500)

    counts = Counter(map(len, probe.began.values()))
    assert len(probe.began) == 10_000
    assert set(counts) <= {1, 2}, "20 s each: one or two in 25 s"
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "probes: 10000 upstreams need 5000 a second, and 500 are allowed: each is probed less often"
    ]

"""Figures with lanes: what their sentences claim is in their entries."""

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from chapters.figures.files import loads
from chapters.figures.trace import Entry, Step, Trace
from tests.course.sample_book import PROJECT


def trace_of(name: str) -> Trace:
    path = PROJECT / "docs/assets/traces" / f"{name}.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


def entries(trace: Trace, scene: int) -> list[Entry]:
    return list(replace(trace, scenes=(trace.scenes[scene],)).entries())


def numbers(step: Step) -> list[float]:
    return [float(each) for each in re.findall(r"\d+(?:\.\d+)?", step.say)]


def test_turns_are_fair_and_a_slow_upstream_takes_longer_and_longer() -> None:
    equal, unequal = (entries(trace_of("round-robin"), scene) for scene in (0, 1))
    for done in (equal, unequal):
        assert Counter(entry.lane for entry in done) == {"first": 20, "second": 20, "third": 20}
    assert [e.lane for e in sorted(equal, key=lambda e: e.begin)][:4] == [
        "first", "second", "third", "first",
    ]  # fmt: skip
    slow = [
        entry.value for entry in sorted(unequal, key=lambda e: e.begin) if entry.lane == "third"
    ]
    assert slow[0] < slow[5] < max(slow[15:])
    last = trace_of("round-robin").scenes[1].steps[-1]
    assert numbers(last)[0] == round(max(slow) / 1000, 1)


def test_with_a_dead_upstream_every_third_request_is_lost() -> None:
    dead = entries(trace_of("round-robin"), 2)
    lost = [entry for entry in dead if entry.kind == "lost"]
    assert {entry.lane for entry in lost} == {"third"}
    assert all(entry.begin > 2 for entry in lost)
    after = [entry for entry in dead if entry.begin > 2]
    assert numbers(trace_of("round-robin").scenes[2].steps[-1]) == [len(lost), len(after)]
    assert abs(len(lost) - len(after) / 3) <= 1


def test_a_storm_is_three_tries_for_each_request_and_the_budget_ends_it() -> None:
    trace = trace_of("retry-storm")
    tries = []
    for scene in (0, 1):
        found = [entry for entry in entries(trace, scene) if entry.lane == "tries"]
        highest = {entry.begin: entry.value for entry in reversed(found)}
        during = [value for begin, value in highest.items() if 5 < begin < 23]
        tries.append(sum(during))
        assert min(during) == (300 if scene == 0 else 100)
    assert tries == [5400, 2400]
    assert 5400 in numbers(trace.scenes[0].steps[4])
    assert 2400 in numbers(trace.scenes[1].steps[-1])


def test_health_loses_as_many_requests_as_it_says() -> None:
    trace = trace_of("health-timeline")
    for scene in (0, 1, 2):
        lost = [e for e in entries(trace, scene) if (e.lane, e.kind) == ("requests", "lost")]
        assert numbers(trace.scenes[scene].steps[-1])[0] == len(lost)


def test_five_failures_in_a_row_eject_and_three_probes_take_out() -> None:
    trace = trace_of("health-timeline")
    for scene, (lane, asked, most) in enumerate(
        [("traffic", "requests", 5), ("probes", "asked", 3)]
    ):
        found = entries(trace, scene)
        out = min(entry.begin for entry in found if (entry.lane, entry.kind) == (lane, "out"))
        before = [e.kind for e in sorted(found, key=lambda e: e.begin)
                  if e.lane == asked and e.begin <= out]  # fmt: skip
        assert before[-most - 1 :] == ["done"] + ["lost"] * most
    assert not [e for e in entries(trace, 0) if e.lane == "asked"]
    assert not [e for e in entries(trace, 1) if e.lane == "traffic" and e.kind != "well"]


def test_with_both_no_request_is_lost_to_a_trial() -> None:
    found = entries(trace_of("health-timeline"), 2)
    lost = [entry.begin for entry in found if (entry.lane, entry.kind) == ("requests", "lost")]
    assert max(lost) < min(entry.begin for entry in found if entry.kind == "out")
    (trial,) = (entry.begin for entry in found if entry.kind == "trial")
    passed = [e.begin for e in found if (e.lane, e.kind) == ("asked", "done") and e.begin > 31]
    assert passed[1] < trial


def test_by_what_is_in_flight_nobody_waits_where_turns_make_a_queue() -> None:
    trace = trace_of("least-conn")
    turns, least = (entries(trace, scene) for scene in (0, 1))
    slow = [[each.value for each in found if each.lane == "third"] for found in (turns, least)]
    assert len(turns) == len(least) == 60
    assert turns == entries(trace_of("round-robin"), 1), "the scene of chapter 5 goes on here"
    assert len(slow[0]) == 20
    assert max(slow[0]) > 1000
    assert len(slow[1]) < 15
    assert max(slow[1]) <= 1000 * 0.36 * 1.5, "no longer than the most work takes"
    counts = Counter(each.lane for each in least)
    assert numbers(trace.scenes[1].steps[2]) == [counts["third"], counts["first"], counts["second"]]


def test_two_choices_keep_queues_short_and_one_does_not() -> None:
    trace = trace_of("two-choices")
    for scene in (0, 1):
        longest: dict[str, float] = {}
        for entry in entries(trace, scene):
            longest[entry.lane] = max(entry.value, longest.get(entry.lane, 0))
        assert longest["random"] > 4 * longest["p2c"]
        assert longest["least-conn"] <= longest["p2c"] <= 6
        told = numbers(trace.scenes[scene].steps[-1])
        assert told[:3] == [longest["random"], longest["p2c"], longest["least-conn"]]
        assert told[3] > 2 * told[4] > 2 * told[5]


def test_modulo_moves_most_keys_and_the_ring_those_that_have_to_move() -> None:
    trace = trace_of("ring-and-modulo")
    modulo, ring = (entries(trace, scene) for scene in (0, 1))
    moved = [each.value for each in modulo if each.lane == "moved"]
    assert len(moved) == 3
    assert min(moved) > 700
    comes, goes, returns = (each.value for each in ring if each.lane == "moved")
    assert max(comes, goes, returns) < 300
    assert goes == returns
    new = {(each.lane, int(each.begin)) for each in ring if each.kind == "again"} - {
        ("moved", stage) for stage in (1, 2, 3)
    }
    assert {lane for lane, stage in new if stage == 1} == {"fifth"}
    assert {lane for lane, stage in new if stage == 2} == {"first", "third", "fourth", "fifth"}
    assert {lane for lane, stage in new if stage == 3} == {"second"}


def test_every_key_is_somebodys_at_every_stage() -> None:
    for scene in (0, 1):
        highest: dict[tuple[str, float], float] = {}
        for each in entries(trace_of("ring-and-modulo"), scene):
            if each.lane != "moved":
                place = (each.lane, each.begin)
                highest[place] = max(each.value, highest.get(place, 0))
        for stage in range(4):
            assert sum(n for (_, begin), n in highest.items() if int(begin) == stage) == 1000


def test_a_flood_fills_the_table_and_no_client_leaves_it() -> None:
    trace = trace_of("udp-sessions")
    found = entries(trace, 1)
    held = {
        each.begin: each.value for each in found if (each.lane, each.kind) == ("table", "first")
    }
    assert max(held.values()) == trace.lane("table").highest
    for client in "ABC":
        had = sorted((e.begin, e.end) for e in found if e.lane == client and e.kind != "done")
        assert all(end == begin for (_, end), (begin, _) in pairwise(had)), client
        assert had[-1][1] == trace.span
    noise = sum(each.lane in "12" for each in found) - sum(
        each.lane in "ABC" and each.kind == "done" for each in found
    )
    left = max(held.values()) - 3
    assert numbers(trace.scenes[1].steps[-1]) == [noise - left]


def test_a_refused_session_loses_one_datagram_and_moves() -> None:
    found = entries(trace_of("udp-sessions"), 2)
    begin, end = (
        next(e for e in found if e.kind == "bad").begin,
        max(e.end for e in found if e.kind == "bad"),
    )
    lost = {each.lane: each.begin for each in found if each.kind == "lost"}
    assert sorted(lost) == ["A", "C"]
    heard = sorted((e.begin, e.lane) for e in found if e.lane in "12" and e.kind == "done")
    during = {lane for at, lane in heard if begin < at < end}
    assert during == {"2"}
    back = {lane for at, lane in heard if at > end}
    assert back == {"1", "2"}, "who has a new session goes where it belongs"

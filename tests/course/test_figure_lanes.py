"""Figures with lanes: what stands in them, where, and that the sentences are true."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from chapters.errors import CourseError
from chapters.figures.checks import faults
from chapters.figures.files import dumps, loads
from chapters.figures.frames import frames_of, to_play
from chapters.figures.over_time import Course, Seen, spans
from chapters.figures.recording import FIGURES
from chapters.figures.trace import (
    Entry,
    Event,
    Lane,
    Moment,
    Scene,
    Score,
    Step,
    Trace,
)
from chapters.site.drawing import drawing
from chapters.site.layout import layouts
from tests.course.sample_book import PROJECT
from tests.course.small_trace import SMALL


def trace_of(name: str) -> Trace:
    path = PROJECT / "docs/assets/traces" / f"{name}.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


WITH_LANES = (
    "round-robin", "retry-storm", "health-timeline", "least-conn", "two-choices", "ring-and-modulo",
    "udp-sessions",
)  # fmt: skip


IN_PARTS = ("ring-and-modulo",)
"""Those in which it is not time that passes."""


@pytest.fixture(params=["small", *WITH_LANES])
def trace(request: pytest.FixtureRequest) -> Trace:
    return SMALL if request.param == "small" else trace_of(request.param)


# What stands in lanes


def test_entries_stay_until_the_end_of_their_scene_and_no_longer(trace: Trace) -> None:
    begun = 0
    for scene in trace.scenes:
        ends = [begun]
        for step in frames_of(trace, scene):
            for frame in step:
                assert frame.entries[0] == begun
                ends.append(frame.entries[1])
        assert ends == sorted(ends)
        begun = ends[-1]
    assert begun == len(list(trace.entries()))


def test_time_goes_forward_in_every_scene(trace: Trace) -> None:
    for scene in trace.scenes:
        moments = [frame.now for step in frames_of(trace, scene) for frame in step]
        assert moments == sorted(moments)


def test_nothing_stands_in_a_lane_before_its_time() -> None:
    for name in WITH_LANES:
        trace = trace_of(name)
        for scene in trace.scenes:
            for step in scene.steps:
                for beat in step.beats:
                    now = next(each.at for each in beat if isinstance(each, Moment))
                    early = [e for e in beat if isinstance(e, Entry) and e.begin > now]
                    assert early == [], (name, step.say)


def test_a_score_holds_until_the_next_one() -> None:
    first, second = (
        [step[-1].scores["tries"] for step in frames_of(SMALL, scene)] for scene in SMALL.scenes
    )
    assert first == ["", "", "two first ones, and another", "two first ones, and another"]
    assert second == ["", "none"]


def test_the_player_is_told_lines_entries_and_the_part_of_the_time() -> None:
    shown = to_play(SMALL)["scenes"][0]["steps"][2]["frames"][-1]
    assert shown["scores"]["tries"] == ["two first ones, and", "another"]
    assert shown["entries"] == (0, 6)
    assert shown["now"] == 0.625


def test_files_of_traces_are_small() -> None:
    for figure in FIGURES:
        assert (PROJECT / figure.file).stat().st_size < 60_000, figure.name


# Mistakes


def with_events(*events: Event) -> Trace:
    scenes = (Scene("One", (Step.of("Something happens.", events),)),)
    return replace(SMALL, scenes=scenes, telling=(0, 0))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (with_events(Entry("nowhere", "done", 1, 1)), "the lane of an entry is 'nowhere'"),
        (with_events(Entry("state", "fine", 1, 1)), "the kind of an entry is 'fine'; allowed: "),
        (with_events(Entry("state", "well", 2, 1)), "an entry cannot last from 2 to 1"),
        (with_events(Entry("state", "well", 2, 9)), "an entry cannot last from 2 to 9"),
        (with_events(Entry("tries", "first", 1, 2, 5)), "the lane 'tries' cannot show a bar of 5"),
        (with_events(Entry("state", "first", 1, 2, 1)), "the lane 'state' cannot show a bar of 1"),
        (with_events(Score("nowhere", "x")), "the lane of a score is 'nowhere'"),
        (with_events(Score("state", "word " * 12)), "needs more than two lines of 24 letters"),
        (with_events(Moment(5)), "the time cannot be 5"),
        (replace(SMALL, span=0), "its lanes show 0 seconds"),
        (replace(SMALL, legend=(("odd", "x"),)), "a kind of the legend is 'odd'"),
        (replace(SMALL, parts=("one", "and the other of them")), "'and the other of them' is too"),
        (
            replace(SMALL, lanes=(*SMALL.lanes, Lane("proxy", "x"))),
            "two of its actors, links, gauges and lanes have the same id",
        ),
        (
            replace(with_events(Moment(0)), actors=(), links=(), gauges=(), lanes=()),
            "there is nothing to be seen: it has no actors and no lanes",
        ),
    ],
)  # fmt: skip
def test_a_mistake_about_lanes_is_named(broken: Trace, fault: str) -> None:
    assert any(fault in each for each in faults(broken))
    with pytest.raises(CourseError, match=r"^small\.json: "):
        loads(dumps(broken), "small.json")


# Pictures


def test_lanes_have_their_rows_below_all_else_and_beside_nothing(trace: Trace) -> None:
    for layout in layouts(trace):
        rows = list(layout.rows.values())
        assert len(rows) == len(trace.lanes)
        lowest = max((box.bottom for box in layout.boxes.values()), default=0)
        assert rows[0].y > lowest
        assert all(one.bottom < other.y for one, other in pairwise(rows))
        assert rows[-1].bottom < layout.height
        assert all(0 <= row.x < row.right <= layout.width for row in rows)


def picture(trace: Trace, width: int, step: tuple[int, int]) -> str:
    frame = frames_of(trace, trace.scenes[step[0]])[step[1]][-1]
    return drawing(trace, frame, layouts(trace)[width], "name")


def test_both_pictures_have_every_entry_in_its_order(trace: Trace) -> None:
    kinds = [entry.kind for entry in trace.entries()]
    for width in (0, 1):
        drawn = picture(trace, width, trace.telling)
        assert re.findall(r'<g class="entry entry-(\w+)" data-entry=""', drawn) == kinds
        assert drawn.count("data-now=") == 1
        for lane in trace.lanes:
            assert drawn.count(f'data-lane="{lane.id}"') == 1


def test_a_picture_shows_the_entries_of_its_frame() -> None:
    drawn = picture(SMALL, 0, (1, 1))
    shown = ["hidden" not in each for each in re.findall(r"<g [^>]*data-entry[^>]*>", drawn)]
    assert shown == [False] * 6 + [True] * 4


def test_kinds_differ_in_more_than_colour() -> None:
    drawn = picture(SMALL, 0, (0, 0))
    forms = {
        kind: re.sub(r'-?\d[\d.]*|class="entry[^"]*"|visibility="hidden"', "", form)
        for kind, form in re.findall(r'<g class="entry entry-(\w+)" data-entry=""(.*?)</g>', drawn)
    }
    assert forms["done"] != forms["lost"]
    assert forms["first"] != forms["again"]
    assert forms["well"] != forms["bad"] != forms["out"]


def test_the_legend_names_every_kind_that_there_is(trace: Trace) -> None:
    kinds = {entry.kind for entry in trace.entries()}
    told = {kind for kind, _ in trace.legend}
    if trace is not SMALL:
        assert kinds == told


def test_parts_have_their_names_where_seconds_would_be() -> None:
    in_parts = replace(SMALL, parts=("one & a half", "other"))
    drawn = picture(in_parts, 0, (0, 0))
    axis = re.findall(r'<g class="axis">(.*?)</g>', drawn)
    assert [re.findall(r">([^<]+)<", each) for each in axis] == [["one &amp; a half", "other"]]


def test_a_trace_without_lanes_has_no_sign_of_them() -> None:
    drawn = picture(trace_of("one-request"), 0, (0, 0))
    assert "data-now" not in drawn
    assert "scores" not in to_play(trace_of("one-request"))["scenes"][0]["steps"][0]["frames"][0]


# Steps over time


def test_a_step_has_what_was_seen_in_it_beat_by_beat() -> None:
    seen = [Seen(at, Entry("x", "done", at, at)) for at in (0.5, 1.0, 1.5, 2.5)]
    course = Course(seen, lambda now: [Score("x", f"{now:g}")], 1.0)
    step = course.step(0.0, 2.0, "Two seconds.")
    assert step.beats == (
        (seen[0].entry, seen[1].entry, Score("x", "1"), Moment(1.0)),
        (seen[2].entry, Score("x", "2"), Moment(2.0)),
    )


def test_states_become_spans_that_adjoin_and_are_cut_at_beats() -> None:
    looks = [(0.0, "well"), (0.5, "well"), (1.0, "well"), (1.5, "out"), (2.0, ""), (2.5, "well")]
    assert [seen.entry for seen in spans("x", looks, 1.0)] == [
        Entry("x", "well", 0.0, 1.0),
        Entry("x", "well", 1.0, 1.5),
        Entry("x", "out", 1.5, 2.0),
    ]

"""How a trace becomes frames, pictures and a block of a page."""

import html
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import markdown
import pytest

from chapters.errors import CourseError
from chapters.figures.files import dumps, loads
from chapters.figures.frames import Frame, frames_of, level_text, slots, to_play
from chapters.figures.recording import FIGURES
from chapters.figures.trace import Gauge, Link, Note, Scene, Step, Trace
from chapters.site.boxes import Layout
from chapters.site.drawing import bar_of, drawing
from chapters.site.layout import GAUGE, layouts
from chapters.site.page import PageError
from tests.course.sample_book import PROJECT, write_sample_book
from tests.course.small_trace import ASK, SMALL


def frames(trace: Trace, scene: int) -> list[Frame]:
    return [step[-1] for step in frames_of(trace, trace.scenes[scene])]


# Frames


def test_a_frame_holds_until_something_changes_it() -> None:
    ask, both, answers, last = frames(SMALL, 0)
    assert (ask.links["one"], last.links["one"]) == ("open", "open")
    assert [each.levels["queue"] for each in (ask, both, answers)] == [0, 2, 0]
    assert both.actors["proxy"] == ("waits", "waits for both")


def test_tokens_stay_until_the_end_of_their_step() -> None:
    beats = frames_of(SMALL, SMALL.scenes[0])[1]
    assert [len(frame.tokens) for frame in beats] == [0, 2, 2]
    assert [frame.moves for frame in beats] == [False, True, False]
    assert frames(SMALL, 0)[2].tokens != frames(SMALL, 0)[1].tokens


def test_as_many_tokens_are_drawn_as_ever_travel_together() -> None:
    drawn = slots(SMALL)
    assert drawn.count(("piece", "1 KiB", "one", "client")) == 2
    assert drawn.count(("request", "GET", "one", "proxy")) == 1
    last = to_play(SMALL)["scenes"][0]["steps"][-1]["frames"][-1]["tokens"]
    assert len(set(last)) == 2


def test_a_gauge_says_in_words_when_it_is_full() -> None:
    plain, marked = Gauge("x", "", "", 64, 16, "KiB"), SMALL.gauges[0]
    assert [level_text(plain, value) for value in (48, 64)] == ["48 KiB", "64 KiB, full"]
    assert [level_text(marked, value) for value in (2, 3)] == ["2", "3, over the mark"]


# Pictures


@pytest.fixture(params=["small", *(figure.name for figure in FIGURES)])
def any_trace(request: pytest.FixtureRequest) -> Trace:
    return SMALL if request.param == "small" else trace_of(request.param)


def trace_of(name: str) -> Trace:
    path = PROJECT / "docs/assets/traces" / f"{name}.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


def test_everybody_has_a_place_inside_the_picture_and_beside_the_others(any_trace: Trace) -> None:
    for layout in layouts(any_trace):
        boxes = list(layout.boxes.values())
        assert len(boxes) == len(any_trace.actors)
        for box in boxes:
            assert 0 <= box.x < box.right <= layout.width
            assert 0 <= box.y < box.bottom <= layout.height
            for other in boxes:
                apart = box.right <= other.x or other.right <= box.x
                assert box is other or apart or box.bottom <= other.y or other.bottom <= box.y


def test_a_token_stays_between_the_actors_that_it_travels_between(any_trace: Trace) -> None:
    for layout in layouts(any_trace):
        drawn = picture(any_trace, layout)
        for way in re.findall(r'data-way="([^"]+)"', drawn):
            x1, y1, x2, y2 = map(float, way.split())
            for x, y in ((x1, y1), (x2, y2)):
                for box in layout.boxes.values():
                    assert not (box.x < x < box.right and box.y < y < box.bottom)


def picture(trace: Trace, layout: Layout) -> str:
    scene, step = trace.telling
    return drawing(trace, frames(trace, scene)[step], layout, "name")


def test_both_pictures_have_everything_that_the_player_changes(any_trace: Trace) -> None:
    for layout in layouts(any_trace):
        drawn = picture(any_trace, layout)
        for actor in any_trace.actors:
            assert drawn.count(f'data-actor="{actor.id}"') == 1
        for link in any_trace.links:
            assert drawn.count(f'data-link="{link.id}"') == 1
        for gauge in any_trace.gauges:
            assert drawn.count(f'data-gauge="{gauge.id}"') == 1
        assert drawn.count("data-token=") == len(slots(any_trace))


def test_gauges_of_one_place_stand_below_each_other(any_trace: Trace) -> None:
    for layout in layouts(any_trace):
        for place in (*layout.boxes, *layout.spaces):
            bars = [bar_of(any_trace, each, layout) for each in any_trace.gauges_on(place)]
            around = layout.boxes.get(place) or layout.spaces[place]
            for bar in bars:
                assert around.y < bar.y < bar.bottom < around.bottom
                assert around.x < bar.x < bar.right < around.right
            for upper, lower in pairwise(bars):
                assert lower.y - upper.y == GAUGE


def test_a_picture_can_be_read_aloud() -> None:
    drawn = picture(SMALL, layouts(SMALL)[0])
    assert 'role="img"' in drawn
    assert 'aria-labelledby="name-title name-desc"' in drawn
    assert '<title id="name-title">Two are asked</title>' in drawn


def test_a_picture_shows_its_frame_and_hides_other_tokens() -> None:
    wide, _ = layouts(SMALL)
    drawn = picture(SMALL, wide)
    shown = [
        each for each in re.findall(r"<g [^>]*data-token[^>]*>", drawn) if "hidden" not in each
    ]
    assert len(shown) == 2
    assert "waits for both" in drawn
    assert "scaleX(0.5000)" in drawn
    assert 'data-mark="dropped"' in drawn


def with_note(link: str, text: str) -> Trace:
    step = Step.of("Something is said.", [Note(link, "", (("kept", text),))])
    return replace(SMALL, scenes=(Scene("One", (step,)),), telling=(0, 0))


@pytest.mark.parametrize(
    ("trace", "fault"),
    [
        (with_note("one", "x" * 30), "has more than 20 letters on 'one'"),
        (with_note("left", "x"), "the link 'left' shares its space"),
        (
            replace(SMALL, links=(*SMALL.links, Link("far", "far", ("client", "rose")))),
            "the link 'far' joins no neighbours",
        ),
        (
            replace(
                SMALL, actors=tuple(replace(each, column=each.column * 2) for each in SMALL.actors)
            ),
            "no actor is in column 1",
        ),
    ],
)
def test_what_has_no_room_is_named(trace: Trace, fault: str) -> None:
    with pytest.raises(CourseError) as caught:
        layouts(trace)
    assert fault in str(caught.value)


# The block


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample_book(tmp_path_factory.mktemp("book"))


def render(book: Path, text: str) -> str:
    configured = {"chapters.site": {"root": str(book)}}
    extensions = ["chapters.site", "pymdownx.superfences"]
    return markdown.markdown(text, extensions=extensions, extension_configs=configured)


BLOCK = '```figure trace=traces/small.json caption="Two are asked"\n```\n'


def test_the_block_brings_the_trace_with_it(book: Path) -> None:
    found = re.search(r'<script type="application/json">(.*?)</script>', render(book, BLOCK))
    assert found is not None
    assert json.loads(found[1]) == json.loads(json.dumps(to_play(SMALL)))


def test_a_trace_cannot_end_the_element_that_it_stands_in(book: Path) -> None:
    bad = replace(SMALL, scenes=(Scene("</script><b>", (ASK,)),), telling=(0, 0))
    (book / "docs/traces/bad.json").write_text(dumps(bad), encoding="utf-8")
    rendered = render(book, "```figure trace=traces/bad.json\n```\n")
    assert rendered.count("</script>") == 1
    assert "<b>" not in rendered


def test_the_block_can_be_read_without_javascript(book: Path) -> None:
    rendered = render(book, BLOCK)
    assert rendered.count("<svg") == 2
    assert '<p class="trace-say">The proxy asks both, and <code>waits</code>.</p>' in rendered
    assert "<figcaption>Two are asked</figcaption>" in rendered
    items = [html.unescape(each) for each in re.findall(r"<li>(.*?)</li>", rendered)]
    assert len(items) == 6
    assert "Both answer, and the queue isn\N{RIGHT SINGLE QUOTATION MARK}t full any more." in items


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```figure trace=traces/none.json\n```", "there is no trace none.json in traces/"),
        (
            "```figure trace=x.json src=x.svg\n```",
            "figure needs src=assets/figures/name.svg or trace=",
        ),
        ("```figure trace=chapters/01-hello.md\n```", "01-hello.md is no trace"),
    ],
)
def test_a_block_that_cannot_be_built_stops_the_build(book: Path, block: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        render(book, block)
    assert message in str(caught.value)

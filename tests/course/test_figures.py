"""Figures that move: the traces are what the code does, and every state of them can be seen."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from chapters.figures import recording
from chapters.figures.checks import faults
from chapters.figures.files import dumps, loads
from chapters.figures.frames import Frame, frames_of
from chapters.figures.recording import FIGURES, RECORDED, Figure
from chapters.figures.trace import (
    Actor,
    Connection,
    Doing,
    Event,
    Gauge,
    Level,
    Link,
    Note,
    Scene,
    Step,
    Token,
    Trace,
)
from tests.course.sample_book import PROJECT
from tests.course.small_trace import SMALL
from tests.course.terminal import Terminal


def trace_of(name: str) -> Trace:
    path = PROJECT / "docs/assets/traces" / f"{name}.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


# The traces are recorded


@pytest.mark.parametrize("figure", FIGURES, ids=[figure.name for figure in FIGURES])
def test_a_trace_is_what_the_code_of_its_chapter_does_now(figure: Figure) -> None:
    course = Course.load(PROJECT)
    assert recording.record(course, figure) == recording.written(course, figure), (
        f"{figure.file} is stale: make figures records it"
    )


def test_every_trace_that_there_is_is_recorded_by_a_program() -> None:
    kept = {path.name for path in (PROJECT / "docs/assets/traces").iterdir()}
    assert kept == {figure.file.name for figure in FIGURES}


def test_every_trace_is_on_the_page_of_its_chapter() -> None:
    for figure in RECORDED:
        page = Course.load(PROJECT).chapter(figure.chapter).page.read_text(encoding="utf-8")
        assert f"={figure.file.relative_to('docs')}" in page


def test_the_verb_records_what_is_stale_and_check_only_tells(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "RECORDED", (Figure("small", 1),))
    monkeypatch.setattr(recording, "record", lambda *_: dumps(SMALL))
    assert "small.json is stale" in terminal.run("figures", "--check").out
    assert terminal.run("figures", "--check").code == 1
    assert terminal.run("figures").out == "recorded docs/assets/traces/small.json\n"
    assert terminal.run("figures", "--check").code == 0
    assert terminal.run("figures").out == "unchanged docs/assets/traces/small.json\n"


def test_a_program_that_fails_is_told_with_its_words() -> None:
    with pytest.raises(CourseError, match=r"no-such cannot be recorded: .*No module named"):
        recording.record(Course.load(PROJECT), Figure("no-such", 1))


# What the sentences claim is in the events


def notes(scene: Scene, link: str) -> list[Note]:
    return [each for each in events(scene) if isinstance(each, Note) and each.link == link]


def events(scene: Scene) -> Iterator[Event]:
    for step in scene.steps:
        for beat in step.beats:
            yield from beat


def said(note: Note, *marks: str) -> list[str]:
    return [text.lower() for mark, text in note.lines if mark in marks]


def test_the_second_request_is_the_first_less_what_fell_away() -> None:
    answered = trace_of("one-request").scenes[0]
    sifted, asked = notes(answered, "one")[1], notes(answered, "two")[0]
    assert said(sifted, "dropped") == ["connection: keep-alive", "keep-alive: timeout=5"]
    assert said(asked, "kept") == said(sifted, "kept")


def test_a_refused_connection_is_a_502_of_the_proxys_own() -> None:
    refused = trace_of("one-request").scenes[1]
    assert notes(refused, "two") == []
    assert said(notes(refused, "one")[-1], "kept")[0] == "http/1.1 502 bad gateway"
    assert any("Connection refused" in step.say for step in refused.steps)


def frames(trace: Trace, scene: int) -> list[Frame]:
    return [step[-1] for step in frames_of(trace, trace.scenes[scene])]


def test_a_slow_reader_makes_the_upstream_wait_with_every_buffer_full() -> None:
    trace = trace_of("backpressure")
    full = frames(trace, 0)[trace.telling[1]]
    assert full.levels == {"for-client": 64, "in-proxy": 80, "for-proxy": 64}
    assert {state for state, _ in full.actors.values()} == {"waits"}


def test_the_buffers_fill_one_after_another_and_flow_again() -> None:
    levels = [frame.levels for frame in frames(trace_of("backpressure"), 0)]
    filled = [next(i for i, each in enumerate(levels) if each[name] >= 64) for name in levels[0]]
    assert filled == sorted(set(filled)), "for the client, in the proxy, for the proxy"
    assert any(each["for-proxy"] == 0 for each in levels[filled[-1] :])


def test_a_client_that_leaves_ends_the_work_of_the_upstream() -> None:
    trace = trace_of("backpressure")
    order = [event for event in events(trace.scenes[1]) if isinstance(event, Connection)]
    closed = [event.link for event in order if event.state == "closed"]
    assert closed == ["one", "two"]
    assert frames(trace, 1)[-1].levels == {"for-client": 0, "in-proxy": 0, "for-proxy": 0}


# A trace is checked, kept and read


def test_a_trace_is_read_as_it_was_written() -> None:
    assert loads(dumps(SMALL), "small.json") == SMALL


def with_step(*happening: Event, say: str = "Something happens.") -> Trace:
    return replace(SMALL, scenes=(Scene("One", (Step.of(say, happening),)),), telling=(0, 0))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (with_step(say="no sentence"), "a step needs a sentence: 'no sentence'"),
        (
            replace(SMALL, scenes=(Scene("One", (Step("Nothing.", ()),)),), telling=(0, 0)),
            "nothing happens in 'Nothing.'",
        ),
        (replace(SMALL, telling=(0, 9)), "there is no scene and step [0, 9]"),
        (replace(SMALL, telling=(2, 0)), "there is no scene and step [2, 0]"),
        (
            replace(SMALL, actors=(*SMALL.actors, Actor("one", "x", "client", 0))),
            "two of its actors, links, gauges and lanes have the same id",
        ),
        (
            replace(SMALL, actors=(*SMALL.actors, Actor("x", "x", "backend", 0))),
            "the shape of an actor is 'backend'; allowed: client, proxy, upstream",
        ),
        (
            replace(SMALL, links=(*SMALL.links, Link("x", "x", ("client", "nobody")))),
            "an end of the link 'x' is 'nobody'; allowed: client, proxy, rose, tulip",
        ),
        (
            replace(SMALL, gauges=(*SMALL.gauges, Gauge("x", "x", "nowhere", 4, 1, ""))),
            "what the gauge 'x' is on is 'nowhere'",
        ),
        (
            replace(SMALL, gauges=(*SMALL.gauges, Gauge("x", "x", "proxy", 4, 0, ""))),
            "the gauge 'x' has cells of 0 in 4",
        ),
        (with_step(Level("queue", 5)), "the gauge 'queue' cannot show 5"),
        (with_step(Level("cue", 5)), "a gauge is 'cue'; allowed: queue"),
        (with_step(Token("one", "rose", "request", "GET")), "where a token goes is 'rose'"),
        (with_step(Token("one", "proxy", "banana", "GET")), "the shape of a token is 'banana'"),
        (with_step(Token("two", "proxy", "request", "")), "the link of a token is 'two'"),
        (with_step(Doing("nobody", "idle", "")), "an actor is 'nobody'"),
        (with_step(Doing("proxy", "asleep", "")), "the state of an actor is 'asleep'"),
        (
            with_step(Doing("proxy", "idle", "thinks about all that it has ever done")),
            "needs more than two lines of 14 letters",
        ),
        (with_step(Connection("two", "open")), "a link is 'two'"),
        (with_step(Connection("one", "ajar")), "the state of a link is 'ajar'"),
        (with_step(Note("two", "", ())), "the link of a note is 'two'"),
        (with_step(Note("one", "", (("bold", "x"),))), "the mark of a line is 'bold'"),
    ],
)
def test_a_mistake_in_a_trace_is_named(broken: Trace, fault: str) -> None:
    assert any(fault in each for each in faults(broken))
    with pytest.raises(CourseError, match=r"^small\.json: "):
        loads(dumps(broken), "small.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"actors": [{"id": "x"}]}'])
def test_a_file_that_is_no_trace_is_named(text: str) -> None:
    with pytest.raises(CourseError, match=r"^small\.json is no trace: "):
        loads(text, "small.json")

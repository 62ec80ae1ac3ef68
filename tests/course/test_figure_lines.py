"""The figure of a batch's life: what it counts adds up, and its words are those of its events."""

from itertools import pairwise

import pytest

from chapters.figures.files import loads
from chapters.figures.frames import Frame, frames_of
from chapters.figures.lines_seen import LINE, named
from chapters.figures.sockets import connection
from chapters.figures.trace import Trace
from tests.course.sample_book import PROJECT

KEPT = ("queue", "way", "delivered", "unconfirmed")
"""What becomes of a line that was accepted."""


@pytest.fixture(scope="module")
def lines() -> Trace:
    path = PROJECT / "docs/assets/traces/lines.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


def frames(trace: Trace, scene: int) -> list[Frame]:
    return [frame for step in frames_of(trace, trace.scenes[scene]) for frame in step]


def test_what_was_accepted_is_somewhere_at_every_moment(lines: Trace) -> None:
    for scene in range(len(lines.scenes)):
        sums = [sum(frame.levels[kept] for kept in KEPT) for frame in frames(lines, scene)]
        assert all(before <= after for before, after in pairwise(sums))
        last = frames(lines, scene)[-1].levels
        assert last["delivered"] + last["unconfirmed"] == sums[-1] > 10


def test_only_a_reset_leaves_something_in_doubt(lines: Trace) -> None:
    doubts = [frames(lines, scene)[-1].levels["unconfirmed"] for scene in range(3)]
    assert doubts == [0, 2, 0]
    shapes = {
        scene: {token.shape for frame in frames(lines, scene) for token in frame.tokens}
        for scene in range(3)
    }
    assert shapes == {0: {"piece"}, 1: {"piece", "refusal"}, 2: {"piece", "end"}}


def test_where_it_is_told_the_rest_of_a_batch_has_gone_back(lines: Trace) -> None:
    scene, step = lines.telling
    before, told = (frames_of(lines, lines.scenes[scene])[at][-1].levels for at in (step - 1, step))
    assert told["queue"] - before["queue"] == 4
    assert told["unconfirmed"] == 2


def test_what_is_counted_as_delivered_has_been_read_in_the_end(lines: Trace) -> None:
    for scene in range(3):
        last = frames(lines, scene)[-1].levels
        assert last["one-read"] + last["two-read"] >= last["delivered"]


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (0, 4, "a1-a4"), (0, 2, "a1 a2"), (0, 2.5, "a1-a3…"), (2.5, 4, "…a3 a4"),
        (2, 2.5, "a3…"), (2.2, 2.8, "…a3…"), (3, 6, "a4 b1 b2"),
    ],
)  # fmt: skip
def test_lines_are_named_and_halves_of_them_too(begin: float, end: float, words: str) -> None:
    names = ["a1", "a2", "a3", "a4", "b1", "b2"]
    stream = b"".join((name * LINE).encode()[:LINE] for name in names)
    assert named(stream[: int(end * LINE)], int(begin * LINE)) == words


def test_a_connection_that_is_broken_off_is_an_error_on_the_other_side() -> None:
    one, other = connection()
    with one, other:
        one.break_off()
        assert other.is_readable
        with pytest.raises(ConnectionResetError):
            other.recv_into(bytearray(8))

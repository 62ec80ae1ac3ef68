"""The figure of a relay: its sentences are in its events, and its sockets are like real ones."""

import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest

from chapters.figures.files import loads
from chapters.figures.frames import Frame, frames_of
from chapters.figures.sockets import Side, Turns, connection
from chapters.figures.trace import Connection, Token, Trace
from chapters.figures.wires import KERNEL
from tests.course.sample_book import PROJECT

UP = ("client-sends", "proxy-receives", "rest", "proxy-sends", "upstream-receives")
"""Where bytes can wait, from the client to the upstream."""


@pytest.fixture(scope="module")
def relay() -> Trace:
    path = PROJECT / "docs/assets/traces/relay.json"
    return loads(path.read_text(encoding="utf-8"), path.name)


def frames(trace: Trace, scene: int) -> list[Frame]:
    return [frame for step in frames_of(trace, trace.scenes[scene]) for frame in step]


def test_the_places_fill_one_after_another_from_the_upstream_to_the_client(relay: Trace) -> None:
    levels = [frame.levels for frame in frames(relay, 0)]
    begun = [next(i for i, each in enumerate(levels) if each[name]) for name in UP]
    assert begun == sorted(begun, reverse=True)
    for name, before in pairwise(UP):
        last = levels[begun[UP.index(name)] - 1]
        assert last[before] >= (16 if before == "rest" else 64), f"{before} before {name}"


def test_where_it_is_told_everybody_waits_and_the_proxy_keeps_one_piece(relay: Trace) -> None:
    scene, step = relay.telling
    full = frames_of(relay, relay.scenes[scene])[step][-1]
    assert [full.levels[name] for name in UP] == [64, 64, 16, 64, 64]
    assert {state for state, _ in full.actors.values()} == {"waits"}


def test_everything_drains_again(relay: Trace) -> None:
    assert set(frames(relay, 0)[-1].levels.values()) == {0}


def test_an_end_goes_through_and_the_answer_still_comes_back(relay: Trace) -> None:
    tokens = [each for frame in frames(relay, 1) if frame.moves for each in frame.tokens]
    kinds = list(dict.fromkeys((each.shape, each.link, each.to) for each in tokens))
    asked = [("piece", "one", "proxy"), ("piece", "two", "upstream")]
    ended = [("end", "one", "proxy"), ("end", "two", "upstream")]
    answered = [("piece", "two", "proxy"), ("piece", "one", "client")]
    assert kinds == [
        *asked, *ended, *answered, ("end", "two", "proxy"), ("end", "one", "client"),
    ]  # fmt: skip


def test_both_connections_stay_open_until_both_directions_have_ended(relay: Trace) -> None:
    events = [each for step in relay.scenes[1].steps for beat in step.beats for each in beat]
    ends = [i for i, each in enumerate(events) if isinstance(each, Token) and each.shape == "end"]
    closed = [
        i for i, each in enumerate(events) if isinstance(each, Connection) and each.state != "open"
    ]
    assert (len(ends), len(closed)) == (4, 2)
    assert max(ends) < min(closed)


# Sockets in memory


@pytest.fixture
def ends() -> Iterator[tuple[Side, Side]]:
    one, other = connection()
    with one, other:
        yield one, other


def test_a_send_takes_what_there_is_room_for_and_then_would_block(ends: tuple[Side, Side]) -> None:
    one, _ = ends
    assert one.send(bytes(KERNEL - 1)) == KERNEL - 1
    assert one.send(b"ab") == 1
    with pytest.raises(BlockingIOError):
        one.send(b"b")


def test_a_full_receiver_leaves_bytes_with_the_sender(ends: tuple[Side, Side]) -> None:
    one, _ = ends
    for _ in range(2):
        one.send(bytes(KERNEL))
        one.out.carry()
    assert (one.out.sent.room, one.out.come.room) == (0, 0)
    assert not one.out.carry()


def test_an_end_comes_behind_the_last_byte(ends: tuple[Side, Side]) -> None:
    one, other = ends
    room = bytearray(8)
    with pytest.raises(BlockingIOError):
        other.recv_into(room)
    one.send(b"rose")
    one.shutdown(socket.SHUT_WR)
    assert one.out.carry()
    assert (other.recv_into(room), bytes(room[:4])) == (4, b"rose")
    assert other.recv_into(room) == 0
    assert other.send(b"still heard") == 11


def test_a_poller_calls_those_who_can_do_something(ends: tuple[Side, Side]) -> None:
    one, other = ends
    turns, called = Turns(one, other), list[str]()
    turns.add_reader(other.fileno(), lambda: called.append("read"))
    assert not turns.turn()
    one.send(b"rose")
    one.out.carry()
    turns.add_writer(one.fileno(), lambda: called.append("write"))
    assert turns.turn()
    assert called == ["write", "read"]
    turns.remove_reader(other.fileno())
    turns.remove_writer(one.fileno())
    assert not turns.turn()
    assert not turns.is_read(other)

"""What makes a trace trustworthy: it changes when the code does, and its world obeys rules."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import cast

import pytest

from chapters.course import Course
from chapters.errors import CourseError
from chapters.figures.clock import run
from chapters.figures.recording import FIGURES, Figure, record, written
from chapters.figures.wires import KERNEL, Pipe
from tests.course.sample_book import PROJECT

ONE_REQUEST, BACKPRESSURE, ROUND_ROBIN, RETRY_STORM, HEALTH, *LATER = FIGURES
LEAST_CONN, TWO_CHOICES, RING, RELAY, LINES, SESSIONS = LATER


def changed(path: str, old: str, new: str) -> Course:
    """The course, with something else in one file of each of its trees."""
    course = Course.load(PROJECT)

    def tree(number: int) -> dict[str, bytes]:
        files = dict(course.tree(number))
        assert old in files[path].decode()
        files[path] = files[path].decode().replace(old, new).encode()
        return files

    return cast(Course, SimpleNamespace(tree=tree))


def test_a_field_that_travels_on_is_seen_in_the_trace() -> None:
    lax = changed("reverseproxy/hop.py", 'b"keep-alive",', "")
    text = record(lax, ONE_REQUEST)
    assert text != written(Course.load(PROJECT), ONE_REQUEST)
    assert '["kept", "keep-alive: timeout=5"]' in text


def test_a_proxy_that_collects_the_body_gives_no_figure_of_backpressure() -> None:
    greedy = changed(
        "reverseproxy/http/answer.py",
        "async for piece in answer.body:",
        "for piece in [each async for each in answer.body]:",
    )
    with pytest.raises(CourseError, match="the proxy does not stop when its client does"):
        record(greedy, BACKPRESSURE)


@pytest.mark.parametrize(
    ("path", "old", "new", "fault"),
    [
        ("flow.py", "if sent < count:", "if False:", "takes more than the upstream does"),
        ("flow.py", "[sent:count]", "[: count - sent]", "is not what the client sends"),
        ("flow.py", "self._sink.shutdown(socket.SHUT_WR)", "", "does not pass an end on"),
        ("relay.py", ".has_ended and self", ".has_ended or self", "does not pass an end on"),
    ],
)
def test_a_relay_that_loses_something_gives_no_figure(
    path: str, old: str, new: str, fault: str
) -> None:
    with pytest.raises(CourseError, match=fault):
        record(changed(f"reverseproxy/tcp/{path}", old, new), RELAY)


@pytest.mark.parametrize(
    ("path", "old", "new", "fault"),
    [
        ("cutter.py", "bytes(self._rest) + piece", "b'' + piece", "that nobody has sent"),
        ("queue.py", ".extendleft(reversed(batches))", ".extend(batches)", "does not go before"),
        ("in_flight.py", "first.after(whole)", "first.after(whole + 1)", "does not add up"),
        ("sent.py", "if is_broken else 0", "if not is_broken else 0", "that nobody has"),
        ("connection.py", "self._queue.put_back(ending.again)", "pass", "does not add up"),
    ],
)
def test_a_line_balancer_that_loses_something_gives_no_figure(
    path: str, old: str, new: str, fault: str
) -> None:
    with pytest.raises(CourseError, match=fault):
        record(changed(f"reverseproxy/lines/{path}", old, new), LINES)


@pytest.mark.parametrize(
    ("path", "old", "new", "fault"),
    [
        (
            "sessions.py",
            "self._one_way if has_share else self._by_quiet",
            "self._by_quiet",
            "pushes out a client",
        ),
        (
            "udp/switchboard.py",
            "self._unplug(talk, ConnectFailed(reason(error)))",
            "pass",
            "stays where nobody listens",
        ),
    ],
)
def test_sessions_that_are_lost_give_no_figure(path: str, old: str, new: str, fault: str) -> None:
    with pytest.raises(CourseError, match=fault):
        record(changed(f"reverseproxy/{path}", old, new), SESSIONS)


@pytest.mark.parametrize(
    ("figure", "path", "old", "new"),
    [
        (ROUND_ROBIN, "policies/round_robin.py", "self._next % ", "(self._next + 1) % "),
        (RETRY_STORM, "retry.py", "ratio: float = 0.2", "ratio: float = 0.1"),
        (HEALTH, "health/passive.py", "consecutive: int = 5", "consecutive: int = 4"),
        (HEALTH, "health/active.py", "fall: int = 3", "fall: int = 4"),
        (LEAST_CONN, "policies/least_connections.py", "in_flight / upstream.weight", "weight / 1"),
        (RING, "policies/ring.py", "POINTS = 160", "POINTS = 40"),
        (TWO_CHOICES, "policies/power_of_two.py", "less_busy(one, other)", "one"),
    ],
)
def test_another_decision_of_the_package_is_another_trace(
    figure: Figure, path: str, old: str, new: str
) -> None:
    text = record(changed(f"reverseproxy/{path}", old, new), figure)
    assert text != written(Course.load(PROJECT), figure)


def test_time_passes_without_waiting() -> None:
    async def hour() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run(hour()) == 3600.0


def test_a_run_in_which_everybody_waits_is_an_error() -> None:
    async def nothing() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="everybody waits"):
        run(nothing())


def piped(act: Callable[[Pipe], Coroutine[object, object, None]]) -> None:
    """Runs `act` on a new pipe."""

    async def main() -> None:
        await act(Pipe(KERNEL))

    run(main())


def test_a_writer_waits_for_the_reader_of_a_full_pipe() -> None:
    async def act(pipe: Pipe) -> None:
        writing = asyncio.ensure_future(pipe.write(bytes(KERNEL + 1)))
        await asyncio.sleep(1)
        assert (pipe.room, writing.done()) == (0, False)
        assert len(await pipe.read()) == KERNEL
        await writing
        assert (len(pipe.held), pipe.carried) == (1, KERNEL + 1)

    piped(act)


def test_a_writer_is_told_that_its_reader_has_gone() -> None:
    async def act(pipe: Pipe) -> None:
        writing = asyncio.ensure_future(pipe.write(bytes(KERNEL + 1)))
        await asyncio.sleep(1)
        pipe.end()
        with pytest.raises(BrokenPipeError):
            await writing

    piped(act)


def test_what_was_written_before_the_end_can_be_read_after_it() -> None:
    async def act(pipe: Pipe) -> None:
        await pipe.write(b"last words")
        pipe.end()
        assert [await pipe.read(), await pipe.read()] == [b"last words", b""]

    piped(act)

"""Step 1: one direction."""

import errno
import os
import socket
from collections.abc import Iterator
from random import Random

import pytest

from reverseproxy.tcp import flow
from reverseproxy.tcp.flow import Flow
from tests.chapter_15.wires import Reader, Turns, Wires, break_off, wires
from tests.support.steps import step

LONG = Random(15).randbytes(1_000_000)
"""More than all buffers between two ends hold here."""

SMALL = 16_384

LOST = [errno.ETIMEDOUT, errno.EHOSTUNREACH]
"""What the kernel says of somebody who is silent, or whom no way leads to any more."""


class Told:
    """Whoever hears how a flow ends, and notes it."""

    def __init__(self) -> None:
        self.heard: list[OSError | None] = []

    def __call__(self, error: OSError | None) -> None:
        self.heard.append(error)


class Failing:
    """A socket that raises what a test wants, and until then does what a socket does."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.number = 0

    def fileno(self) -> int:
        """The real one's."""
        return self._sock.fileno()

    def __getattr__(self, name: str) -> object:
        """Raises, once there is a number to raise."""
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return getattr(self._sock, name)


class Passing:
    """A flow between two connections, and their far ends."""

    def __init__(self, made: Wires, poller: Turns | None = None) -> None:
        self.poller = poller or Turns()
        self.told = Told()
        self.far, self.source = made.pair(back=100_000)
        far, self.sink = made.pair(out=SMALL)
        self.back = far
        self.reader = Reader(far)
        self._left = b""
        self.flow = Flow(self.poller, self.source, self.sink, self.told)
        self.flow.start()

    def begins_again(
        self, source: "socket.socket | Failing", sink: "socket.socket | Failing"
    ) -> None:
        """A new flow begins, in the place of the first one, with those sockets or one of them."""
        self.flow = Flow(self.poller, source, sink, self.told)  # type: ignore[arg-type]  # it looks like one
        self.flow.start()

    def tells(self, number: int, why: str) -> None:
        """Turns until that error is told, once; fails when it is raised, or something else told."""
        try:
            self.poller.until(lambda: self.told.heard, f"{why}, and nobody was told")
        except OSError as error:
            pytest.fail(f"{why}, and this was raised: {error!r}")
        found = [error and error.errno for error in self.told.heard]
        assert found == [number], f"{why}, and told: {self.told.heard}"

    @property
    def is_reading(self) -> bool:
        """Whether the poller is to tell when the source has something."""
        return self.source.fileno() in self.poller.readers

    @property
    def is_writing(self) -> bool:
        """Whether the poller is to tell when the sink has room."""
        return self.sink.fileno() in self.poller.writers

    def send(self, data: bytes) -> None:
        """The source's far end sends that: at once what fits, and the rest by `go_on`."""
        self._left += data
        self.go_on()

    def go_on(self) -> int:
        """Sends more of what is left; how much of it there still is."""
        while self._left:
            try:
                self._left = self._left[self.far.send(self._left) :]
            except BlockingIOError:
                break
        return len(self._left)

    def stuff(self) -> None:
        """The source sends more than there is room for, and nobody reads at the sink's far end."""
        self.send(LONG)
        for _ in range(50):
            self.poller.turn()
            self.go_on()
        if not self._left:
            pytest.fail("nobody takes anything, and 1 MB went into the proxy: it reads on")
        if self.is_reading:
            pytest.fail("nobody takes anything, and the source is still read from")
        if not self.is_writing:
            pytest.fail("the sink took only a part, and nobody waits until it has room for more")

    def arrives(self, wanted: bytes) -> None:
        """Turns until all of that is at the sink's far end; fails when something else is."""

        def all_there() -> bool:
            self.go_on()
            return len(self.reader.look().got) >= len(wanted) or bool(self.reader.end)

        short = f"{len(wanted)} bytes were sent"
        self.poller.until(all_there, f"{short}, and some of them never arrive")
        got = self.reader.got
        if got != wanted:
            end = f", and then {self.reader.end}" if self.reader.end else ""
            pytest.fail(f"{short}, and {len(got)} arrive{end}: {difference(got, wanted)}")


def difference(got: bytes, wanted: bytes) -> str:
    """Where two strings of bytes part."""
    pairs = enumerate(zip(got, wanted, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(got), len(wanted)))
    return f"they are not the same from byte {at} on"


@pytest.fixture
def made() -> Iterator[Wires]:
    """Connections."""
    with wires() as them:
        yield them


@step(1)
def test_what_comes_is_passed_on(made: Wires) -> None:
    """Two pieces are sent, one after the other: both arrive as they are, and nothing else happens.

    Why: that is what it is for.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    for piece, so_far in ((b"rose", b"rose"), (b" petal", b"rose petal")):
        it.send(piece)
        it.arrives(so_far)
    assert it.told.heard == [], "nothing has ended, and somebody was told"
    assert it.is_reading, "there can be more, and nobody reads it"
    assert not it.is_writing, "nothing waits, and somebody asks for room"


@step(1)
def test_the_source_waits_while_the_sink_is_full(made: Wires) -> None:
    """The source sends 1 MB, and nobody takes them: the flow stops reading, and waits for room.
    Then somebody takes them, and all of them arrive.

    Why: what is read and cannot be passed on has to be kept. Who reads on keeps all of it.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.stuff()
    it.arrives(LONG)
    it.poller.settle()
    assert it.is_reading, "the rest is gone, and nobody reads on"
    assert not it.is_writing, "the rest is gone, and somebody still asks for room"

    it.send(b"rose")
    it.arrives(LONG + b"rose")


@step(1)
def test_the_rest_of_one_flow_is_not_the_next_ones(made: Wires) -> None:
    """A flow has a rest, and another one reads something else: each passes on its own.

    Why: all flows read into one and the same buffer, so what is kept there is soon gone.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.stuff()
    other = Passing(made, it.poller)
    other.send(b"somebody else's" * 30_000)
    other.arrives(b"somebody else's" * 30_000)
    it.arrives(LONG)


@step(1)
def test_what_the_sink_took_is_counted(made: Wires) -> None:
    """Four bytes go through at once, and `total` is 4. Then 1 MB, and nobody takes anything: it is
    what the sink has taken, without the rest. At last all of it has gone: 1,000,004.

    Why: a relay that counts nothing is idle, and is cut off in the middle of its bytes.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.send(b"rose")
    it.arrives(b"rose")
    total = it.flow.total
    assert total == 4, f"4 bytes went through at once, and total is {total}"

    it.stuff()
    for _ in range(200):
        if len(it.reader.look().got) == it.flow.total:
            break
        it.poller.wait()
    counted(it)
    it.arrives(b"rose" + LONG)
    counted(it)


def counted(it: Passing) -> None:
    """As many as are at the sink's far end."""
    why = f"{len(it.reader.got)} bytes went through, some had to wait, and total is {it.flow.total}"
    assert it.flow.total == len(it.reader.got), why


@step(1)
def test_a_call_for_nothing_does_nothing(made: Wires) -> None:
    """`read` is called, and there is nothing: nobody is told of anything, and all goes on.

    Why: between the kernel's word and our call, things change. That is no error.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.flow.read()
    assert it.told.heard == [], f"there was nothing to read, and that was told: {it.told.heard}"
    it.send(b"rose")
    it.arrives(b"rose")


@step(1)
def test_a_call_for_no_room_does_nothing(made: Wires) -> None:
    """A rest waits, `write` is called, and there is no room: the rest still waits.

    Why: between the kernel's word and our call, things change. That is no error.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.stuff()
    it.flow.write()
    it.flow.write()
    assert it.told.heard == [], f"there was no room, and that was told: {it.told.heard}"
    assert it.is_writing, "the rest has not gone anywhere, and nobody waits for room any more"
    it.arrives(LONG)


@step(1)
def test_one_read_a_turn(made: Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source has 5000 bytes, and the buffer room for 1000: one call takes 1000.

    Why: a source that always has something would have all turns, and nobody else any.
    Read: Step 1, "One direction".
    """
    monkeypatch.setattr(flow, "SIZE", 1000)
    monkeypatch.setattr(flow, "PIECE", memoryview(bytearray(1000)))
    it = Passing(made)
    it.send(b"x" * 5000)
    it.flow.read()
    count = len(it.reader.look().got)
    assert count <= 1000, f"one call read until nothing was left: {count} bytes"
    it.arrives(b"x" * 5000)


@step(1)
def test_an_end_is_passed_on(made: Wires) -> None:
    """The source says something, and ends: its sink's far end gets that, and then an end.

    Why: it may be what the other side waits for. An upload is over when it ends.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.send(b"rose")
    it.far.shutdown(socket.SHUT_WR)
    why = "the source has ended, and the sink's far end never hears that"
    it.poller.until(lambda: it.reader.look().end, why)
    assert (it.reader.got, it.reader.end) == (b"rose", "an end")
    assert it.told.heard == [None], f"the source ended, and this was told: {it.told.heard}"
    assert it.flow.has_ended, "the source has ended, and the flow does not know"
    assert not it.is_reading, "the source has ended, and is still read from: it ends over and over"


@step(1)
def test_an_end_is_half_an_end(made: Wires) -> None:
    """The source has ended: its sink's far end can still answer.

    Why: a question that ends wants its answer.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.far.shutdown(socket.SHUT_WR)
    it.poller.until(lambda: it.told.heard, "the source has ended, and nobody was told")
    try:
        it.back.send(b"answer")
        got = it.sink.recv(100)
    except OSError as error:
        pytest.fail(f"only one direction has ended, and the other one is shut too: {error}")
    assert got == b"answer", f"only one direction has ended, and of its answer came {got!r}"
    assert it.source.fileno() >= 0, "the source was closed, and its answer has no way back"


@step(1)
def test_the_rest_goes_before_the_end(made: Wires) -> None:
    """1 MB, and then the end, while nobody takes anything. Later, all of it arrives; then the end.

    Why: an end that overtakes what was said before it cuts it off.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    it.stuff()
    it.poller.settle()
    assert it.told.heard == []
    it.arrives(LONG)
    it.far.shutdown(socket.SHUT_WR)
    it.send(b"")
    it.poller.until(lambda: it.reader.look().end, "after 1 MB, the end does not arrive")
    assert it.told.heard == [None], f"1 MB and an end, and this was told: {it.told.heard}"


@step(1)
def test_a_short_rest_goes_before_the_end(made: Wires) -> None:
    """The source sends as much as fits into all buffers, and ends at once, and nobody takes any of
    it. When somebody does, everything arrives, and then the end.

    Why: an end that overtakes what was said before it cuts it off.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    data = LONG[:200_000]
    it.send(data)
    assert not it.go_on(), "200 kB do not fit between two ends here"
    it.far.shutdown(socket.SHUT_WR)
    it.poller.settle()
    assert it.told.heard == [], "a rest waits, and the end was told before it went"
    it.arrives(data)
    it.poller.until(lambda: it.reader.look().end, "a rest, and then an end that never arrives")
    assert it.reader.end == "an end"


@step(1)
def test_whoever_is_told_of_the_end_may_close_everything(made: Wires) -> None:
    """Told of the end, the relay closes both sockets: the far end has its end, and nothing is done
    with a socket that is closed.

    Why: a number that is closed may be somebody else's a moment later.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    heard: list[tuple[object, bool]] = []

    def close(error: OSError | None) -> None:
        heard.append((error, it.flow.has_ended))
        for sock in (it.source, it.sink):
            it.poller.remove_reader(sock.fileno())
            it.poller.remove_writer(sock.fileno())
            sock.close()

    closing = Flow(it.poller, it.source, it.sink, close)
    it.flow = closing
    closing.start()
    it.far.shutdown(socket.SHUT_WR)
    it.poller.until(lambda: heard, "the source has ended, and nobody was told")
    assert heard == [(None, True)], "(what was told, has_ended then): told once, and when it is so"
    assert it.reader.look().end == "an end"


@step(1)
def test_a_source_that_breaks_is_told(made: Wires) -> None:
    """The source's far end resets the connection: the error is told, once, and it is no end.

    Why: what ends and what breaks are two things, and the other side has to know which.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    break_off(it.far)
    it.poller.until(lambda: it.told.heard, "the source broke, and nobody was told")
    error = it.told.heard[0]
    assert isinstance(error, ConnectionResetError), f"the source broke, and it was told: {error!r}"
    assert not it.reader.look().end, "the source broke, and the sink heard an end"
    assert not it.flow.has_ended, "the source broke, and the flow says that it has ended"


@step(1)
def test_a_sink_that_breaks_is_told(made: Wires) -> None:
    """The sink's far end resets, and the source says something: the error is told, once.

    Why: there is nobody left to pass anything on to.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    break_off(it.back)
    it.send(b"rose")
    it.poller.until(lambda: it.told.heard, "the sink broke, and nobody was told")
    assert isinstance(it.told.heard[0], OSError), f"the sink broke, and told: {it.told.heard}"


@step(1)
def test_a_sink_that_breaks_with_a_rest_is_told(made: Wires) -> None:
    """A rest waits, the source says nothing more, and the sink's far end resets: the error is told.

    Why: nothing more is read while a rest waits. If this is not told, nothing ever is.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    for _ in range(50):
        it.send(b"x" * 20_000)
        it.poller.turn(5)
        if it.is_writing:
            break
    assert it.is_writing, "the sink took only a part, and nobody waits until it has room for more"
    break_off(it.back)
    it.poller.until(lambda: it.told.heard, "a rest waits, the sink broke, and nobody was told")
    assert isinstance(it.told.heard[0], OSError), f"the sink broke, and told: {it.told.heard}"


@step(1)
@pytest.mark.parametrize("number", LOST)
def test_a_source_that_is_lost_is_told(made: Wires, number: int) -> None:
    """The kernel has given up the source, without any reset: the error is told, once.

    Why: a reset is one of many ways to break. The others are no ConnectionError.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    source = Failing(it.source)
    it.begins_again(source, it.sink)
    it.send(b"rose")
    source.number = number
    it.tells(number, "the source was lost")


@step(1)
@pytest.mark.parametrize("number", LOST)
def test_a_sink_that_is_lost_is_told(made: Wires, number: int) -> None:
    """The kernel has given up the sink, without any reset, and the source says something: the error
    is told, once.

    Why: a reset is one of many ways to break. The others are no ConnectionError.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    sink = Failing(it.sink)
    it.begins_again(it.source, sink)
    it.send(b"rose")
    sink.number = number
    it.tells(number, "the sink was lost")


@step(1)
@pytest.mark.parametrize("number", LOST)
def test_a_sink_that_is_lost_with_a_rest_is_told(made: Wires, number: int) -> None:
    """A rest waits, and the kernel gives up the sink, without any reset: the error is told, once.

    Why: a reset is one of many ways to break. The others are no ConnectionError.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    sink = Failing(it.sink)
    it.begins_again(it.source, sink)
    it.stuff()
    sink.number = number
    it.reader.look()
    it.tells(number, "a rest waits, the sink was lost")


@step(1)
def test_an_end_for_a_sink_that_broke_is_told_once(made: Wires) -> None:
    """The sink's far end has reset, and now the source ends: the error is told, once, and not
    raised.

    Why: an exception here would reach nobody, and the connection stay for ever. And an end that
    the sink never heard is no end.
    Read: Step 1, "One direction".
    """
    it = Passing(made)
    break_off(it.back)
    it.far.shutdown(socket.SHUT_WR)
    try:
        it.poller.until(lambda: it.told.heard, "the source ended, and nobody was told")
    except OSError as error:
        pytest.fail(f"the sink had broken, the source ended, and this was raised: {error!r}")
    assert len(it.told.heard) == 1, f"told more than once: {it.told.heard}"
    is_clean = it.told.heard == [None]
    assert not is_clean, "the sink had broken, the source ended, and that was told as a clean end"

"""Step 2: two directions, one end."""

import socket
from collections.abc import Callable, Iterator

import pytest

from reverseproxy.tcp.relay import Relay
from tests.chapter_15.wires import Reader, Turns, Wires, break_off, wires
from tests.support.steps import step

SIDES = ["client", "upstream"]


class Between:
    """A relay, and the far ends of its two connections."""

    def __init__(self, made: Wires) -> None:
        self.poller = Turns()
        self.over: list[Relay] = []
        client, near_client = made.pair(out=16_384, back=50_000)
        upstream, near_upstream = made.pair(out=16_384, back=50_000)
        self.far = {"client": client, "upstream": upstream}
        self.near = {"client": near_client, "upstream": near_upstream}
        self.readers = {side: Reader(sock) for side, sock in self.far.items()}
        self.relay = Relay(near_client, near_upstream, self.poller, self.over.append)
        self.relay.start()

    def says(self, side: str, data: bytes) -> None:
        """One side sends that, and the other one has it."""
        reader = self.readers[other(side)]
        wanted = reader.got + data
        self.far[side].send(data)
        self.until(lambda: reader.look().got == wanted, f"what the {side} says never arrives")

    def stuff(self, side: str) -> None:
        """One side sends more than there is room for, and nobody takes it."""
        for _ in range(50):
            try:
                while self.far[side].send(b"x" * 50_000):
                    pass
            except BlockingIOError:
                self.poller.turn()
        assert self.near[side].fileno() not in self.poller.readers, "it reads on, with a rest"

    def ends(self, side: str) -> None:
        """One side says that it has nothing more to say, and the other one has heard it."""
        self.far[side].shutdown(socket.SHUT_WR)
        self.hears(other(side), "an end", f"the {side} ended")

    def hears(self, side: str, end: str, why: str) -> None:
        """Waits until one side hears how it ends, and that has to be so."""
        reader = self.readers[side]
        self.until(lambda: reader.look().end, f"{why}, and the {side} hears nothing")
        assert reader.end == end, f"{why}, and the {side} hears {reader.end}"

    def is_over(self, why: str) -> None:
        """Waits until the relay says that it is over: once, with nothing left behind."""
        self.until(lambda: self.over, f"{why}, and it is not over")
        assert self.over == [self.relay], f"{why}, and it was over more than once"
        assert not self.poller.readers, f"{why}, it is over, and somebody is still read from"
        assert not self.poller.writers, f"{why}, it is over, and somebody still waits for room"
        for side, sock in self.near.items():
            assert sock.fileno() < 0, f"{why}, and the connection with the {side} stays open"

    def until(self, is_done: Callable[[], object], why: str) -> None:
        """Turns until something is so."""
        self.poller.until(is_done, why)

    def tick_until_over(self, why: str) -> None:
        """Ticks, and does nothing else, until it is over; fails when no tick finds out."""
        for _ in range(200):
            self.relay.tick()
            if self.over:
                return
            self.poller.wait()
        pytest.fail(f"{why}, and no tick finds out")

    def arrived(self, side: str, data: bytes = b"") -> None:
        """Whatever was sent to the near end of that side is there: on one machine, soon."""
        self.far[side].send(data)
        self.near[side].setblocking(True)
        self.near[side].settimeout(1.0)
        self.near[side].recv(1, socket.MSG_PEEK)
        self.near[side].setblocking(False)


def other(side: str) -> str:
    """The other one of the two."""
    return SIDES[side == "client"]


@pytest.fixture
def it() -> Iterator[Between]:
    """A relay that has been started."""
    with wires() as made:
        yield Between(made)


@step(2)
@pytest.mark.parametrize("first", SIDES)
def test_it_is_over_when_both_have_ended(it: Between, first: str) -> None:
    """One side ends; the other one has heard that, still says something, and that arrives. Then
    that one ends, too: it is over, and both have heard an end.

    Why: who has asked all there is to ask still wants the answer.
    Read: Step 2, "Two directions, one end".
    """
    last = other(first)
    it.says(first, b"question")
    it.ends(first)
    assert not it.over, f"the {first} has ended, and it is over for the {last}, too"
    it.says(last, b"an answer")
    it.says(last, b", and more of it")
    it.ends(last)
    it.is_over("both have ended")
    assert it.readers[first].got == b"an answer, and more of it"


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_a_reset_is_a_reset_on_the_other_side(it: Between, side: str) -> None:
    """One side resets its connection: the other one hears a reset, and no end.

    Why: an answer without a length ends where its connection does. A reset says that this was not
    its end.
    Read: Step 2, "Two directions, one end".
    """
    it.says(side, b"rose")
    break_off(it.far[side])
    it.hears(other(side), "a reset", f"the {side} reset its connection")
    it.is_over(f"the {side} reset its connection")


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_what_came_before_a_reset_arrives(it: Between, side: str) -> None:
    """One side sends something, and resets; and a tick comes before anybody had a look. The other
    side gets what was sent, and then the reset.

    Why: a side that is read tells how it broke by itself, and at the right place: after its bytes.
    Read: Step 2, "Two directions, one end".
    """
    it.says(side, b"rose")
    it.arrived(side, b", and petal")
    break_off(it.far[side])
    it.relay.tick()
    it.hears(other(side), "a reset", f"the {side} reset its connection")
    got = it.readers[other(side)].got
    assert got == b"rose, and petal", f"a tick came before its last bytes were read: {got!r}"


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_a_reset_after_an_end_is_a_reset(it: Between, side: str) -> None:
    """One side has ended, and the other one resets: the first one hears a reset.

    Why: half of it was complete. The other half broke.
    Read: Step 2, "Two directions, one end".
    """
    it.ends(side)
    break_off(it.far[other(side)])
    it.hears(side, "a reset", f"the {side} had ended, and the {other(side)} reset")
    it.is_over(f"the {side} had ended, and the {other(side)} reset")


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_one_byte_is_enough(it: Between, side: str) -> None:
    """Three ticks without a byte: quiet is 3. One byte, in either direction: the next tick says 0.
    Then 1, and 2.

    Why: idle is who says nothing for long, and not who was let in long ago.
    Read: Step 2, "Two directions, one end".
    """
    found = [ticked(it) for _ in range(3)]
    assert found == [1, 2, 3], f"three ticks without a byte, and quiet is {found}"
    it.says(side, b"x")
    assert ticked(it) == 0, f"the {side} sent a byte since the last tick, and quiet is not 0"
    found = [ticked(it) for _ in range(2)]
    assert found == [1, 2], f"a byte, and two ticks without one later, quiet is {found}"
    it.says(side, b"x")
    it.says(other(side), b"x")
    found = [ticked(it) for _ in range(2)]
    assert found == [0, 1], f"a byte from each, and quiet is {found}"

    it.ends(side)
    it.ends(other(side))
    it.is_over("both have ended")


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_who_has_ended_is_asked_whether_it_broke(it: Between, side: str) -> None:
    """One side has ended, and then resets, and nobody has anything to say to it: a tick finds out.

    Why: nobody reads from it any more, and so nobody hears. A question that takes an hour would go
    on for somebody who has left.
    Read: Step 2, "Two directions, one end".
    """
    it.ends(side)
    it.relay.tick()
    assert not it.over, "a tick, and it is over, with nothing broken"
    break_off(it.far[side])
    why = f"the {side} had ended, and then it reset"
    it.tick_until_over(why)
    it.is_over(why)
    far = it.far[other(side)]
    broken = (socket.SOL_SOCKET, socket.SO_ERROR)
    it.until(lambda: far.getsockopt(*broken), f"{why}, and the {other(side)} hears of no reset")


@step(2)
@pytest.mark.parametrize("side", SIDES)
def test_who_waits_is_asked_whether_it_broke(it: Between, side: str) -> None:
    """One side sends more than the other one takes, and so it is not read from. It resets: a tick
    finds out.

    Why: while a rest waits, nothing is read, and so nobody hears.
    Read: Step 2, "Two directions, one end".
    """
    it.stuff(side)
    break_off(it.far[side])
    why = f"the {side} reset, with a rest on the way"
    it.tick_until_over(why)
    it.is_over(why)


@step(2)
@pytest.mark.parametrize("is_stuffed", [False, True], ids=["ended", "rest"])
@pytest.mark.parametrize("side", SIDES)
def test_each_of_two_who_are_not_read_is_asked(it: Between, side: str, *, is_stuffed: bool) -> None:
    """Neither side is read from: one sends more than is taken, and the other one does so, too, or
    has ended. Only the first one resets: a tick finds out.

    Why: one side that is well says nothing about the other.
    Read: Step 2, "Two directions, one end".
    """
    if is_stuffed:
        it.stuff(other(side))
    else:
        it.ends(other(side))
    it.stuff(side)
    it.relay.tick()
    assert not it.over, "a tick, and it is over, with nothing broken"
    break_off(it.far[side])
    why = f"nobody is read from, the {side} reset, and the {other(side)} did not"
    it.tick_until_over(why)
    it.is_over(why)


@step(2)
def test_two_that_broke_are_one_end(it: Between) -> None:
    """Both sides send more than is taken, and both reset: one tick, one end, and nothing raised.

    Why: after the first of them, there is nobody left to ask.
    Read: Step 2, "Two directions, one end".
    """
    for side in SIDES:
        it.stuff(side)
    for side in SIDES:
        it.near[side].setblocking(False)
        break_off(it.far[side])
    try:
        it.tick_until_over("both broke")
    except OSError as error:
        pytest.fail(f"both broke, and a closed socket was asked: {error}")
    it.is_over("both broke")


def ticked(it: Between) -> int:
    """How quiet it is after another tick."""
    it.relay.tick()
    return it.relay.quiet

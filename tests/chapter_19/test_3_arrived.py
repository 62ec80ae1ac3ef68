"""Step 3: so many bytes have arrived."""

from random import Random

import pytest

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.in_flight import InFlight
from tests.support.steps import step

ROSE, THORN, PETAL = b"rose\n", b"thorn\n", b"petal\n"
FIRST, SECOND, THIRD = ROSE + THORN, PETAL + ROSE + THORN, ROSE
"""11, 17 and 5 bytes: the batches end at 11, 28 and 33."""


def sent(*data: bytes) -> InFlight:
    """Those batches, on their way on one connection."""
    it = InFlight()
    for each in data:
        it.add(Batch.of(each))
    return it


def joined(batches: list[Batch]) -> bytes:
    """What is in them, in order; fails when one has another number of lines than it says."""
    for each in batches:
        if each.lines != each.data.count(b"\n"):
            pytest.fail(f"{each.data!r} goes another way, and says that it has {each.lines} lines")
    return b"".join(each.data for each in batches)


@step(3)
def test_what_has_arrived_is_settled() -> None:
    """Two batches, two and three lines, arrive one after the other: two, and then three.

    Why: each line is delivered once, and counted once.
    Read: Step 3, "So many bytes have arrived".
    """
    it = sent(FIRST, SECOND)
    for offset, wanted in ((0, 0), (11, 2), (28, 3)):
        lines = it.arrived(offset)
        if lines != wanted:
            pytest.fail(
                f"batches end at 11 and 28, {offset} bytes are there: {lines} lines settled"
            )
        again = it.arrived(offset)
        if again:
            pytest.fail(f"at {offset} bytes nothing more has arrived, and it settles {again} more")


@step(3)
def test_nearly_there_is_not_there() -> None:
    """All bytes of a batch but the last have arrived: nothing is settled. With the last, it is.

    Why: the last byte is the newline, and without it the last line is none.
    Read: Step 3, "So many bytes have arrived".
    """
    it = sent(FIRST, SECOND)
    for offset, wanted in ((10, 0), (11, 2), (12, 0), (27, 0), (28, 3)):
        lines = it.arrived(offset)
        if lines != wanted:
            pytest.fail(f"it ends at 11 and at 28, {offset} bytes have arrived: settled {lines}")


@step(3)
def test_many_arrive_at_once() -> None:
    """Three batches are there when somebody looks: all of their lines.

    Why: between two looks, a fast connection sends a few thousand.
    Read: Step 3, "So many bytes have arrived".
    """
    lines = sent(FIRST, SECOND, THIRD).arrived(33)
    if lines != 6:
        pytest.fail(f"2, 3 and 1 lines have arrived since the last look, and settled are {lines}")
    lines = sent(FIRST, SECOND, THIRD).arrived(30)
    if lines != 5:
        pytest.fail(f"of 2, 3 and 1 lines all but the last one arrived, and settled are {lines}")


@step(3)
def test_what_is_sent_later_is_behind_it() -> None:
    """A batch is sent when all others have arrived: it ends where all of them end.

    Why: the kernel counts from the first byte of the connection on.
    Read: Step 3, "So many bytes have arrived".
    """
    it = sent(FIRST)
    it.arrived(11)
    it.add(Batch.of(THIRD))
    lines = it.arrived(11)
    if lines:
        pytest.fail(f"11 bytes arrived, 5 more were sent and have not, and {lines} lines settled")
    lines = it.arrived(16)
    if lines != 1:
        pytest.fail(f"11 bytes, then 5 bytes and a line, have arrived: settled of that are {lines}")


@step(3)
def test_lines_says_what_is_on_its_way() -> None:
    """Six lines are sent; as batches arrive, there are four, and then one, and then none.

    Why: a connection that has nothing on its way is not stuck, however quiet it is.
    Read: Step 3, "So many bytes have arrived".
    """
    it = sent(FIRST, SECOND, THIRD)
    for offset, wanted in ((0, 6), (12, 4), (28, 1), (33, 0)):
        it.arrived(offset)
        if it.lines != wanted:
            pytest.fail(f"{wanted} lines are on their way, behind byte {offset}: not {it.lines}")


@step(3)
def test_nothing_has_arrived() -> None:
    """It is over, and not a byte has arrived: all batches go another way, in order.

    Why: that is a connection to somebody who is gone.
    Read: Step 3, "So many bytes have arrived".
    """
    settled, again = sent(FIRST, SECOND, THIRD).left(0)
    if settled:
        pytest.fail(f"nothing has arrived, it is over, and {settled} lines are settled")
    if joined(again) != FIRST + SECOND + THIRD:
        pytest.fail(f"nothing has arrived, so all of it goes again, in order: {joined(again)!r}")


@step(3)
def test_everything_has_arrived() -> None:
    """It is over, and all has arrived: all lines are settled, and nothing goes another way.

    Why: what goes another way without need arrives twice.
    Read: Step 3, "So many bytes have arrived".
    """
    settled, again = sent(FIRST, SECOND).left(28)
    if again:
        pytest.fail(f"all has arrived, and {joined(again)!r} goes another way")
    if settled != 5:
        pytest.fail(f"all five lines have arrived when it is over, and settled are {settled}")
    settled, again = sent().left(0)
    if settled or again:
        pytest.fail(f"nothing was sent, it is over, and that settles {settled}, again: {again}")


@step(3)
def test_it_goes_on_behind_the_last_whole_line() -> None:
    """A batch of three lines; the first and the second have arrived: the third goes another way.

    Why: whoever sends all of it again sends two lines twice.
    Read: Step 3, "So many bytes have arrived".
    """
    settled, again = sent(SECOND).left(11)
    if joined(again) != THORN:
        pytest.fail(f"petal and rose have arrived, thorn has not, and {joined(again)!r} goes again")
    if settled != 2:
        pytest.fail(f"petal and rose are settled, which makes two lines, and not {settled}")


@step(3)
def test_half_a_line_goes_again_as_a_whole() -> None:
    """It is over in the middle of a line: the line goes another way, from its first byte on.

    Why: who has its first half knows, without its end, that it is none; nobody else has that half.
    Read: Step 3, "So many bytes have arrived".
    """
    for offset in (6, 7, 10):
        settled, again = sent(SECOND).left(offset)
        if joined(again) != ROSE + THORN:
            pytest.fail(f"byte {offset} of petal, rose, thorn is in rose: {joined(again)!r} again")
        if settled != 1:
            pytest.fail(f"byte {offset} of petal, rose, thorn: petal is settled, and not {settled}")


@step(3)
def test_the_others_go_as_they_are() -> None:
    """It is over in the second of three batches: what is left of it, and then the third.

    Why: the offset is one of the connection; where the batch begins in it has to be known.
    Read: Step 3, "So many bytes have arrived".
    """
    for offset in (17, 18, 21):
        it = sent(FIRST, SECOND, THIRD)
        it.arrived(11)
        settled, again = it.left(offset)
        if joined(again) != ROSE + THORN + THIRD:
            pytest.fail(
                f"petal, rose, thorn began at 11, and then rose; {offset} bytes arrived, and again "
                f"goes {joined(again)!r}"
            )
        if settled != 1:
            pytest.fail(f"petal ends at 17, {offset} bytes arrived: one line more, not {settled}")


@step(3)
def test_the_end_settles_whole_batches_too() -> None:
    """Nobody has looked since the last batch arrived; then it is over: those lines are settled.

    Why: the last look was a while ago, and the kernel knows more now.
    Read: Step 3, "So many bytes have arrived".
    """
    settled, again = sent(FIRST, SECOND, THIRD).left(17)
    if settled != 3:
        pytest.fail(f"two lines, and one of the next three, have arrived: settled are {settled}")
    if joined(again) != ROSE + THORN + THIRD:
        pytest.fail(f"the first batch and petal have arrived, and {joined(again)!r} goes again")


@step(3)
def test_then_nothing_is_on_its_way() -> None:
    """It is over, in the middle of a line: nothing is on its way on this connection.

    Why: what goes another way is counted there. Counted twice, a stop waits for it for ever.
    Read: Step 3, "So many bytes have arrived".
    """
    it = sent(FIRST, SECOND, THIRD)
    it.left(14)
    if it.lines:
        pytest.fail(f"it is over, the rest goes another way, and {it.lines} lines are on their way")
    settled, again = it.left(33)
    if settled or again:
        pytest.fail(f"it was over before, and a second time it leaves {settled} lines and {again}")


@step(3)
def test_wherever_it_ends() -> None:
    """Any batches, any end: each line is settled or goes again, and only one may have begun.

    Why: lost is what is neither, and nobody sees that.
    Read: Step 3, "So many bytes have arrived".
    """
    for seed in range(30):
        dice = Random(seed)
        lines = [[b"x" * dice.randrange(4) + b"\n" for _ in range(3)] for _ in range(4)]
        data = b"".join(map(b"".join, lines))
        seen = dice.randrange(len(data))
        for offset in range(seen, len(data) + 1):
            it = sent(*map(b"".join, lines))
            before = it.arrived(seen)
            settled, again = it.left(offset)
            whole = data[:offset].rfind(b"\n") + 1
            if joined(again) != data[whole:]:
                pytest.fail(f"{offset} bytes of {data!r} arrived, and again goes {joined(again)!r}")
            if before + settled != data[:whole].count(b"\n"):
                pytest.fail(f"{offset} bytes of {data!r} arrived, settled: {before} and {settled}")

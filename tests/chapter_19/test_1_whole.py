"""Step 1: whole lines, however they come."""

from random import Random

import pytest

from reverseproxy.lines.cutter import Cutter
from tests.support.steps import step

TEXT = b"rose\n\nthorn\npetal and leaf\nbud\n"
LONGEST = 1000


def after(*pieces: bytes, longest: int = LONGEST) -> Cutter:
    """A cutter that has had these."""
    cutter = Cutter(longest)
    for piece in pieces:
        cutter.cut(piece)
    return cutter


def given(*pieces: bytes, longest: int = LONGEST) -> tuple[list[bytes], int]:
    """What comes of each of these, and of the end; and how many lines were too long."""
    cutter = Cutter(longest)
    found = [*map(cutter.cut, pieces), cutter.end()]
    return found, cutter.take_too_long()


def in_pieces(data: bytes, size: int) -> list[bytes]:
    """It, so many bytes at a time."""
    return [data[at : at + size] for at in range(0, len(data), size)]


@step(1)
def test_whole_lines_come_out_at_once() -> None:
    """Two lines and the beginning of a third: the two. Then the rest of the third: the third.

    Why: what is whole can go its way, and what has only begun cannot.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter = Cutter(LONGEST)
    found = cutter.cut(b"rose\nthorn\npe")
    if found != b"rose\nthorn\n":
        pytest.fail(f"rose and thorn are whole, pe has only begun, and it gave out {found!r}")
    found = cutter.cut(b"tal\n")
    if found != b"petal\n":
        pytest.fail(f"pe has come before, now comes the rest of petal, and it gave out {found!r}")
    found = cutter.cut(b"bud\n")
    if found != b"bud\n":
        pytest.fail(f"all before it was whole, bud is too, and it gave out {found!r}")


@step(1)
def test_what_comes_out_are_bytes() -> None:
    """Lines in two pieces, nothing, and a last line: what is given out cannot change any more.

    Why: it is kept until it has arrived, and may be sent a second time.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter = Cutter(LONGEST)
    for found in (cutter.cut(b"ro"), cutter.cut(b"se\nthorn\npe"), cutter.end()):
        if type(found) is not bytes:
            pytest.fail(f"what comes out is bytes, and this was a {type(found).__name__}")


@step(1)
def test_what_has_begun_waits() -> None:
    """The beginning of a line, in three pieces: nothing comes out, until its end is there.

    Why: half a line is no line, and nobody who gets it can tell.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter = Cutter(LONGEST)
    for piece in (b"r", b"", b"os"):
        found = cutter.cut(piece)
        if found != b"":
            pytest.fail(f"a line has begun, its end is not there, and it gave out {found!r}")
        if not cutter.has_begun:
            pytest.fail("a line has begun, and it does not know of any")
    found = cutter.cut(b"e\nth")
    if found != b"rose\n":
        pytest.fail(f"r, os and the rest of the line have come, and it gave out {found!r}")


@step(1)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 100])
def test_it_does_not_matter_where_it_is_cut(size: int) -> None:
    """A text in pieces of any length: the same text, in whole lines, each as soon as it is whole.

    Why: TCP knows no lines. What was sent at once comes in two, and what was sent in two at once.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter, fed, out = Cutter(LONGEST), b"", b""
    for piece in in_pieces(TEXT, size):
        found = cutter.cut(piece)
        fed, out = fed + piece, out + found
        if found and not found.endswith(b"\n"):
            pytest.fail(f"what comes out ends with the end of a line, and it was {found!r}")
        wanted = fed[: fed.rfind(b"\n") + 1]
        if out != wanted:
            pytest.fail(f"{fed!r} came, {size} bytes at a time: {wanted!r} is whole, not {out!r}")


@step(1)
def test_an_end_of_its_own_is_an_end() -> None:
    """A line, and its newline in the next piece: the line comes out with it.

    Why: it can be cut there as well as anywhere else.
    Read: Step 1, "Whole lines, however they come".
    """
    found, _ = given(b"rose", b"\n", b"\n")
    if found != [b"", b"rose\n", b"\n", b""]:
        pytest.fail(f"rose, a newline, and another newline, one at a time, became {found}")


@step(1)
def test_an_empty_line_is_a_line() -> None:
    """Nothing between two newlines: it comes out as it came.

    Why: what a line means is for others to say. A sum over lines counts it.
    Read: Step 1, "Whole lines, however they come".
    """
    found, _ = given(b"\n\nrose\n\n")
    if found[0] != b"\n\nrose\n\n":
        pytest.fail(f"two empty lines, rose, and an empty line, and what came out is {found[0]!r}")


@step(1)
def test_nothing_else_ends_a_line() -> None:
    """Carriage returns, form feeds, zeros, bytes that are no text: they stay as they are.

    Why: Python knows several ends of a line, and these upstreams know one.
    Read: Step 1, "Whole lines, however they come".
    """
    text = b"a\rb\x0bc\x0cd\x1ce\x85f\x00g\xe2\x80\xa8h\xff \t"
    found, _ = given(text, b"\r\n")
    if found != [b"", text + b"\r\n", b""]:
        pytest.fail(f"{text!r} and then a newline is one line, and what came out is {found}")


@step(1)
def test_the_last_line_gets_its_end() -> None:
    """The stream ends in the middle of a line: the line comes out, with an end.

    Why: the next line, somebody else's, comes right behind it, and would be a part of it.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter = after(b"rose\ntho", b"rn")
    found = cutter.end()
    if found != b"thorn\n":
        pytest.fail(f"the stream ends behind thorn, which gets its end now, and it was {found!r}")
    if cutter.has_begun:
        pytest.fail("the last line was given out, and the cutter still says that one has begun")
    found = cutter.end()
    if found:
        pytest.fail(f"the last line was given out, and then, a second time, {found!r}")


@step(1)
@pytest.mark.parametrize("pieces", [[], [b""], [b"rose\n"], [b"rose", b"\n"]])
def test_no_last_line_is_none(pieces: list[bytes]) -> None:
    """The stream ends behind a newline, or was empty: nothing more.

    Why: an empty line at the end of each client is a line that nobody has sent.
    Read: Step 1, "Whole lines, however they come".
    """
    found = after(*pieces).end()
    if found:
        pytest.fail(f"nothing has begun when the stream ends, and what came out is {found!r}")


@step(1)
def test_a_line_may_be_so_long() -> None:
    """With its end, a line has as many bytes as it may have, or one more: the first one comes out.

    Why: a limit that is wrong by one is found by somebody whose lines have that length.
    Read: Step 1, "Whole lines, however they come".
    """
    for size in (1, 3, 8):
        found, too_long = given(*in_pieces(b"1234567\n", size), longest=8)
        if (b"".join(found), too_long) != (b"1234567\n", 0):
            pytest.fail(
                f"a line of 8 bytes, of which 8 are allowed, {size} bytes at a time: "
                f"{b''.join(found)!r} came out, too long: {too_long}"
            )
        found, too_long = given(*in_pieces(b"12345678\n", size), longest=8)
        if (b"".join(found), too_long) != (b"", 1):
            pytest.fail(
                f"a line of 9 bytes, of which 8 are allowed, {size} bytes at a time: "
                f"{b''.join(found)!r} came out, too long: {too_long}"
            )
    for line, wanted in ((b"1234567", (b"1234567\n", 0)), (b"12345678", (b"", 1))):
        found, too_long = given(line, longest=8)
        if (b"".join(found), too_long) != wanted:
            pytest.fail(
                f"{len(line)} bytes, and the stream ends, of 8 with the newline: out came {found}, "
                f"too long: {too_long}"
            )


@step(1)
@pytest.mark.parametrize("size", [1, 4, 9, 15, 100])
def test_a_line_that_is_too_long_harms_no_other(size: int) -> None:
    """Between two lines is one that is too long: the two come out, and one is counted.

    Why: somebody's wrong line is no reason to lose somebody's right one.
    Read: Step 1, "Whole lines, however they come".
    """
    found, too_long = given(*in_pieces(b"rose\nthorn-" + b"x" * 40 + b"\nbud\n", size), longest=8)
    if b"".join(found) != b"rose\nbud\n":
        pytest.fail(
            f"rose, a line that is too long, bud, {size} bytes at a time: two of the lines are to "
            f"come out, and it was {b''.join(found)!r}"
        )
    if too_long != 1:
        pytest.fail(f"one line was too long, {size} bytes came at a time: counted are {too_long}")


@step(1)
def test_the_rest_of_a_long_line_is_no_line() -> None:
    """Too long already, and more of it comes, in pieces, and then its end: nothing, up to there.

    Why: a line cut at the front is one that nobody has sent, and looks like any other.
    Read: Step 1, "Whole lines, however they come".
    """
    found, _ = given(b"x" * 20, b"rest", b"more", b"end\n", b"bud\n", longest=8)
    if found != [b"", b"", b"", b"", b"bud\n", b""]:
        pytest.fail(f"20 bytes of 8 are too long, up to the end, then comes bud: {found} came out")


@step(1)
def test_behind_a_long_line_another_begins() -> None:
    """The end of a long line, a line, and the beginning of another, in one piece: both come out.

    Why: where one line ends the next one begins, in the same piece or in another.
    Read: Step 1, "Whole lines, however they come".
    """
    found, too_long = given(b"x" * 20, b"end\nrose\nbu", b"d\n", longest=8)
    if found != [b"", b"rose\n", b"bud\n", b""] or too_long != 1:
        pytest.fail(f"it ends in one piece with rose and bu: {found} came out, too long {too_long}")


@step(1)
def test_the_newline_of_a_long_line_is_no_line() -> None:
    """All of a long line but its newline came before, and now that: it is no empty line.

    Why: nobody has sent an empty line there.
    Read: Step 1, "Whole lines, however they come".
    """
    found, _ = given(b"x" * 20, b"\nrose\n", longest=8)
    if found != [b"", b"rose\n", b""]:
        pytest.fail(f"only the newline of a long line was left, and then rose: {found} came out")


@step(1)
def test_two_long_lines_are_two() -> None:
    """One behind the other, each too long, in one piece or in several: two are counted.

    Why: the sum over all lines has to come out even.
    Read: Step 1, "Whole lines, however they come".
    """
    data = b"x" * 20 + b"\n" + b"y" * 30 + b"\n" + b"z" * 40
    for size in (1, 7, 21, 100):
        found, too_long = given(*in_pieces(data, size), longest=8)
        if out := b"".join(found):
            pytest.fail(f"three lines that are too long, {size} bytes at a time: {out!r} came out")
        if too_long != 3:
            pytest.fail(f"three lines are too long, {size} bytes at a time: counted {too_long}")


@step(1)
def test_a_line_without_an_end_is_not_kept() -> None:
    """Bytes come and come, and no newline: it is counted before it ends, and nothing is kept.

    Why: whoever sends zeros for an hour would have all of your memory.
    Read: Step 1, "Whole lines, however they come".
    """
    cutter = after(*[b"x" * 100] * 50)
    too_long = cutter.take_too_long()
    if too_long != 1:
        pytest.fail(f"5000 bytes of 1000 and no newline: one is too long already, not {too_long}")
    if cutter.has_begun:
        pytest.fail("5000 bytes of a line that may have 1000, and the cutter still keeps some")
    found = cutter.end()
    if found or cutter.take_too_long():
        pytest.fail(f"the stream ends in a line that was left out, and what came out is {found!r}")


@step(1)
def test_many_lines_may_be_longer_than_one() -> None:
    """A piece of a hundred short lines is longer than a line may be: all of them come out.

    Why: the limit is one of lines, and a piece has many.
    Read: Step 1, "Whole lines, however they come".
    """
    data = b"petal\n" * 100
    found, too_long = given(data[:303], data[303:], longest=8)
    if b"".join(found) != data or too_long:
        pytest.fail(
            f"a hundred lines of 6 bytes, each may have 8: {b''.join(found).count(b'petal')} came "
            f"out, and too long were {too_long}"
        )


@step(1)
def test_any_text_in_any_pieces() -> None:
    """A hundred texts, cut anywhere, some with lines that are too long: what is not comes out.

    Why: where a stream is cut, only the network knows.
    Read: Step 1, "Whole lines, however they come".
    """
    for seed in range(100):
        dice = Random(seed)
        lines = [b"x" * dice.choice((0, 1, 5, 6, 7, 8, 9, 30)) for _ in range(20)]
        data, pieces = b"\n".join(lines), []
        while data:
            size = dice.randrange(1, 20)
            pieces.append(data[:size])
            data = data[size:]
        found, too_long = given(*pieces, longest=8)
        short = [line for line in lines[:-1] if len(line) < 8] + [lines[-1]] * (
            0 < len(lines[-1]) < 8
        )
        wanted = b"".join(line + b"\n" for line in short)
        if b"".join(found) != wanted:
            pytest.fail(f"text {seed}, with lines of up to 7 and too long ones, in {pieces}")
        if too_long != sum(len(line) > 7 for line in lines):
            pytest.fail(f"text {seed}: {too_long} lines counted as too long, in {pieces}")

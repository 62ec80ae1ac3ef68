"""Step 1: the upstream's own word."""

import pytest

from reverseproxy.errors import UpstreamError
from reverseproxy.lines.acknowledged import number
from tests.chapter_20.owing import Given, lines, served, turns, until
from tests.support.steps import step

NONSENSE = (
    b"",
    b"ACK",
    b"ACK ",
    b"ACK x",
    b"ACK -1",
    b"ACK +1",
    b"ACK  1",
    b"ACK\t1",
    b"ACK 1 ",
    b"ACK 1\n",
    b"ACK 1 2",
    b"ACK 1_0",
    b"ACK 1.0",
    b"ACK 0x1",
    b"ACK \xd9\xa1",
    b"ACK \xff",
    b"ACK 1\r\r",
    b"ACK 1\rACK 2",
    b" ACK 1",
    b"ack 1",
    b"NAK 1",
    b"NACK 1",
    b"1",
    b"HTTP/1.1 400 Bad Request",
)


def read(line: bytes) -> str:
    """What becomes of it: "was read as 250", "was refused" or "raised" something else."""
    try:
        return f"was read as {number(line)}"
    except UpstreamError:
        return "was refused"
    except Exception as error:  # noqa: BLE001 - that is the question
        return f"raised {error!r}"


def say(given: Given, count: int) -> str:
    """What becomes of an ACK with that number: it "was taken", "was refused" or "raised" that."""
    try:
        given.flight.acknowledge(count)
    except UpstreamError:
        return "was refused"
    except Exception as error:  # noqa: BLE001 - that is the question
        return f"raised {error!r}"
    return "was taken"


def complaint(given: Given, count: int) -> str:
    """What the error says that an ACK with that number raises."""
    try:
        given.flight.acknowledge(count)
    except UpstreamError as error:
        return str(error)
    return "nothing, for there is none"


@step(1)
def test_the_number_is_read() -> None:
    """b"ACK 250" is 250, and b"ACK 250\\r" is as well; up to 18 digits are a number.

    Why: it is all that an upstream has to say. Whoever writes CRLF has no other meaning.
    Read: Step 1, "The upstream's own word".
    """
    most = 999_999_999_999_999_999
    for line, count in ((b"ACK 0", 0), (b"ACK 1", 1), (b"ACK 250", 250), (b"ACK %d" % most, most)):
        for end in (b"", b"\r"):
            if (what := read(line + end)) != f"was read as {count}":
                pytest.fail(f"{line + end!r} says {count}, and it {what}")


@step(1)
def test_nothing_else_is_a_number() -> None:
    """Another word, another sign, another space, a sign before or behind it: ResponseBroken.

    Why: an upstream that means something else has not said that your lines are safe.
    Read: Step 1, "The upstream's own word".
    """
    for line in NONSENSE:
        if (what := read(line)) != "was refused":
            pytest.fail(f"{line!r} is nothing that was agreed on, and it {what}")


@step(1)
def test_the_error_says_what_it_was() -> None:
    """b"OK": "it says b'OK', and not ACK with a number" is what is raised.

    Why: whoever reads that in the log sees what is at the other end of the connection.
    Read: Step 1, "The upstream's own word".
    """
    try:
        number(b"OK")
    except UpstreamError as error:
        if str(error) != "it says b'OK', and not ACK with a number":
            pytest.fail(f"an upstream says OK, and the error says: {error}")
    else:
        pytest.fail("an upstream says OK, and there is no error")


@step(1)
def test_a_number_has_an_end() -> None:
    """19 digits, or 60: ResponseBroken.

    Why: nobody has sent you so many lines. Who counts wrongly is told so, before it is counted on.
    Read: Step 1, "The upstream's own word".
    """
    for digits in (19, 60, 5000):
        if (what := read(b"ACK " + b"1" * digits)) != "was refused":
            pytest.fail(f"a number of {digits} digits {what[:60]}")


@step(1)
def test_a_number_counts_from_the_first_line() -> None:
    """Of 6 lines, ACK 1, ACK 3, ACK 6: that is 1 new one, then 2, then 3.

    Why: a number that says all that the ones before it did can be lost, and nothing is.
    Read: Step 1, "The upstream's own word".
    """
    given, before = Given(6), 0
    for count in (1, 3, 6):
        if (what := say(given, count)) != "was taken":
            pytest.fail(f"of 6 lines, {before} are acknowledged, and ACK {count} {what}")
        flight, new = given.flight, given.flight.settle()
        if new != count - before:
            pytest.fail(f"after ACK {before} came ACK {count}, and {new} lines are new")
        if flight.lines != 6 - count:
            pytest.fail(f"6 lines, ACK {count}: {flight.lines} lines are on their way, it says")
        if flight.progress != count:
            pytest.fail(f"6 lines, ACK {count}: its progress is {flight.progress}")
        before = count


@step(1)
def test_what_is_new_adds_up() -> None:
    """ACK 1, ACK 3 and then settle(): 3 lines are new, and by the next one none.

    Why: several answers can come at once, and each line goes into the ledger once.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(2, 4)
    for count in (1, 3):
        say(given, count)
    if (new := given.flight.settle()) != 3:
        pytest.fail(f"ACK 1 and ACK 3 came, and then settle() tells of {new} new lines")
    if new := given.flight.settle():
        pytest.fail(f"settle() has told of all lines, and tells of {new} more")


@step(1)
def test_a_number_may_come_again() -> None:
    """ACK 0 before anything else, and ACK 3 twice: nothing is wrong, and nothing is new.

    Why: who answers once a second says the same when nothing has come. That is no fault.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(6)
    for count, new in ((0, 0), (3, 3), (3, 0)):
        if (what := say(given, count)) != "was taken":
            pytest.fail(f"ACK {count} says nothing new, and nothing wrong, and it {what}")
        if (told := given.flight.settle()) != new:
            pytest.fail(f"ACK {count} says that {new} more lines are safe, and {told} are counted")


@step(1)
def test_no_word_is_taken_back() -> None:
    """ACK 2 after ACK 3: ResponseBroken, and all is as it was.

    Why: what was safe is gone from here. An upstream that denies it has lost count, or lines.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(2, 4)
    say(given, 3)
    for count in (2, 0):
        if (what := say(given, count)) != "was refused":
            pytest.fail(f"ACK 3 came, and then ACK {count}, which {what}")
    if (given.flight.progress, given.flight.lines, given.flight.settle()) != (3, 3, 3):
        pytest.fail("ACK 2 after ACK 3 was refused, and has changed what is counted")


@step(1)
def test_nobody_has_more_than_there_is() -> None:
    """Of 6 lines, ACK 6 is right, whatever was before, and ACK 7 is not: ResponseBroken.

    Why: it counts something else than you do, and then none of its numbers means your lines.
    Read: Step 1, "The upstream's own word".
    """
    for before in (0, 2, 4):
        given = Given(2, 4)
        say(given, before)
        for count in (7, 6_000_000):
            if (what := say(given, count)) != "was refused":
                pytest.fail(f"6 lines, ACK {before}, then ACK {count}, which {what}")
        if (given.flight.progress, given.flight.lines) != (before, 6 - before):
            pytest.fail(f"6 lines, ACK {before}, ACK 7: that was refused, and counted in part")
        if (what := say(given, 6)) != "was taken":
            pytest.fail(f"6 lines, ACK {before}, then ACK 6, which is all of them, {what}")


@step(1)
def test_the_error_says_how_far_it_was() -> None:
    """6 lines, ACK 4, then ACK 7 or ACK 2: "it says ACK 7, after 4 of 6 lines" is what is raised.

    Why: that is what the log has of an upstream that counts wrongly, and all that helps to see why.
    Read: Step 1, "The upstream's own word".
    """
    for count in (7, 2):
        given = Given(3, 3)
        say(given, 4)
        if f"ACK {count}, after 4 of 6 lines" not in (error := complaint(given, count)):
            pytest.fail(f"6 lines, ACK 4, then ACK {count}, and the error says: {error}")


@step(1)
def test_a_batch_is_settled_with_its_last_line() -> None:
    """Batches of 2, 3 and 1 lines: each is settled once, in order, and none before all of it is.

    Why: somebody may have to be told that these lines are safe, and not one line too early.
    Read: Step 1, "The upstream's own word".
    """
    for numbers in ((1, 2, 3, 4, 5, 6), (2, 5, 6), (4, 6), (3, 3, 5), (6,), (5, 6)):
        given, said = Given(2, 3, 1), []
        for count in numbers:
            say(given, count)
            said.append(f"ACK {count}")
            wanted = [batch for batch, last in ((1, 2), (2, 5), (3, 6)) if last <= count]
            if given.settled != wanted:
                pytest.fail(
                    f"{given}. After {', '.join(said)}, the batches that are settled "
                    f"should be {wanted}, and they are {given.settled}"
                )


@step(1)
def test_a_later_batch_counts_from_there() -> None:
    """2 lines, ACK 2, then 3 more lines: ACK 5 is all of them, and ACK 4 is not.

    Why: numbers never begin again as long as the connection stands.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(2)
    say(given, 2)
    given.add(2, 3)
    for count, settled in ((4, [1]), (5, [1, 2])):
        if (what := say(given, count)) != "was taken":
            pytest.fail(f"2 lines, ACK 2, 3 lines more, and ACK {count} {what}")
        if given.settled != settled:
            pytest.fail(f"2 lines, ACK 2, 3 lines more, ACK {count}: settled is {given.settled}")


@step(1)
def test_there_is_room_for_less_than_a_window() -> None:
    """Batches of 21 bytes: there is room at 0, 21 and 42, and none at 63, for a window of 63 or 50.

    Why: an upstream that takes everything and answers nothing must not have all your memory.
    Read: Step 1, "The upstream's own word".
    """
    for window in (63, 50):
        given = Given(window=window)
        for there in (0, 21, 42, 63):
            has_room = given.flight.has_room
            if has_room != (there < window):
                pytest.fail(f"{there} bytes of {window} are on their way: has_room is {has_room}")
            given.add(1, 3)  # three lines of 7 bytes


@step(1)
def test_a_batch_counts_until_its_last_line() -> None:
    """Three batches of 21 bytes, a window of 60, ACK 1 or ACK 2: no room. ACK 3: there is.

    Why: you keep a batch as a whole, and the window says how much you keep.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(3, 3, 3, window=60)
    for count in (0, 1, 2, 3):
        say(given, count)
        if given.flight.has_room != (count == 3):
            pytest.fail(f"3 batches of 3 lines, ACK {count}: has_room is {count != 3}")


@step(1)
def test_a_window_may_be_smaller_than_a_batch() -> None:
    """A window of 1 byte: one batch goes, and the next one when all of it is acknowledged.

    Why: a batch has up to 16 KiB, and a long line is one of its own. Each has to go some time.
    Read: Step 1, "The upstream's own word".
    """
    given = Given(window=1)
    for first in (1, 4, 7):
        if not given.flight.has_room:
            pytest.fail(f"all before line {first} is acknowledged, and nothing more may ever go")
        given.add(first, 3)
        for count in (first, first + 1):
            say(given, count)
            if given.flight.has_room:
                pytest.fail(f"some of 3 lines are acknowledged (ACK {count}): the window is open")
        say(given, first + 2)


@step(1)
async def test_a_line_is_delivered_when_the_upstream_says_so() -> None:
    """5 lines, and the upstream has read them: none is delivered. It says ACK 2, and ACK 5.

    Why: to have read a line is not to have kept it.
    Read: Step 1, "The upstream's own word".
    """
    async with served() as it:
        upstream, ledger = it.upstreams[0], it.proxy.ledger
        with it.client() as client:
            client.send(lines(1, 5))
            await until(lambda: len(upstream.lines) == 5, "5 lines do not come to the upstream")
            await turns()
            if ledger.delivered:
                pytest.fail(f"nothing is acknowledged, and {ledger.delivered} lines are delivered")
            connection = next(each for each in upstream.connections if each.lines)
            for piece, count in ((b"AC", 0), (b"K 2\nACK ", 2), (b"4\r\nACK 5\n", 5)):
                connection.say(piece)
                why = f"the upstream has said {piece!r}, after that {count} lines are delivered"
                await it.delivers(count, why)
                await turns()
                if ledger.delivered != count:
                    pytest.fail(f"{why}, and {ledger.delivered} are counted")

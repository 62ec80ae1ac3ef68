"""Step 3: what a client is owed."""

import socket

import pytest

from reverseproxy.lines.owed import Owed
from tests.chapter_20.owing import hears, lines, served, turns, until, visit
from tests.support.steps import step

LONG = b"x" * 30 + b"\n"
"""A line that is too long for a visit."""


class Told:
    """What a client is owed, and the numbers that it could be told, one by one."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.owed = Owed(lambda: self.numbers.append(self.owed.safe))


@step(3)
def test_lines_become_safe_one_after_another() -> None:
    """3 lines, then 2: safe are 0, then 3, then 5; at each new number somebody is told.

    Why: a client may forget what it has sent when you say so, and not before.
    Read: Step 3, "What a client is owed".
    """
    told = Told()
    first, second = told.owed.add(3), told.owed.add(2)
    if told.owed.safe or told.numbers:
        pytest.fail(f"nothing has become safe yet, and {told.owed.safe} lines are counted")
    for call, count in ((first, 3), (second, 5)):
        call()
        if told.owed.safe != count:
            pytest.fail(
                f"3 lines and 2, one after another: {count} should be safe, "
                f"and {told.owed.safe} are"
            )
    if told.numbers != [3, 5]:
        pytest.fail(f"the new numbers are 3 and 5, and told were {told.numbers}")


@step(3)
def test_a_number_never_counts_a_line_that_is_not_safe() -> None:
    """3 lines, 2 and 4: the last are safe first, then the second: 0. With the first ones: 9.

    Why: each goes another way. "The first 4" would be said of lines that may still be lost.
    Read: Step 3, "What a client is owed".
    """
    told = Told()
    first, second, third = (told.owed.add(count) for count in (3, 2, 4))
    for call, which in ((third, "third"), (second, "second")):
        call()
        if told.owed.safe:
            pytest.fail(f"the {which} part is safe, the first is not: {told.owed.safe} are counted")
        if told.numbers:
            pytest.fail(f"the {which} part is safe, the first is not, and somebody is told of it")
    first()
    if told.owed.safe != 9:
        pytest.fail(f"all three parts are safe, with 9 lines, and {told.owed.safe} are counted")
    if told.numbers != [9]:
        pytest.fail(f"all 9 lines have become safe at once, and told were {told.numbers}")


@step(3)
def test_each_part_is_its_own() -> None:
    """Parts of the same length become safe in every order: each call is for one of them.

    Why: whoever calls has lines of its own in mind.
    Read: Step 3, "What a client is owed".
    """
    told = Told()
    calls = [told.owed.add(2) for _ in range(4)]
    for at, count in ((1, 0), (0, 4), (3, 4), (2, 8)):
        calls[at]()
        if told.owed.safe != count:
            pytest.fail(
                f"4 parts of 2 lines become safe, the 2nd, 1st, 4th and 3rd: with number {at + 1}, "
                f"{count} lines should be, and {told.owed.safe} are"
            )


@step(3)
def test_nothing_is_owed_when_all_is_safe() -> None:
    """bool(owed): nothing yet, two parts, the second is safe, both are, one more.

    Why: a client waits for as long as something is owed, and is let go after that.
    Read: Step 3, "What a client is owed".
    """
    owed = Told().owed
    seen = [bool(owed)]
    first, second = owed.add(3), owed.add(2)
    for call in (second, first):
        seen.append(bool(owed))
        call()
    seen.append(bool(owed))
    last = owed.add(1)
    seen.append(bool(owed))
    last()
    seen.append(bool(owed))
    if seen != [False, True, True, False, True, False]:
        pytest.fail(f"is something owed? That is said to be {seen}, from the start to the end")


@step(3)
async def test_who_goes_on_sending_stays() -> None:
    """All that it has sent is safe, and it was told: the connection stays for what comes next.

    Why: nothing is owed in between, again and again. Only the client knows when it has ended.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        for count in (1, 2):
            it.says(b"line\n")()
            await it.hears(b"ACK %d\n" % count, f"all its lines are safe ({count}), more may come")


@step(3)
async def test_who_has_ended_waits_for_the_rest() -> None:
    """Two lines, and an end: it stays until both are safe, hears ACK 2, and then an end.

    Why: a client that hears an end too early must send it all again, and it would be there twice.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        first, second = it.says(b"one\n"), it.says(b"two\n")
        it.ends()
        await it.hears(b"", "it has ended, and none of two lines is safe")
        first()
        await it.hears(b"ACK 1\n", "it has ended, and one of two lines is safe")
        second()
        await it.hears(b"ACK 2\n(an end)", "it has ended, and both lines are safe")
        if not it.is_gone:
            pytest.fail("nothing is left to do for it, and it is not counted as gone")


@step(3)
async def test_who_sends_nothing_is_let_go() -> None:
    """A client that ends without a line, and one that has heard of all its lines: an end.

    Why: nobody would come back to it.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        it.ends()
        await it.hears(b"(an end)", "it has ended without a line")
    with visit() as it:
        it.says(b"one\n")()
        await it.hears(b"ACK 1\n", "its only line is safe")
        it.ends()
        await it.hears(b"(an end)", "it knows that its only line is safe, and has ended")


@step(3)
async def test_what_is_going_to_be_told_is_told() -> None:
    """Its last line becomes safe, and in the same moment it ends: ACK 1, and then an end.

    Why: a number is told when all that happens now has happened. That is later than now.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        settled = it.says(b"one\n")
        settled()
        it.ends()
        await it.hears(b"ACK 1\n(an end)", "its line was safe in the moment when it ended")


@step(3)
async def test_who_does_not_listen_has_time() -> None:
    """There is room for half of ACK 1 when its turn comes, and the client ends: it hears the rest.

    Why: the number is all that it waits for. It may be busy with something else.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        settled = it.says(b"one\n")
        it.near.room = 3
        settled()
        await it.hears(b"ACK", "its line is safe, and there is room for 3 bytes")
        it.ends()
        await turns()
        if it.is_gone:
            pytest.fail("there was no room to tell it of its line, and it was let go")
        it.listens()
        await it.hears(b" 1\n(an end)", "there was no room to tell it of its line, and now is")


@step(3)
async def test_a_line_that_is_too_long_is_settled() -> None:
    """A short line, a long one, a short one: the long one is safe when the first one is.

    Why: it is lost, and the ledger says so. A client that sends it again will lose it again.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        first = it.says(b"one\n")
        it.says(LONG)
        await it.hears(b"", "its second line is too long, its first one is not safe yet")
        third = it.says(b"three\n")
        first()
        await it.hears(b"ACK 2\n", "its first line is safe, and the second too long for ever")
        third()
        await it.hears(b"ACK 3\n", "the line behind one that was too long is safe")
        counts = (it.ledger.accepted, it.ledger.delivered, it.ledger.dropped["too long"])
        if counts != (3, 0, 1):
            pytest.fail(f"3 lines came, and one of them was too long: {it.ledger}")


@step(3)
async def test_lines_that_are_too_long_are_told_of() -> None:
    """Two lines that are too long, in one piece, and an end: ACK 2, and then an end.

    Why: a client that waits for an answer to its last line would wait for ever.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        it.says(LONG + LONG)
        await it.hears(b"ACK 2\n", "its two lines are too long, and there are no others")
        it.ends()
        await it.hears(b"(an end)", "it knows about its long lines, and has ended")


@step(3)
async def test_half_a_line_is_in_the_ledger() -> None:
    """A line, and half of one that does not go on: accepted are 2 lines, one of them dropped.

    Why: the ledger is about all that has come, for whatever reason it is given up.
    Read: Step 3, "What a client is owed".
    """
    with visit() as it:
        it.says(b"one\ntw")
        it.client.cut_off()
        if it.ledger.accepted != 2 or it.ledger.dropped != {"unfinished": 1}:
            pytest.fail(
                f"half a line was left when its connection ended, and the ledger has "
                f"dropped={it.ledger.dropped}, accepted={it.ledger.accepted}"
            )


@step(3)
async def test_a_client_hears_what_upstreams_say() -> None:
    """3 lines and an end; then the upstream says ACK 3: the client hears ACK 3, and an end.

    Why: so a client is told what is safe, and not what has come as far as here.
    Read: Step 3, "What a client is owed".
    """
    async with served(acknowledge=True) as it:
        upstream = it.upstreams[0]
        with it.client() as client:
            client.send(lines(1, 2) + b"line 3")
            client.shutdown(socket.SHUT_WR)
            await until(lambda: len(upstream.lines) == 3, "3 lines do not come to the upstream")
            await hears(client, b"", "3 lines are with the upstream, which has said nothing")
            for each in upstream.open:
                each.say(b"ACK %d\n" % len(each.lines))
            await it.delivers(3, "the upstream has said ACK 3")
            await hears(client, b"ACK 3\n(an end)", "the upstream has said ACK 3")

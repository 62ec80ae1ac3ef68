"""Step 2: once more, from the first that is missing."""

import random

import pytest

from reverseproxy.lines.flight import Ending
from tests.chapter_20.owing import Given, lines, served, until
from tests.support.steps import step


def ended(given: Given, *, is_broken: bool = True) -> Ending:
    """What is left when the connection is over."""
    return given.flight.end(is_broken=is_broken)


def again(ending: Ending) -> bytes:
    """All that goes again."""
    return b"".join(batch.data for batch in ending.again)


@step(2)
@pytest.mark.parametrize("is_broken", [True, False], ids=["broken", "in good order"])
def test_what_nobody_has_acknowledged_goes_again(is_broken: bool) -> None:
    """Batches of 2, 3 and 1 lines, and no word: all of them, as they are, in their order.

    Why: an end in good order says that it has read them. It does not say that it has kept them.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given = Given(2, 3, 1)
    ending = ended(given, is_broken=is_broken)
    if again(ending) != lines(1, 6):
        pytest.fail(f"no line of 6 is acknowledged, and what goes again is {again(ending)!r}")
    if [batch.lines for batch in ending.again] != [2, 3, 1]:
        counts = [batch.lines for batch in ending.again]
        pytest.fail(f"{given}, none is acknowledged, and those that go again have {counts}")


@step(2)
def test_what_is_acknowledged_does_not_go_again() -> None:
    """Batches of 2, 3 and 1 lines, and ACK n: all lines from number n + 1 on.

    Why: one that goes again without need is there twice without need.
    Read: Step 2, "Once more, from the first that is missing".
    """
    for count in range(7):
        given = Given(2, 3, 1)
        given.flight.acknowledge(count)
        ending = ended(given)
        if again(ending) != lines(count + 1, 6):
            pytest.fail(f"{given}, ACK {count}, and what goes again is {again(ending)!r}")
        for batch in ending.again:
            if batch.lines != batch.data.count(b"\n"):
                pytest.fail(f"ACK {count}: {batch.data!r} is said to have {batch.lines} lines")
        if not all(batch.lines for batch in ending.again):
            pytest.fail(f"ACK {count}: a batch without lines goes again")


@step(2)
def test_each_answer_counts_once() -> None:
    """ACK 1, ACK 3 and ACK 4 one by one: as ACK 4 alone.

    Why: how far it is in a batch is another number than how far it is in all.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given = Given(2, 3, 1)
    for count in (1, 3, 4):
        given.flight.acknowledge(count)
    if (left := again(ended(given))) != lines(5, 6):
        pytest.fail(f"{given}, ACK 1, 3 and 4 came, and what goes again is {left!r}")


@step(2)
def test_what_was_said_last_counts() -> None:
    """ACK 2, settle(), ACK 5, and the end: Ending.delivered is 3, and a settle() after it says 0.

    Why: a number may come just before the end. It is in the ledger once, and not twice.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given = Given(2, 4)
    given.flight.acknowledge(2)
    given.flight.settle()
    given.flight.acknowledge(5)
    ending = ended(given)
    if ending.delivered != 3:
        pytest.fail(
            f"2 lines are in the ledger, ACK 5 came, and the end tells of {ending.delivered} more"
        )
    if new := given.flight.settle():
        pytest.fail(f"the end has told of all that is delivered, and settle() tells of {new} more")


@step(2)
@pytest.mark.parametrize("is_broken", [True, False], ids=["broken", "in good order"])
def test_nothing_is_in_doubt(is_broken: bool) -> None:
    """6 lines, ACK 4, and an end of any kind: no line is unconfirmed, and none is on its way.

    Why: the upstream has said what it has. About all others you can do something.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given = Given(2, 4)
    given.flight.acknowledge(4)
    ending = ended(given, is_broken=is_broken)
    if ending.doubtful:
        pytest.fail(f"4 of 6 lines are acknowledged, 2 go again, {ending.doubtful} are in doubt")
    if given.flight.lines:
        pytest.fail(f"the connection is over, and {given.flight.lines} lines are on their way")


@step(2)
def test_nothing_is_kept_after_the_end() -> None:
    """Batches of 2, 3 and 1 lines, ACK 3, and the end: then `_batches` is empty.

    Why: these lines go elsewhere now. Here they would only fill your memory.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given = Given(2, 3, 1)
    given.flight.acknowledge(3)
    ended(given)
    if left := given.flight._batches:
        pytest.fail(
            f"the connection is over, all that is left was given back, and {len(left)} "
            "batches are kept"
        )


@step(2)
def test_somebody_waits_for_the_rest() -> None:
    """Batches of 2 and 4 lines, ACK 3, the end; elsewhere, ACK 3: then batch 2 is settled.

    Why: whoever is to be told that these lines are safe, is told when the last of them is.
    Read: Step 2, "Once more, from the first that is missing".
    """
    given, other = Given(2, 4), Given()
    given.flight.acknowledge(3)
    ending = ended(given)
    if given.settled != [1]:
        pytest.fail(f"{given}, ACK 3, the end: settled are the batches {given.settled}")
    for batch in ending.again:
        other.flight.add(batch)
    other.flight.acknowledge(2)
    if given.settled != [1]:
        pytest.fail("3 lines were sent elsewhere, 2 of them are acknowledged: it says all are")
    other.flight.acknowledge(3)
    if given.settled != [1, 2]:
        pytest.fail("all of it has been acknowledged in the end, and nobody was told")


@step(2)
def test_every_line_is_somewhere() -> None:
    """Any batches, any answers: what is delivered and what goes again are all lines, once.

    Why: a line that is in neither is lost, and nobody knows.
    Read: Step 2, "Once more, from the first that is missing".
    """
    dice = random.Random(20)
    for _ in range(200):
        sizes = [dice.randint(1, 5) for _ in range(dice.randint(1, 6))]
        given, delivered, count = Given(*sizes), 0, 0
        for _ in range(dice.randint(0, 5)):
            count = dice.randint(count, sum(sizes))
            given.flight.acknowledge(count)
            delivered += given.flight.settle() if dice.random() < 0.5 else 0
        ending = ended(given)
        delivered += ending.delivered
        if delivered != count:
            pytest.fail(f"{given}, the last was ACK {count}, and {delivered} are delivered")
        if again(ending) != lines(count + 1, sum(sizes)):
            pytest.fail(f"{given}, ACK {count}, and then {again(ending)!r} is what goes again")


@step(2)
@pytest.mark.parametrize("is_reset", [True, False], ids=["a reset", "an end"])
async def test_another_upstream_gets_the_rest(is_reset: bool) -> None:
    """An upstream takes 5 lines, says ACK 2, and is gone: lines 3 to 5 come to the other one.

    Why: this is what it is all for.
    Read: Step 2, "Once more, from the first that is missing".
    """
    async with served(2, connections=1) as it:
        with it.client() as client:
            client.send(lines(1, 5))
            await until(
                lambda: any(len(each.lines) == 5 for each in it.upstreams),
                "5 lines do not come to an upstream",
            )
            first, second = sorted(it.upstreams, key=lambda each: -len(each.lines))
            first.open[0].say(b"ACK 2\n")
            await it.delivers(2, "ACK 2 came")
            first.kill(reset=is_reset)
            await until(
                lambda: len(second.lines) >= 3, f"3 lines are missing, and {second.lines} came"
            )
            got = b"".join(line + b"\n" for line in second.lines)
            if got != lines(3, 5):
                pytest.fail(f"lines 3 to 5 are missing, and the other upstream got {got!r}")
            second.open[0].say(b"ACK 3\n")
            await it.delivers(5, "all 5 lines were acknowledged in the end")
            if it.proxy.ledger.unconfirmed:
                pytest.fail("5 lines are delivered, and some are unconfirmed as well")

"""Step 2: one queue for all."""

import pytest

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.queue import Queue
from tests.support.steps import step


def batch(name: str) -> Batch:
    """One with a line of that name, and another line."""
    return Batch.of(f"{name}\n.\n".encode())


def batches(names: str) -> list[Batch]:
    """One for each letter."""
    return [batch(name) for name in names]


def name_of(each: Batch | None) -> str:
    """What it was made with; "nothing" for None."""
    return each.data.split(b"\n")[0].decode() if each else "nothing"


class Asking:
    """Whoever has nothing to do before there is a batch, or room: takes one when called."""

    def __init__(self, queue: Queue, *, takes: bool = True) -> None:
        self.queue, self.takes = queue, takes
        self.calls = 0
        self.got: list[str] = []

    def call(self) -> None:
        """There is something."""
        self.calls += 1
        if self.takes:
            self.take()

    def take(self) -> str:
        """Takes one, or waits for one: what that was."""
        found = name_of(self.queue.take(self.call))
        self.got.append(found)
        return found


def filled(names: str, size: int = 4) -> Queue:
    """A queue with those in it."""
    queue = Queue(size)
    for each in batches(names):
        queue.put(each)
    return queue


def all_of(queue: Queue) -> str:
    """The names of all that wait."""
    found = ""
    while queue.lines:
        found += name_of(queue.take(lambda: None))
    return found


@step(2)
def test_the_oldest_comes_first() -> None:
    """Three batches come, one after another, and are taken in that order; then there is none.

    Why: nobody should wait longer than all others, only because others come.
    Read: Step 2, "One queue for all".
    """
    queue = filled("abc")
    order = [name_of(queue.take(lambda: None)) for _ in range(4)]
    if order != ["a", "b", "c", "nothing"]:
        pytest.fail(f"a, b and c were brought, in that order, and what was taken is {order}")


@step(2)
def test_who_finds_nothing_is_called() -> None:
    """There is nothing: None. When there is something, the call comes, and once.

    Why: asking again and again costs time, and so does a connection that nobody calls.
    Read: Step 2, "One queue for all".
    """
    queue = Queue(4)
    asking = Asking(queue, takes=False)
    found = asking.take()
    if found != "nothing" or asking.calls:
        pytest.fail(f"nothing is there: it was given {found}, and called {asking.calls} times")
    queue.put(batch("a"))
    if not asking.calls:
        pytest.fail("it found nothing and waits, a batch is brought, and it was not called")
    queue.put(batch("b"))
    if asking.calls > 1:
        pytest.fail("it was called, and did not ask again, and it was called a second time")


@step(2)
def test_who_finds_something_does_not_wait() -> None:
    """Something is there, and is taken: when more comes, nobody is called.

    Why: who is called twice for one batch takes two, and others none.
    Read: Step 2, "One queue for all".
    """
    queue = filled("a")
    asking = Asking(queue, takes=False)
    asking.take()
    queue.put(batch("b"))
    if asking.calls:
        pytest.fail("it was given a batch, did not ask for another one, and was called for b")


@step(2)
def test_who_has_waited_longer_is_called_first() -> None:
    """Three wait, and three batches come: the first gets the first. Who asks again is the last.

    Why: otherwise one connection has all the work, and the others are quiet.
    Read: Step 2, "One queue for all".
    """
    queue = Queue(4)
    waiting = [Asking(queue) for _ in range(3)]
    for each in waiting:
        each.take()
    for name in "abc":
        queue.put(batch(name))
    got = [each.got[1:] for each in waiting]
    if got != [["a"], ["b"], ["c"]]:
        pytest.fail(f"three wait, in turn, for a, b and c: they got {got}")


@step(2)
def test_taking_makes_room() -> None:
    """The queue is full, and clients wait: each batch that is taken lets one of them bring one.

    Why: a client that is not read sends nothing: so the pressure goes back to where it comes from.
    Read: Step 2, "One queue for all".
    """
    queue = filled("ab", size=2)
    full: list[bool] = []
    for _ in range(2):
        queue.wait_for_room(lambda: full.append(queue.is_full))
    queue.take(lambda: None)
    if not full:
        pytest.fail("the queue was full, one was taken, and the client that waits was not called")
    if full != [False]:
        pytest.fail(f"one client is called, when there is room. (Is it full?, each time: {full})")
    queue.put(batch("c"))
    queue.take(lambda: None)
    if len(full) != 2:
        pytest.fail(f"another one was taken, another client waits: called are {len(full)} of 2")


@step(2)
def test_what_a_client_brings_then_comes_last() -> None:
    """A client that is called brings something at once: what is taken is still the oldest.

    Why: to call somebody is to let him do what he likes, before the call returns.
    Read: Step 2, "One queue for all".
    """
    queue = filled("ab", size=2)
    queue.wait_for_room(lambda: queue.put(batch("c")))
    found = name_of(queue.take(lambda: None))
    rest = all_of(queue)
    if (found, rest) != ("a", "bc"):
        pytest.fail(f"a and b wait, c comes when there is room: taken were {found}, then {rest}")


@step(2)
def test_no_room_is_no_room() -> None:
    """There is more than fits, since something came back: one is taken, and no client is called.

    Why: a queue that lets somebody in for each one that leaves never gets shorter.
    Read: Step 2, "One queue for all".
    """
    queue = filled("ab", size=2)
    queue.put_back(batches("xy"))
    called: list[bool] = []
    queue.wait_for_room(lambda: called.append(queue.is_full))
    queue.take(lambda: None)
    queue.take(lambda: None)
    if called:
        pytest.fail("the queue was longer than full, is still full, and a client was called")
    queue.take(lambda: None)
    if called != [False]:
        pytest.fail(f"now there is room, and one client waits: it was called {len(called)} times")


@step(2)
def test_what_comes_back_goes_in_front() -> None:
    """Three batches come back from a connection: they are the next ones, in their order.

    Why: they have waited already, and what is newer than they are can wait behind them.
    Read: Step 2, "One queue for all".
    """
    queue = filled("xy")
    queue.put_back(batches("abc"))
    order = all_of(queue)
    if order != "abcxy":
        pytest.fail(f"x and y waited, a, b, c came back: their order is abcxy, and it was {order}")


@step(2)
def test_what_comes_back_has_a_place() -> None:
    """The queue is full, and batches come back: none is lost.

    Why: clients can wait outside. What has been accepted is nowhere else.
    Read: Step 2, "One queue for all".
    """
    queue = filled("wxyz")
    queue.put_back(batches("ab"))
    if not queue.is_full or queue.lines != 12:
        pytest.fail(f"four of four wait, two came back, of two lines: it has {queue.lines} lines")
    order = all_of(queue)
    if order != "abwxyz":
        pytest.fail(f"wxyz filled the queue, a and b came back, and in it was {order}")


@step(2)
def test_what_comes_back_calls_as_many() -> None:
    """Three wait, two batches come back: two are called, and get one each. Nothing is left.

    Why: a batch in a queue where connections wait, uncalled, waits for the next one to come.
    Read: Step 2, "One queue for all".
    """
    queue = Queue(4)
    waiting = [Asking(queue) for _ in range(3)]
    for each in waiting:
        each.take()
    queue.put_back(batches("ab"))
    calls = [each.calls for each in waiting]
    if calls != [1, 1, 0]:
        pytest.fail(f"three wait, two batches came back, and they were called {calls} times")
    got = [each.got[1:] for each in waiting]
    if got != [["a"], ["b"], []]:
        pytest.fail(f"a and b came back, in that order, to three who waited, and they got {got}")


@step(2)
def test_one_may_take_all_that_comes_back() -> None:
    """Whoever is called first takes all three: they are in order, and the next one finds nothing.

    Why: it is called in the middle of your method, and sees the queue as it is then.
    Read: Step 2, "One queue for all".
    """
    queue = Queue(4)
    got: list[str] = []
    last = Asking(queue)

    def greedy() -> None:
        while found := queue.take(lambda: None):
            got.append(name_of(found))

    queue.take(greedy)
    last.take()
    queue.put_back(batches("abc"))
    if got != ["a", "b", "c"]:
        pytest.fail(f"a, b and c came back, one was called who takes all there is, and got {got}")
    if last.got[1:] not in ([], ["nothing"]):
        pytest.fail(f"all was taken before, and somebody else still got {last.got[1:]}")


@step(2)
def test_nothing_comes_back() -> None:
    """A connection ends with nothing to send again: nobody is called.

    Why: that is how most of them end.
    Read: Step 2, "One queue for all".
    """
    queue = Queue(4)
    asking = Asking(queue)
    asking.take()
    queue.put_back([])
    if asking.calls:
        pytest.fail("no batch came back, and somebody who waits for one was called")


@step(2)
def test_a_closed_queue_gives_nothing_out() -> None:
    """It is closed, and batches come back then: none is given out, nobody called, all are counted.

    Why: the stop says of each line what became of it.
    Read: Step 2, "One queue for all".
    """
    queue = filled("x")
    queue.close()
    asking = Asking(queue, takes=False)
    found = asking.take()
    if found != "nothing":
        pytest.fail(f"the queue is closed, was emptied, and gave out {found}")
    queue.put_back(batches("ab"))
    if asking.calls:
        pytest.fail("the queue is closed, and somebody who has asked since then was called")
    if queue.lines != 4:
        pytest.fail(f"two batches of two lines came back to a closed queue: it has {queue.lines}")
    found = asking.take()
    if found != "nothing" or queue.lines != 4:
        pytest.fail(f"it is closed, what came back is only to be counted, and it gave out {found}")

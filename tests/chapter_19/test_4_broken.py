"""Step 4: what a broken connection leaves behind."""

import socket
from collections.abc import Iterator

import pytest

from reverseproxy.errors import ResponseBroken, UpstreamError
from reverseproxy.lines import arrival
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.connection import LineConnection
from reverseproxy.lines.flight import Ending
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.sent import Sent
from tests.chapter_15.wires import Reader, Turns, Wires, wires
from tests.support.steps import step

PETALS = b"petal\n" * 10
"""Ten lines, 60 bytes."""

BROKEN = ResponseBroken("it broke")


@pytest.fixture
def made() -> Iterator[Wires]:
    """Connections."""
    with wires() as them:
        yield them


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> "Kernel":
    """What the kernel says of all connections."""
    it = Kernel()
    monkeypatch.setattr(arrival, "unconfirmed", it.unconfirmed)
    return it


class Kernel:
    """Says how many bytes the other side has not confirmed."""

    def __init__(self) -> None:
        self.holds = 0

    def unconfirmed(self, _: socket.socket) -> int:
        """So many."""
        return self.holds


def flight(made: Wires, unread: int = 1000) -> Sent:
    """One without anything on its way."""
    return Sent(made.pair()[1], unread)


def send(sent: Sent, data: bytes) -> None:
    """It goes on its way."""
    sent.add(Batch.of(data))
    sent.sent(len(data))


def again(ending: Ending) -> bytes:
    """What goes another way."""
    return b"".join(batch.data for batch in ending.again)


@step(4)
def test_in_good_order_all_of_it_is_delivered(made: Wires, kernel: Kernel) -> None:
    """Ten lines have arrived when the connection ends in good order: delivered, without a doubt.

    Why: a program that closes has read what came before, or its kernel would have said reset.
    Read: Step 4, "What a broken connection leaves behind".
    """
    sent = flight(made)
    send(sent, PETALS)
    ending = sent.end(is_broken=False)
    if ending != Ending(10, 0, []):
        pytest.fail(f"ten lines arrived, it ended in good order, and that leaves {ending}")


@step(4)
def test_what_was_delivered_before_is_not_delivered_again(made: Wires, kernel: Kernel) -> None:
    """Ten lines were settled, five arrive later, and it ends: five more.

    Why: the ten are in the ledger already, and would be there twice.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for is_broken in (False, True):
        sent = flight(made)
        send(sent, PETALS)
        sent.settle()
        send(sent, PETALS[:30])
        ending = sent.end(is_broken=is_broken)
        if ending.delivered != 5:
            pytest.fail(
                "10 lines were settled before, 5 arrived since: delivered is to be 5, and was "
                f"{ending.delivered}"
            )


@step(4)
def test_what_has_not_arrived_goes_again(made: Wires, kernel: Kernel) -> None:
    """It ends, either way, and 27 of 60 bytes have not arrived: five lines did, five go again.

    Why: nobody has them but this proxy.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for is_broken in (False, True):
        sent = flight(made)
        send(sent, PETALS)
        kernel.holds = 27
        ending = sent.end(is_broken=is_broken)
        if again(ending) != PETALS[:30]:
            pytest.fail(f"five of ten lines have not arrived as a whole: {again(ending)!r} again")
        if ending.delivered != 5:
            pytest.fail(f"33 of 60 bytes arrived, ten lines: that is five, not {ending.delivered}")
        if not is_broken and ending.doubtful:
            pytest.fail(f"it ended in good order, and {ending.doubtful} lines are in doubt")


@step(4)
def test_the_kernel_knows_it_best(made: Wires, kernel: Kernel) -> None:
    """Nothing had arrived at the last look; when it ends, six lines have: they do not go again.

    Why: what was confirmed since the last look arrives twice, if nobody looks once more.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for is_broken in (False, True):
        sent = flight(made)
        send(sent, PETALS)
        kernel.holds = 60
        sent.settle()
        kernel.holds = 24
        ending = sent.end(is_broken=is_broken)
        if (ending.delivered, again(ending)) != (6, PETALS[:24]):
            pytest.fail(f"six of ten lines arrived since the last look, and it leaves {ending}")


@step(4)
def test_a_broken_one_leaves_doubt(made: Wires, kernel: Kernel) -> None:
    """Ten lines have arrived, and the connection breaks: delivered, and in doubt.

    Why: the upstream's kernel had them. Whether its program has read them, nobody knows.
    Read: Step 4, "What a broken connection leaves behind".
    """
    sent = flight(made)
    send(sent, PETALS)
    ending = sent.end(is_broken=True)
    if ending.doubtful != 10:
        pytest.fail(f"ten lines have just arrived, it breaks: in doubt are {ending.doubtful}")
    if ending.delivered != 10 or ending.again:
        pytest.fail(f"in doubt is what had been delivered, and does not go again: {ending}")


@step(4)
def test_what_was_settled_of_late_is_in_doubt(made: Wires, kernel: Kernel) -> None:
    """Ten lines were settled, then five, and two more arrive as it breaks: 17 are in doubt.

    Why: the program that dies takes all of it along that it had not read.
    Read: Step 4, "What a broken connection leaves behind".
    """
    sent = flight(made)
    for count in (10, 5):
        send(sent, PETALS[: 6 * count])
        sent.settle()
    send(sent, PETALS[:12])
    ending = sent.end(is_broken=True)
    if ending.doubtful != 17:
        pytest.fail(f"10, 5 and 2 lines arrived, it breaks, and in doubt are {ending.doubtful}")
    if ending.delivered != 2:
        pytest.fail(f"15 of 17 doubtful lines were delivered before: 2 now, not {ending.delivered}")


@step(4)
def test_what_must_have_been_read_is_in_no_doubt(made: Wires, kernel: Kernel) -> None:
    """Its kernel holds 100 bytes, and 180 arrive, 60 at a time: only the last 120 are in doubt.

    Why: 180 arrived, 100 of them can be unread. The first 60 were read, or there was no room.
    Read: Step 4, "What a broken connection leaves behind".
    """
    sent = flight(made, unread=100)
    for _ in range(3):
        send(sent, PETALS)
        sent.settle()
    ending = sent.end(is_broken=True)
    if ending.doubtful != 20:
        pytest.fail(f"of 30 lines the first ten must have been read: not {ending.doubtful} unread")


@step(4)
def test_what_goes_again_is_in_no_doubt(made: Wires, kernel: Kernel) -> None:
    """Ten lines are settled, ten more are sent, and it breaks before they arrive: ten in doubt.

    Why: what has not arrived is not lost, it goes another way. Who counts it as lost counts twice.
    Read: Step 4, "What a broken connection leaves behind".
    """
    sent = flight(made)
    send(sent, PETALS)
    sent.settle()
    send(sent, PETALS)
    kernel.holds = 60
    ending = sent.end(is_broken=True)
    if ending.doubtful != 10:
        pytest.fail(f"10 arrived and 10 did not, which go again: in doubt are {ending.doubtful}")
    if (ending.delivered, again(ending)) != (0, PETALS):
        pytest.fail(f"10 were settled before, 10 have not arrived: it broke, and leaves {ending}")


class Noted:
    """A flight that leaves behind what a test says, and notes how it was asked."""

    has_room = True
    progress = 0

    def __init__(self, ending: Ending, sock: socket.socket) -> None:
        self.ending, self.sock = ending, sock
        self.lines = sum(batch.lines for batch in ending.again)
        self.settles = 0
        self.asked: list[bool] = []
        self.was_open = True

    def add(self, batch: Batch) -> None:
        """It is on its way."""

    def sent(self, count: int) -> None:
        """They are."""

    def heard(self, data: bytes) -> None:
        """Nobody listens."""

    def settle(self) -> int:
        """What the test says."""
        count, self.settles = self.settles, 0
        return count

    def end(self, *, is_broken: bool) -> Ending:
        """The ending, once: after that nothing is left."""
        self.asked.append(is_broken)
        self.was_open &= self.sock.fileno() >= 0
        ending, self.ending = self.ending, Ending(0, 0, [])
        self.lines = 0
        return ending


class Other:
    """Another connection, which waits for a batch."""

    def __init__(self) -> None:
        self.calls = 0

    def call(self) -> None:
        """There is one."""
        self.calls += 1


class Line:
    """A connection whose flight leaves that behind, and the far end of it."""

    def __init__(self, made: Wires, delivered: int = 0, doubtful: int = 0, back: str = "") -> None:
        self.poller, self.queue, self.ledger = Turns(), Queue(8), Ledger()
        far, self.sock = made.pair()
        self.far = Reader(far)
        self.back = [Batch.of(f"{name}\n".encode()) for name in back]
        self.flight = Noted(Ending(delivered, doubtful, self.back), self.sock)
        self.it = LineConnection(self.sock, self.poller, self.flight, self.queue, self.ledger)
        self.told: list[UpstreamError | None] = []
        self.seen: list[tuple[int, int, int, bool]] = []
        self.it.start(self.over)

    def over(self, error: UpstreamError | None) -> None:
        """It is over: notes what can be seen by then, and ends it once more."""
        self.told.append(error)
        ledger = self.ledger
        is_closed = self.sock.fileno() < 0
        self.seen.append((ledger.delivered, ledger.unconfirmed, self.queue.lines, is_closed))
        if len(self.told) < 5:
            self.it.end()

    def hears(self) -> str:
        """How the upstream hears of the end."""
        for _ in range(100):
            if self.far.look().end:
                break
            self.poller.wait()
        return self.far.end or "nothing"


@step(4)
def test_what_is_delivered_is_written_down(made: Wires) -> None:
    """It ends in good order, and seven lines are delivered: they are in the ledger.

    Why: nobody else will ask this connection again.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=7)
    line.it.end()
    if len(line.flight.asked) != 1:
        pytest.fail(
            "it was ended, and once more by whoever was told that it is over: its flight is to be "
            f"asked once, and was asked {len(line.flight.asked)} times"
        )
    if line.flight.asked != [False]:
        pytest.fail(f"no error: its flight is asked for a good order, not {line.flight.asked}")
    if not line.flight.was_open:
        pytest.fail("its flight asks the kernel, and was asked when the socket was closed already")
    if line.ledger.delivered != 7:
        pytest.fail(f"seven lines turn out to be delivered: {line.ledger.delivered} in the ledger")
    if not line.it.has_delivered:
        pytest.fail("it has delivered seven lines, and has_delivered is false")
    if line.ledger.unconfirmed:
        pytest.fail("it ended in good order, and the ledger has lines that are unconfirmed")


@step(4)
def test_what_goes_again_is_no_fault(made: Wires) -> None:
    """Lines are on their way when it ends without an error: its flight is asked for a good order.

    Why: an upstream that was restarted in good order has read what it had. Nobody has to doubt it.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=7, back="ab")
    line.it.end()
    if line.flight.asked[:1] != [False]:
        pytest.fail(
            "two lines have not arrived, and there is no error: is_broken is to be False when its "
            f"flight is asked, and was {line.flight.asked[:1]}"
        )


@step(4)
def test_what_is_in_doubt_is_moved(made: Wires) -> None:
    """Ten were delivered before, two more are now, and it broke; six are in doubt: 6 and 6.

    Why: each line is in one place of the ledger, or the sum comes out wrong.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=2, doubtful=6)
    line.ledger.accepted, line.ledger.delivered = 12, 10
    line.it.end(BROKEN)
    if line.flight.asked != [True]:
        pytest.fail(f"it broke: its flight is asked for that, once, and not: {line.flight.asked}")
    found = (line.ledger.delivered, line.ledger.unconfirmed)
    if found != (6, 6):
        pytest.fail(f"12 delivered, of which 6 are in doubt: (delivered, unconfirmed) is {found}")


@step(4)
def test_has_delivered_says_if_it_was_of_use(made: Wires) -> None:
    """It delivered something before, and nothing at the end; or nothing at all: true, and false.

    Why: an upstream that hangs up on everybody is asked less and less often.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made)
    line.flight.settles = 3
    line.it.tick(1000)
    line.it.end()
    if not line.it.has_delivered:
        pytest.fail("it has delivered three lines, none of them at the end, and forgot about them")
    line = Line(made, back="a")
    line.it.end(BROKEN)
    if line.it.has_delivered:
        pytest.fail("it has never delivered a line, and has_delivered is true")


@step(4)
def test_what_is_in_doubt_was_of_no_use(made: Wires) -> None:
    """Three lines before it broke, two more now; five of them are in doubt, or four: false, true.

    Why: who takes lines and throws them away takes any number, and each connection is a new one.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for doubtful in (5, 4):
        line = Line(made, delivered=2, doubtful=doubtful)
        line.flight.settles = 3
        line.it.tick(1000)
        line.it.end(BROKEN)
        if doubtful == 5 and line.it.has_delivered:
            pytest.fail("five lines, all of them are in doubt, and has_delivered is true")
        if doubtful == 4 and not line.it.has_delivered:
            pytest.fail("of five lines that arrived four are in doubt, and has_delivered is false")


@step(4)
def test_what_goes_again_is_in_front(made: Wires) -> None:
    """Three batches come back, and others wait: the three are in front, in their order.

    Why: they have waited already.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, back="abc")
    line.it.leave()
    line.queue.put(Batch.of(b"x\n"))
    line.it.end(BROKEN)
    found = b""
    while batch := line.queue.take(lambda: None):
        found += batch.data
    if found != b"a\nb\nc\nx\n":
        pytest.fail(f"a, b and c have to go again, x waits, and the queue has {found!r}")


@step(4)
def test_the_others_are_called_for_it(made: Wires) -> None:
    """It waits for more, and another connection behind it, and it breaks: the other one is called.

    Why: a call to a connection that is over is a call that nobody hears.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for error in (BROKEN, None):
        line = Line(made, back="a")
        other = Other()
        line.queue.take(other.call)
        line.it.end(error)
        if not other.calls:
            pytest.fail("a batch came back, another connection waits for one, and nobody called it")
        if line.queue.lines != 1:
            pytest.fail("one batch came back, nobody has taken it, and it is not in the queue")


@step(4)
def test_a_good_end_is_an_end(made: Wires) -> None:
    """No error, and nothing goes again: the upstream hears an end.

    Why: it has all lines, as a whole, and has done nothing wrong.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=1)
    line.it.end()
    heard = line.hears()
    if heard != "an end":
        pytest.fail(f"all was delivered, it ends in good order, and the upstream hears {heard}")


@step(4)
def test_half_a_line_is_followed_by_a_reset(made: Wires) -> None:
    """Something goes again, with or without an error; or there is an error: it hears a reset.

    Why: an end behind half a line makes a line of it, for many who read.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, back="a")
    line.it.end()
    heard = line.hears()
    if heard != "a reset":
        pytest.fail(f"no error, but a line goes again, perhaps it has half of it: it hears {heard}")
    for back in ("", "a"):
        line = Line(made, back=back)
        line.it.end(BROKEN)
        heard = line.hears()
        if heard != "a reset":
            pytest.fail(f"it broke, with {len(back)} lines to go again, and it hears {heard}")


@step(4)
def test_it_is_over_once(made: Wires) -> None:
    """It is ended again, with and without an error, even while it tells: nothing happens.

    Why: a poller, a clock and a worker can all find out that it is over.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=4, doubtful=1, back="a")
    line.it.end(BROKEN)
    line.it.end()
    line.it.end(BROKEN)
    if len(line.told) != 1:
        pytest.fail(f"it was ended four times, and it was told {len(line.told)} times that it is")
    if len(line.flight.asked) > 1:
        pytest.fail(f"it was ended four times, and its flight was asked {line.flight.asked}")
    if not line.it.is_over:
        pytest.fail("it was ended, and is_over is false")


@step(4)
def test_who_is_told_finds_everything_done(made: Wires) -> None:
    """Whoever is told that it is over looks at once: the ledger, the queue, the socket are done.

    Why: it is the worker, and what it does next is to connect again.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made, delivered=4, doubtful=1, back="ab")
    line.it.end(BROKEN)
    if line.seen[:1] != [(3, 1, 2, True)]:
        pytest.fail(
            f"(delivered, unconfirmed, lines in the queue, closed) is (3, 1, 2, True) when it is "
            f"told, and it was {line.seen}"
        )


@step(4)
def test_it_tells_what_is_wrong(made: Wires) -> None:
    """The error is told; without one: None.

    Why: the log says it, and the health of the upstream hears of it.
    Read: Step 4, "What a broken connection leaves behind".
    """
    for error in (BROKEN, None):
        line = Line(made)
        line.it.end(error)
        if line.told != [error]:
            pytest.fail(f"it was ended with {error!r}, and what was told is {line.told}")


@step(4)
def test_nobody_asks_for_it_any_more(made: Wires) -> None:
    """It waited for room, and for what the upstream says, and is over: the poller has forgotten it.

    Why: a number that is closed may be somebody else's a moment later.
    Read: Step 4, "What a broken connection leaves behind".
    """
    line = Line(made)
    line.queue.put(Batch.of(b"x" * 10_000_000 + b"\n"))
    number = line.sock.fileno()
    if number not in line.poller.writers:
        pytest.fail("ten megabytes and nobody reads them: there should be no room, and there is")
    line.it.end(BROKEN)
    if number in line.poller.writers or number in line.poller.readers:
        pytest.fail("the connection is over, and the poller is still asked about its socket")

"""LineConnection: what an end means, and what a reset behind it means."""

import socket

import pytest

from reverseproxy.errors import UpstreamError
from reverseproxy.lines.batch import Batch
from reverseproxy.lines.connection import LineConnection
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.sent import Sent
from tests.chapter_15.wires import Turns, Wires, wires

LINES = Batch.of(b"petal\n" * 5)


class Sending:
    """A connection on which five lines have arrived, and nothing is on its way."""

    def __init__(self, made: Wires) -> None:
        self.poller, self.queue, self.ledger = Turns(), Queue(8), Ledger()
        self.far, near = made.pair()
        self.it = LineConnection(near, self.poller, Sent(near, 2**20), self.queue, self.ledger)
        self.told: list[UpstreamError | None] = []
        self.it.start(self.told.append)
        self.send()
        self.poller.until(self.has_arrived, "five lines were sent, and have not arrived")

    def send(self) -> None:
        """Five lines more."""
        self.queue.put(LINES)

    def has_arrived(self) -> bool:
        """Whether all that was sent has."""
        self.it.tick(1000)
        return not self.it.flight.lines

    def ends(self) -> str:
        """What is wrong with the upstream when it is over; "" for a good order."""
        self.poller.until(lambda: self.told, "the upstream has closed, and nobody has noticed")
        return str(self.told[0] or "")

    @property
    def counted(self) -> tuple[int, int, int]:
        """Lines that are delivered, unconfirmed, and in the queue again."""
        return self.ledger.delivered, self.ledger.unconfirmed, self.queue.lines


def test_an_end_says_that_all_was_read() -> None:
    """It has read all, and closes: delivered."""
    with wires() as made:
        line = Sending(made)
        line.far.recv(100)
        line.far.close()
        assert line.ends() == ""
        assert line.counted == (5, 0, 0)
        assert line.it.has_delivered


def test_an_end_is_believed() -> None:
    """It ends its side early, and much later closes with everything unread: delivered, and lost.

    That is a limit of going by ends: when the reset comes, nobody listens any more.
    """
    with wires() as made:
        line = Sending(made)
        line.far.shutdown(socket.SHUT_WR)
        assert line.ends() == ""
        line.far.close()
        assert line.counted == (5, 0, 0)


@pytest.mark.parametrize("read", [0, 6])
def test_a_reset_behind_an_end_says_that_it_was_not(read: int) -> None:
    """It ends its side, and closes with something unread: nobody knows what of it."""
    with wires() as made:
        line = Sending(made)
        if read:
            line.far.recv(read)
        line.far.shutdown(socket.SHUT_WR)
        line.far.close()
        assert line.ends() == "it hung up before it had read everything"
        assert line.counted == (0, 5, 0)
        assert not line.it.has_delivered


def test_a_reset_for_what_came_too_late_says_nothing() -> None:
    """It has read all, and closes, and five lines more come then: those go another way."""
    with wires() as made:
        line = Sending(made)
        line.far.recv(100)
        line.far.close()
        line.send()
        assert line.ends() == ""
        assert line.counted == (5, 0, 5)
        assert line.it.has_delivered


def test_a_reset_between_an_end_and_more_lines_is_noticed() -> None:
    """It has closed with something unread, and five lines more are sent: one reset."""
    with wires() as made:
        line = Sending(made)
        line.far.shutdown(socket.SHUT_WR)
        line.far.close()
        line.send()
        assert line.ends() == "it hung up before it had read everything"
        assert line.counted == (0, 5, 5)

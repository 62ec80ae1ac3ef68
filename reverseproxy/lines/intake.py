"""Intake: where the lines of clients are kept, until they are delivered."""

from collections.abc import Callable
from typing import Protocol

from reverseproxy.lines.batch import Batch
from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue


class Intake(Protocol):
    """What clients bring their lines to. A queue is one: it keeps them in memory."""

    @property
    def is_full(self) -> bool:
        """Whether no client may bring a batch."""

    def put(self, batch: Batch) -> None:
        """One more. `batch.settled` is called when its lines are safe."""

    def wait_for_room(self, call: Callable[[], object]) -> None:
        """Calls `call` when there is room, after those who have waited longer."""

    def wake_giver(self) -> None:
        """If there is room, whoever has waited for it longest may bring something."""

    def forget(self, call: Callable[[], object]) -> None:
        """Nobody waits there any more."""


class Store(Intake, Protocol):
    """An intake that keeps lines where they outlive the program."""

    @property
    def lines(self) -> int:
        """Lines that are kept here, and are not in the queue."""

    async def open(self, queue: Queue, ledger: Ledger) -> None:
        """From now on what is kept goes into the queue, in its order, whenever that has room.

        Lines that are there from before are accepted now. Raises ConfigurationError when it cannot
        be used.
        """

    async def run(self) -> None:
        """Works until it is cancelled."""

    async def flush(self) -> None:
        """Returns when all that was put in is safe, however long. Nothing more goes out."""

    def take_back(self, lines: int) -> None:
        """So many of the lines that went into the queue were not delivered: they are kept."""

    async def close(self) -> int:
        """The end: what was delivered by now is not kept any longer.

        Returns how many lines are lost, for they could not be kept.
        """

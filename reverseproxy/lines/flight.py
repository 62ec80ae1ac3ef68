"""A flight: the batches on one connection, from when they are sent until they are delivered."""

from typing import NamedTuple, Protocol

from reverseproxy.lines.batch import Batch


class Ending(NamedTuple):
    """What a connection leaves behind."""

    delivered: int
    """Lines that turn out to have been delivered."""
    doubtful: int
    """Lines, of all that were delivered, of which nobody knows that any more."""
    again: list[Batch]
    """What has to go another way."""


class Flight(Protocol):
    """What "delivered" means, on one connection."""

    @property
    def lines(self) -> int:
        """Lines that are on their way."""

    @property
    def has_room(self) -> bool:
        """Whether another batch may go on its way."""

    def add(self, batch: Batch) -> None:
        """It is the next one to be sent."""

    def sent(self, count: int) -> None:
        """So many bytes more were given to the socket."""

    def heard(self, data: bytes) -> None:
        """The upstream has said something. Raises UpstreamError when it makes no sense."""

    def settle(self) -> int:
        """How many lines are delivered since the last call."""

    @property
    def progress(self) -> int:
        """A number that grows for as long as the upstream takes what it is sent."""

    def end(self, *, is_broken: bool) -> Ending:
        """The connection is over: in good order, or broken."""

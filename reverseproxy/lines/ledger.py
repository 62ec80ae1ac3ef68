"""The ledger: what has become of lines."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

logger = logging.getLogger(__name__)


class Lines(NamedTuple):
    """What has become of lines: accepted = delivered + pending + unconfirmed + dropped."""

    accepted: int
    delivered: int
    pending: int
    """Those that wait, are on their way, or are kept for later; counted where they are."""
    unconfirmed: int
    dropped: Mapping[str, int]
    """By reason."""

    @property
    def missing(self) -> int:
        """How many more were accepted than are to be found: 0 when all is well.

        More when lines are lost, and less when some are counted twice.
        """
        found = self.delivered + self.pending + self.unconfirmed + sum(self.dropped.values())
        return self.accepted - found


@dataclass(slots=True)
class Ledger:
    """Counts lines. Each one that was accepted becomes one of the others, or is still on its way.

    accepted: read from a client. delivered: arrived, as the delivery means it.
    unconfirmed: had arrived, or had been sent, when its connection broke: nobody knows.
    dropped: given up, by reason.
    """

    accepted: int = 0
    delivered: int = 0
    unconfirmed: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    def doubt(self, lines: int) -> None:
        """They had been delivered, and may be lost all the same."""
        self.delivered -= lines
        self.unconfirmed += lines

    def drop(self, lines: int, reason: str) -> None:
        """They are given up, and that is said."""
        if lines:
            self.dropped[reason] += lines
            logger.warning("lines dropped: %d (%s)", lines, reason)

    def refuse(self, lines: int, reason: str) -> None:
        """They are given up as soon as they come."""
        self.accepted += lines
        self.drop(lines, reason)

    def lines(self, pending: int) -> Lines:
        """All of it as it is now, with those that are still on their way."""
        dropped = dict(self.dropped)
        return Lines(self.accepted, self.delivered, pending, self.unconfirmed, dropped)

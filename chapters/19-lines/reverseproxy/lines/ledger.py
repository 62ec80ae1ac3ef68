"""The ledger: what has become of lines."""

import logging
from collections import Counter
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)


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

"""Passive health: what live traffic says about an upstream."""

from collections.abc import Collection
from dataclasses import dataclass

from reverseproxy.health.ejector import Ejector
from reverseproxy.settings import check_count, check_number, check_statuses
from reverseproxy.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class PassiveHealth:
    """Takes an upstream out for a while when too many of its requests fail. Times are in seconds.

    A failure is no connection, a timeout, an answer that breaks off, or one of `statuses`. A client
    that leaves is none.

    Raises ConfigurationError for a number out of range.
    """

    consecutive: int = 5
    """So many failures in a row are too many, however long they take."""
    failures: int = 5
    """So many within `window` are too many as well, when they are ..."""
    ratio: float = 0.5
    """... at least this share of what ended in it."""
    window: float = 10.0
    ejection: float = 30.0
    """The first time out; the second in a row is twice as long, the third three times ..."""
    longest: float = 300.0
    """... and none is longer than this."""
    max_ejected: float = 0.5
    """The share of a target's upstreams, rounded down, that may be out at once; one always may."""
    statuses: Collection[int] = (502, 503, 504)

    def __post_init__(self) -> None:
        check_count("passive health consecutive", self.consecutive, 1, 1_000_000)
        check_count("passive health failures", self.failures, 1, 1_000_000)
        check_number("passive health ratio", self.ratio, 0, 1)
        check_number("passive health window", self.window, 0.1, 86_400)
        check_number("passive health ejection", self.ejection, 0.1, 86_400)
        check_number("passive health longest", self.longest, self.ejection, 86_400)
        check_number("passive health max_ejected", self.max_ejected, 0, 1)
        statuses = check_statuses("passive health statuses", self.statuses)
        object.__setattr__(self, "statuses", statuses)

    def watch(self, upstreams: Upstreams) -> Ejector:
        """The judge of one target's upstreams."""
        return Ejector(self, upstreams)

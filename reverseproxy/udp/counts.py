"""What has become of datagrams, in numbers: what is lost in UDP is lost without a word."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Drop(Enum):
    """Why a datagram went nowhere."""

    NO_UPSTREAM = "no upstream was available"
    REFUSED = "the upstream was not reached"
    TOO_LARGE = "too large for the way ahead"
    NO_ROOM = "no room in the kernel's buffer"
    NOTHING_LEFT = "no socket for another session"
    FORBIDDEN = "a firewall of this machine"
    UNDELIVERABLE = "the client was not reached"
    OWN = "sent from where we listen"
    STOPPING = "a new client, and the proxy stops"
    BROKEN = "an error of ours"


@dataclass(slots=True)
class DatagramCounts:
    """What a UdpProxy has counted since it was made."""

    sent: int = 0
    """Datagrams of clients that went to upstreams."""
    answered: int = 0
    """Datagrams of upstreams that went to clients."""
    sessions: int = 0
    """Sessions that have begun."""
    evicted: int = 0
    """Sessions that had to leave for others."""
    dropped: Counter[Drop] = field(default_factory=Counter)
    """Datagrams that went nowhere, of clients and of upstreams, and why."""

    def why_dropped(self) -> str:
        """The reasons in words, the most frequent first."""
        return ", ".join(f"{count} ({why.value})" for why, count in self.dropped.most_common())

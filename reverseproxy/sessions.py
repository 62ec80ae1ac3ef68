"""Sessions: which datagrams belong together, when that ends, and who has to leave when it is full.

UDP has no connections. What is like one, a session, is what somebody keeps a record of.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from reverseproxy.facts import Admin, Facts

SHARE = 8
"""One session in so many may be one that waits for its first answer, even when all is full."""


@dataclass(slots=True, eq=False)
class Session:
    """What is known of the datagrams between a client and its upstream.

    key: what all datagrams of the client have in common, and those of no other.
    asked, answers: how many went to the upstream that it has now, and how many came back.
    last: when the last one came, from either side.
    is_one_way: it has never had an answer.
    """

    key: Hashable
    asked: int = 0
    answers: int = 0
    last: float = 0.0
    is_one_way: bool = True


S = TypeVar("S", bound=Session)


class Sessions(Generic[S]):
    """The sessions that there are; `room` of them at most. Times are in seconds of one clock.

    Nothing here looks at all of them: two orders are kept up to date.
    """

    def __init__(self, room: int, responses: int | None = None) -> None:
        """`responses`: answers that a datagram of a client has; None: nobody knows."""
        self._room, self._responses = room, responses
        self._by_quiet: OrderedDict[Hashable, S] = OrderedDict()
        """All of them; the one that has been quiet longest comes first."""
        self._one_way: OrderedDict[Hashable, S] = OrderedDict()
        """Those that have never had an answer; the oldest comes first."""

    def __len__(self) -> int:
        return len(self._by_quiet)

    def find(self, key: Hashable, now: float) -> S | None:
        """The session of a client that has sent something; None when it has none yet.

        It was heard just now, and has been quiet for less time than any other. How old it is does
        not change.
        """
        session = self._by_quiet.get(key)
        if session is not None:
            session.last = now
            self._by_quiet.move_to_end(key)
        return session

    def add(self, session: S, now: float) -> S | None:
        """A client has sent its first datagram: its session comes last in both orders.

        Returns the session that had to leave for it: where there is no room, the one that
        `_to_evict` names is removed first. None when nobody had to.
        """
        evicted = self._to_evict() if len(self) >= self._room else None
        if evicted is not None:
            self.remove(evicted)
        self._by_quiet[session.key] = self._one_way[session.key] = session
        session.last = now
        return evicted

    def answered(self, session: S, now: float) -> bool:
        """The upstream has sent something. Returns whether that has ended the session.

        The answer is counted. Whoever has had one is not one-way any more, and has not been quiet
        either. A session that `_is_over` then is removed.
        """
        session.answers += 1
        session.last = now
        self._by_quiet.move_to_end(session.key)
        if session.is_one_way:
            session.is_one_way = False
            del self._one_way[session.key]
        is_over = self._is_over(session)
        if is_over:
            self.remove(session)
        return is_over

    def quiet_for(self, seconds: float, now: float) -> list[S]:
        """Takes out those of whom nothing was heard for so long, or longer, and returns them.

        The one that has been quiet longest comes first. All others stay, and nobody looks at them.
        """
        found = []
        while self._by_quiet:
            session = next(iter(self._by_quiet.values()))
            if now - session.last < seconds:
                break
            self.remove(session)
            found.append(session)
        return found

    def remove(self, session: S) -> None:
        """It has ended."""
        del self._by_quiet[session.key]
        self._one_way.pop(session.key, None)

    def _to_evict(self) -> S:
        """Who has to leave: the oldest that never had an answer, if they have their share.

        Their share is one in SHARE of the room, or more. What comes from forged addresses is mostly
        answered by nobody: however much that is, beyond that share it pushes out only itself. A
        session that asks often is not younger for that. As long as they have less, it is who has
        been quiet longest: whoever is new is one-way as well, until the answer comes.
        """
        has_share = len(self._one_way) * SHARE >= self._room
        candidates = self._one_way if has_share else self._by_quiet
        return next(iter(candidates.values()))

    def _is_over(self, session: S) -> bool:
        """Whether each datagram that went to the upstream has had its answers, or more than those.

        A client that asks three things at once waits for three times as many. Where nobody knows
        how many a datagram has, answers end nothing.

        Source: nginx, ngx_stream_proxy_test_finalize.
        """
        return self._responses is not None and session.answers >= self._responses * session.asked


def is_left(facts: Facts) -> bool:
    """Whether the sessions of an upstream leave it, each with its next datagram.

    From one that drains they do not, nor from one that is no longer listed: what runs there may
    end. But they leave one in maintenance, one that probes find down, and one that was ejected and
    has not passed its trial. A client that never stops sending would stay there for ever: nobody
    may tell it, for a machine says about six times that a port is closed, and then once a second
    (Linux, icmp(7), icmp_ratelimit).
    """
    return facts.admin is Admin.MAINT or facts.is_up is False or facts.ejected_until is not None

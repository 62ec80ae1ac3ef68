"""Earliest deadline first: weighted turns for thousands."""

from heapq import heapify, heappop, heappush
from typing import NamedTuple, Self

from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


class Turn(NamedTuple):
    """When it is whose turn: in which round, and where in it, from 0 to 1."""

    round: int
    place: float
    rank: int
    """Who comes first when two have the same place."""
    number: int
    """Which of the upstream's turns in this round, from 1."""
    weight: int
    upstream: Upstream

    @classmethod
    def of(cls, upstream: Upstream, rank: int, round_: int, number: int = 1) -> Self:
        """One of an upstream's turns: there are `weight` of them in a round, evenly spread."""
        weight = upstream.weight
        return cls(round_, (2 * number - 1) / (2 * weight), rank, number, weight, upstream)

    def after(self, now: Self) -> Self:
        """The first of this upstream's turns that is later than `now`."""
        number = now.number_so_far(self.weight, self.rank) + 1
        ahead = 0 if number <= self.weight else 1
        return self.of(self.upstream, self.rank, now.round + ahead, 1 if ahead else number)

    def number_so_far(self, weight: int, rank: int) -> int:
        """How many turns somebody of that weight and rank has in this round, up to this turn."""
        is_behind = rank > self.rank  # who has the same place is still to come then
        return ((2 * self.number - 1) * weight + self.weight - is_behind) // (2 * self.weight)


class EarliestDeadline:
    """Weighted turns in an order that a heap keeps: a pick costs the logarithm of their number.

    A round has as many turns as the weights add up to. An upstream of weight 4 has its turns at
    1/8, 3/8, 5/8 and 7/8 of each round. All rounds are alike, so shares are exact in any row of
    that many picks, as long as the same ones are accepted; their order is nobody's business.

    A pick moves everybody on. Whoever is out for it, if only for a retry, loses all its turns up to
    that pick: a whole round when all others are light and have theirs at one place, 1/2. Out for
    every other pick, it may get nothing at all.

    A place is worked out afresh each time, from small whole numbers: adding up 1/4 or 1/3 again and
    again would add up errors too, and in the end cost somebody a turn.
    """

    def __init__(self) -> None:
        self._turns: list[Turn] = []
        self._now: Turn | None = None
        self._of: Upstreams | None = None

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The one whose turn comes first and that `accepts` takes; None when it takes none.

        Turns of those that it does not take are lost.
        """
        if upstreams is not self._of:
            self._learn(upstreams)
        passed: list[Turn] = []
        while self._turns:
            passed.append(heappop(self._turns))
            if accepts(passed[-1].upstream):
                self._now = passed[-1]
                for turn in passed:
                    heappush(self._turns, turn.after(self._now))
                return self._now.upstream
        self._turns = passed
        return None

    def _learn(self, upstreams: Upstreams) -> None:
        """Who stays keeps its turn; who is new, or has a new weight, has the next that is left."""
        kept = {(turn.upstream, turn.weight): turn for turn in self._turns}
        self._turns = []
        for rank, upstream in enumerate(upstreams):
            if turn := kept.get((upstream, upstream.weight)):
                self._turns.append(turn._replace(rank=rank))
            elif upstream.weight:
                first = Turn.of(upstream, rank, 0)
                self._turns.append(first.after(self._now) if self._now else first)
        heapify(self._turns)
        self._of = upstreams

"""Which upstream is probed next, and when: one heap for all."""

import heapq
import logging
from collections.abc import Collection
from random import Random

from reverseproxy.health.active import Check

logger = logging.getLogger(__name__)

CATCH_UP = 0.1
"""Seconds of probes that may be made up for at once, when the loop was busy."""


class Schedule:
    """The time of each upstream's next probe, in seconds of one clock."""

    def __init__(self, random: Random, max_rate: float) -> None:
        """`max_rate`: probes a second, all together."""
        self._random = random
        self._max_rate = max_rate
        self._heap: list[tuple[float, int, Check]] = []
        self._pushed = 0
        self._free_at = 0.0
        self._demand = 0.0

    def add(self, checks: Collection[Check], now: float) -> None:
        """Takes the checks of a target in."""
        self._spread(checks, now)
        before = self._demand
        self._demand += sum(1 / check.settings.interval for check in checks)
        if before <= self._max_rate < self._demand:
            logger.warning(
                "probes: %d upstreams need %.0f a second, and %g are allowed: "
                "each is probed less often",
                len(self._heap),
                self._demand,
                self._max_rate,
            )

    def checks(self) -> list[Check]:
        """All that were added, in no order."""
        return [check for _, _, check in self._heap]

    def restart(self, now: float) -> None:
        """Begins anew: after a time without probes, all of them would be due at once."""
        checks = self.checks()
        self._heap.clear()
        self._spread(checks, now)

    def _spread(self, checks: Collection[Check], now: float) -> None:
        """Puts the first probes at even distances over one interval, from a random place in it."""
        offset = self._random.random()
        for number, check in enumerate(checks):
            share = (offset + number / len(checks)) % 1
            self._push(now + share * check.settings.interval, check)

    def take(self, now: float) -> Check | None:
        """A check that is due, and due again an interval later; None when nobody is."""
        if self.wait(now) != 0.0:
            return None
        check = heapq.heappop(self._heap)[2]
        settings = check.settings
        jitter = self._random.uniform(1 - settings.jitter, 1 + settings.jitter)
        self._push(now + settings.interval * jitter, check)
        self._free_at = max(self._free_at, now - CATCH_UP) + 1 / self._max_rate
        return check

    def wait(self, now: float) -> float | None:
        """Seconds until the next one is due and may be taken; None when there is none at all."""
        if not self._heap:
            return None
        return max(self._heap[0][0] - now, self._free_at - now, 0.0)

    def _push(self, due: float, check: Check) -> None:
        self._pushed += 1  # those that are due at the same time come in the order of pushing
        heapq.heappush(self._heap, (due, self._pushed, check))

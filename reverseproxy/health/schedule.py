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
        self._gap = 1 / max_rate
        self._heap: list[tuple[float, int, Check]] = []
        self._added = 0
        self._free_at = 0.0
        self._demand = 0.0

    def add(self, checks: Collection[Check], now: float) -> None:
        """Takes the checks of a target in, their first probes spread over one interval."""
        for number, check in enumerate(checks):
            start = check.settings.interval * number / len(checks)
            self._push(now + start, check)
        before, rate = self._demand, 1 / self._gap
        self._demand += sum(1 / check.settings.interval for check in checks)
        if before <= rate < self._demand:
            logger.warning(
                "probes: %d upstreams need %.0f a second, and %.0f are allowed: "
                "each is probed less often",
                len(self._heap),
                self._demand,
                rate,
            )

    def take(self, now: float) -> Check | None:
        """A check that is due, and due again an interval later; None when nobody is."""
        if self.wait(now) != 0.0:
            return None
        check = heapq.heappop(self._heap)[2]
        settings = check.settings
        jitter = self._random.uniform(1 - settings.jitter, 1 + settings.jitter)
        self._push(now + settings.interval * jitter, check)
        self._free_at = max(self._free_at, now - CATCH_UP) + self._gap
        return check

    def wait(self, now: float) -> float | None:
        """Seconds until the next one is due; None when there is none at all."""
        if not self._heap:
            return None
        return max(self._heap[0][0] - now, self._free_at - now, 0.0)

    def _push(self, due: float, check: Check) -> None:
        self._added += 1  # those that are due at the same time come in the order of adding
        heapq.heappush(self._heap, (due, self._added, check))

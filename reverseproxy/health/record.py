"""Record: how the requests of one upstream ended, and what that comes to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reverseproxy.window import Window

if TYPE_CHECKING:
    from reverseproxy.health.passive import PassiveHealth
    from reverseproxy.lease import Lease


class Record:
    """Counts for one upstream. `now` is in seconds of the target's clock."""

    def __init__(self, settings: PassiveHealth) -> None:
        self._settings = settings
        self._level = 0
        self.start_again(began=-math.inf, now=0.0)

    def start_again(self, *, began: float, now: float) -> None:
        """Forgets all that has ended, and what begins before `began` will never count.

        How often the upstream was ejected is not forgotten.
        """
        self._ended = Window(self._settings.window)
        self._failed = Window(self._settings.window)
        self._in_a_row = 0
        self._since = now
        self.counts_from = began
        self.trial: Lease | None = None

    def succeeded(self, now: float) -> None:
        """A request ended well."""
        self._ended.add(1, now)
        self._in_a_row = 0

    def failed(self, now: float) -> None:
        """A request failed."""
        self._ended.add(1, now)
        self._failed.add(1, now)
        self._in_a_row += 1

    def is_too_much(self, now: float) -> bool:
        """Whether these failures are too many: in a row, or among all that ended lately."""
        settings = self._settings
        if self._in_a_row >= settings.consecutive:
            return True
        failed = self._failed.total(now)
        return failed >= settings.failures and failed >= settings.ratio * self._ended.total(now)

    def forgive(self, now: float) -> None:
        """Lowers the level by one for each `ejection` seconds that passed without a failure.

        To be called at a failure: with it, the next such time begins.
        """
        quiet = now - self._since
        self._level = max(0, self._level - int(quiet / self._settings.ejection))
        self._since = now

    def sentence(self) -> float:
        """Raises the level by one, and returns how many seconds the upstream is out at that level.

        The highest level is the first that takes `longest`.
        """
        settings = self._settings
        self._level = min(self._level + 1, math.ceil(settings.longest / settings.ejection))
        return min(self._level * settings.ejection, settings.longest)

    def shortened(self) -> None:
        """The ejection ended early: it does not count for the level."""
        self._level = max(0, self._level - 1)

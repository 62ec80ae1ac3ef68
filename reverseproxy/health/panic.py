"""Panic: when nearly all upstreams seem to be out, it is more likely that health is wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverseproxy.settings import check_number

if TYPE_CHECKING:
    from reverseproxy.available import Available
    from reverseproxy.upstreams import Upstreams

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Panic:
    """Ignores probes and live traffic while fewer than this share of the upstreams is available.

    The few that are left would get everybody's requests, and follow the others. What people say
    still counts.

    Raises ConfigurationError for a share that is not from 0 (never) to 1.

    Source: Envoy, Panic threshold.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        check_number("panic threshold", self.threshold, 0, 1)

    def watch(self, upstreams: Upstreams) -> PanicMode:
        """What looks after one target's upstreams."""
        return PanicMode(self.threshold, upstreams.available)


class PanicMode:
    """Whether it is on, for one target."""

    def __init__(self, threshold: float, available: Available) -> None:
        self._threshold = threshold
        self._available = available
        self._was_on = False

    def is_on(self) -> bool:
        """Whether too few are available. To be asked when that has been refreshed."""
        there, wanted = len(self._available), self._available.wanted
        is_on = wanted > 0 and there / wanted < self._threshold
        if is_on is not self._was_on:
            self._was_on = is_on
            if is_on:
                logger.warning("panic: %d of %d are available; all get requests", there, wanted)
            else:
                logger.warning("no panic any more: %d of %d are available", there, wanted)
        return is_on

"""The Ejector: counts failures, takes upstreams out, and lets them back in."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reverseproxy.facts import is_available
from reverseproxy.lease import Lease, Outcome
from reverseproxy.window import Window

if TYPE_CHECKING:
    from reverseproxy.health.passive import PassiveHealth
    from reverseproxy.upstream import Upstream
    from reverseproxy.upstreams import Upstreams

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Record:
    """What one upstream's requests came to."""

    ended: Window
    failed: Window
    in_a_row: int = 0
    level: int = 0
    """How many ejections long the next one is, less one."""
    since: float = 0.0
    """When `level` last rose, fell or was looked at."""
    trial: Lease | None = None


class Ejector:
    """Watches the requests to the upstreams of one target, and ejects those that fail."""

    def __init__(self, settings: PassiveHealth, upstreams: Upstreams) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._records: defaultdict[Upstream, Record] = defaultdict(self._new_record)

    def _new_record(self) -> Record:
        window = self._settings.window
        return Record(Window(window), Window(window))

    def started(self, lease: Lease, now: float) -> None:
        """The first request after an ejection is a trial."""
        facts = lease.upstream.facts
        if facts.ejected_until is not None and is_available(facts, now):
            facts.is_on_trial = True
            self._records[lease.upstream].trial = lease
            logger.info("upstream %s: has a request again, on trial", lease.upstream)

    def answered(self, lease: Lease, now: float) -> None:
        """An answer is enough to pass a trial: its end may be hours away."""
        if lease is self._records[lease.upstream].trial and not self._has_failed(lease):
            self._readmit(lease.upstream, now)

    def ended(self, lease: Lease, now: float) -> None:
        """Counts a request; one that began before an ejection changes nothing in it."""
        record, facts = self._records[lease.upstream], lease.upstream.facts
        if lease is record.trial:
            self._tried(lease, now)
        elif facts.ejected_until is None and lease.outcome is not Outcome.ABANDONED:
            record.ended.add(1, now)
            if self._has_failed(lease):
                self._failed(lease, now)
            else:
                record.in_a_row = 0

    def _has_failed(self, lease: Lease) -> bool:
        return lease.outcome is Outcome.FAILURE or lease.status in self._settings.statuses

    def _tried(self, lease: Lease, now: float) -> None:
        """The end of a trial without an answer that would have ended it before."""
        facts = lease.upstream.facts
        facts.is_on_trial, self._records[lease.upstream].trial = False, None
        if lease.outcome is Outcome.ABANDONED:
            return
        if self._has_failed(lease) and self._may_eject(lease.upstream, now):
            self._eject(lease, now)
        else:
            self._readmit(lease.upstream, now)

    def _failed(self, lease: Lease, now: float) -> None:
        """Counts a failure, and ejects the upstream when it is one too many."""
        record = self._records[lease.upstream]
        record.in_a_row += 1
        record.failed.add(1, now)
        record.level = max(0, record.level - int((now - record.since) / self._settings.ejection))
        record.since = now
        if self._is_too_much(record, now) and self._may_eject(lease.upstream, now):
            self._eject(lease, now)

    def _is_too_much(self, record: Record, now: float) -> bool:
        """Whether these failures are too many: in a row, or among all that ended lately."""
        settings = self._settings
        if record.in_a_row >= settings.consecutive:
            return True
        failed = record.failed.total(now)
        return failed >= settings.failures and failed >= settings.ratio * record.ended.total(now)

    def _may_eject(self, upstream: Upstream, now: float) -> bool:
        """Whether enough would be left: somebody, and no more than `max_ejected` are out."""
        others = [other for other in self._upstreams if other is not upstream]
        out = 1 + sum(other.facts.ejected_until is not None for other in others)
        most = max(1, int(self._settings.max_ejected * len(self._upstreams)))
        return out <= most and any(is_available(other.facts, now) for other in others)

    def _eject(self, lease: Lease, now: float) -> None:
        """Takes the upstream out, each time in a row for longer."""
        record = self._records[lease.upstream]
        record.level += 1
        seconds = min(self._settings.ejection * record.level, self._settings.longest)
        lease.upstream.facts.ejected_until = now + seconds
        logger.warning("upstream %s: ejected for %g s: %s", lease.upstream, seconds, lease.why)

    def _readmit(self, upstream: Upstream, now: float) -> None:
        """Lets the upstream back in; its counts start afresh, its level does not."""
        facts, old = upstream.facts, self._records[upstream]
        facts.ejected_until, facts.is_on_trial = None, False
        self._records[upstream] = new = self._new_record()
        new.level, new.since = old.level, now
        logger.info("upstream %s: is back", upstream)

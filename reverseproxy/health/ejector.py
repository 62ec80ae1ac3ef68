"""The Ejector: takes upstreams out that fail too often, and lets them back in."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from typing import TYPE_CHECKING

from reverseproxy.facts import is_available
from reverseproxy.health.record import Record
from reverseproxy.lease import Lease, Outcome

if TYPE_CHECKING:
    from reverseproxy.health.passive import PassiveHealth
    from reverseproxy.upstream import Upstream
    from reverseproxy.upstreams import Upstreams

logger = logging.getLogger(__name__)

CALL_BACK = 1.0
"""Seconds from one call to the next: while all fail, each makes a trial and a few lines of log."""


class Ejector:
    """Watches the requests to the upstreams of one target, and ejects those that fail."""

    def __init__(self, settings: PassiveHealth, upstreams: Upstreams) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._called_back = -math.inf
        self._records: defaultdict[Upstream, Record] = defaultdict(lambda: Record(settings))

    def started(self, lease: Lease, now: float) -> None:
        """The first request after an ejection is a trial; if it takes too long, so is another."""
        facts = lease.upstream.facts
        if facts.ejected_until is not None and is_available(facts, now):
            facts.is_on_trial, facts.ejected_until = True, now + self._settings.ejection
            self._records[lease.upstream].trial = lease
            logger.info("upstream %s: on trial, with one request", lease.upstream)

    def answered(self, lease: Lease, now: float) -> None:
        """An answer is enough to pass a trial: its end may be hours away."""
        if lease is self._records[lease.upstream].trial and not self._has_failed(lease):
            self._readmit(lease, now)

    def ended(self, lease: Lease, now: float) -> None:
        """Counts a request; one that began before an ejection changes nothing any more."""
        record, facts = self._records[lease.upstream], lease.upstream.facts
        if lease is record.trial:
            self._tried(lease, now)
        elif lease.began < record.counts_from or self._says_nothing(lease):
            return
        elif facts.ejected_until is None:
            self._count(lease, record, now)

    def _count(self, lease: Lease, record: Record, now: float) -> None:
        """Counts a request, and ejects the upstream when that is one failure too many."""
        if not self._has_failed(lease):
            record.succeeded(now)
            return
        record.failed(now)
        record.forgive(now)
        if not record.is_too_much(now):
            return
        if self._may_eject(lease.upstream, now):
            self._eject(lease, now)
        else:
            self._call_back(lease.upstream, now)

    def _has_failed(self, lease: Lease) -> bool:
        return lease.outcome is Outcome.FAILURE or lease.status in self._settings.statuses

    def _says_nothing(self, lease: Lease) -> bool:
        """An abandoned use says nothing, unless its client left during an answer that was good."""
        is_good = lease.status is not None and not self._has_failed(lease)
        return lease.outcome is Outcome.ABANDONED and not is_good

    def _may_eject(self, upstream: Upstream, now: float) -> bool:
        """Whether enough are left: somebody who is available and not just on trial.

        And with this one, no more than `max_ejected` of all are out.
        """
        others = [other for other in self._upstreams if other is not upstream]
        left = [other for other in others if other.facts.ejected_until is None]
        most = max(1, int(self._settings.max_ejected * len(self._upstreams)))
        out = len(self._upstreams) - len(left)
        return out <= most and any(is_available(other.facts, now) for other in left)

    def _call_back(self, upstream: Upstream, now: float) -> None:
        """If this one fails and nobody else is available, whoever is due first is due now.

        Its ejection ended early, and so it is not one that the next should be longer for.
        """
        others = [other for other in self._upstreams if other is not upstream]
        is_early = now - self._called_back < CALL_BACK
        if is_early or not others or any(is_available(other.facts, now) for other in others):
            return
        first = min(others, key=due)
        if due(first) < math.inf:
            self._called_back = first.facts.ejected_until = now
            self._records[first].shortened()
            logger.info("upstream %s: due now, for nobody else is left", first)

    def _tried(self, lease: Lease, now: float) -> None:
        """Ends a trial that `answered` has not ended: it failed, or its client left."""
        facts = lease.upstream.facts
        facts.is_on_trial, self._records[lease.upstream].trial = False, None
        if lease.outcome is Outcome.ABANDONED:
            facts.ejected_until = now
            return
        if self._has_failed(lease) and self._may_eject(lease.upstream, now):
            self._eject(lease, now)
        else:
            self._readmit(lease, now)

    def _eject(self, lease: Lease, now: float) -> None:
        """Takes the upstream out, each time in a row for longer."""
        seconds = self._records[lease.upstream].sentence()
        lease.upstream.facts.ejected_until = now + seconds
        logger.warning("upstream %s: ejected for %g s: %s", lease.upstream, seconds, lease.why)

    def _readmit(self, lease: Lease, now: float) -> None:
        """Lets the upstream of a trial back in: from that request on, it counts afresh."""
        facts = lease.upstream.facts
        facts.ejected_until, facts.is_on_trial = None, False
        self._records[lease.upstream].start_again(began=lease.began, now=now)
        logger.info("upstream %s: is back", lease.upstream)


def due(upstream: Upstream) -> float:
    """When an ejected upstream may have its trial; never, if that is not all that it waits for."""
    facts = upstream.facts
    if facts.ejected_until is None or facts.is_on_trial:
        return math.inf
    return facts.ejected_until if is_available(facts, facts.ejected_until) else math.inf

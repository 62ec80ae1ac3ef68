"""Draining: an upstream that is to leave finishes what it has begun."""

import logging

from reverseproxy.errors import ConfigurationError
from reverseproxy.facts import Admin
from reverseproxy.lease import Lease
from reverseproxy.upstream import Upstream

logger = logging.getLogger(__name__)


class Drains:
    """Says in the log when an upstream that is to leave has nothing in flight any more."""

    def told(self, upstream: Upstream) -> None:
        """People have said what is to become of an upstream."""
        state, running = upstream.facts.admin.value, upstream.in_flight
        logger.info("upstream %s: %s, with %d in flight", upstream, state, running)
        self._look(upstream)

    def started(self, lease: Lease, now: float) -> None:
        """A use begins."""

    def answered(self, lease: Lease, now: float) -> None:
        """The use goes on."""

    def ended(self, lease: Lease, now: float) -> None:
        """Was that the last one?"""
        self._look(lease.upstream)

    def _look(self, upstream: Upstream) -> None:
        if upstream.facts.admin is not Admin.READY and not upstream.in_flight:
            logger.info("upstream %s: has nothing in flight any more", upstream)


def admin_of(state: Admin | str) -> Admin:
    """The state of that name. Raises ConfigurationError when there is none."""
    try:
        return Admin(state)
    except ValueError:
        names = ", ".join(each.value for each in Admin)
        raise ConfigurationError("state", state, f"is one of {names}") from None

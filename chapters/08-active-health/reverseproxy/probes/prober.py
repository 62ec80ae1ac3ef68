"""The Prober: asks every upstream at its time, and tells what came of it."""

import asyncio
import contextlib
import logging
from collections.abc import Collection
from random import Random

from reverseproxy.clock import Clock, monotonic
from reverseproxy.errors import NothingLeft
from reverseproxy.health.active import Check, ProbeFailed
from reverseproxy.health.schedule import Schedule
from reverseproxy.services import is_being_cancelled

logger = logging.getLogger(__name__)

QUIET = 60.0
"""Seconds between two complaints about our own machine."""


class Prober:
    """A service that probes upstreams for as long as it runs."""

    def __init__(
        self,
        *,
        max_rate: float = 500.0,
        random: Random | None = None,
        clock: Clock = monotonic,
    ) -> None:
        """`max_rate`: probes a second, all together."""
        self._schedule = Schedule(random or Random(), max_rate)
        self._clock = clock
        self._added = asyncio.Event()
        self._running: set[Check] = set()
        self._complained = float("-inf")

    def add(self, checks: Collection[Check]) -> None:
        """Probes these as well."""
        self._schedule.add(checks, self._clock())
        self._added.set()

    def forget(self) -> None:
        """Nobody asks any more: what was said is no longer true of anybody."""
        for check in self._schedule.checks():
            check.forget()

    async def run(self) -> None:
        """Probes until it is cancelled."""
        self._begin()
        async with asyncio.TaskGroup() as group:
            while True:
                while check := self._schedule.take(self._clock()):
                    if check not in self._running:  # a probe that hangs delays only its upstream
                        self._running.add(check)
                        group.create_task(self._probe(check))
                await self._until_next()

    def _begin(self) -> None:
        """Forgets the last run: what hung in it, and the event loop that it was in."""
        self._running.clear()
        self._added = asyncio.Event()
        self._schedule.restart(self._clock())

    async def _until_next(self) -> None:
        """Sleeps until somebody is due, or new."""
        self._added.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._schedule.wait(self._clock())):
                await self._added.wait()

    async def _probe(self, check: Check) -> None:
        """One probe, and its result. Whatever it raises is its upstream's problem, and no other's.

        A probe that is cancelled because the prober stops has no result, and neither has one for
        which our own machine has no more to give.
        """
        limit = asyncio.timeout(check.timeout)
        try:
            async with limit:
                await check.next_probe().probe(check.upstream)
        except ProbeFailed as error:
            check.failed(str(error))
        except NothingLeft as error:
            self._complain(error)
        except (Exception, asyncio.CancelledError) as error:  # a probe may be anybody's code
            if is_being_cancelled(error):
                raise
            if limit.expired():  # ours; a probe may raise a TimeoutError of its own
                check.failed(f"no answer within {check.timeout:g} s")
            else:
                logger.debug("the probe of %s raised", check.upstream, exc_info=True)
                check.failed(f"the probe raised {error!r}")
        else:
            check.passed()
        finally:
            self._running.discard(check)

    def _complain(self, error: NothingLeft) -> None:
        """There was no probe, and will be none of others: says so, but not each time."""
        if self._clock() >= self._complained + QUIET:
            self._complained = self._clock()
            logger.warning("upstreams are not probed, and stay as they are: %s", error)

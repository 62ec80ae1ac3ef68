"""The package's target in simulated time, and the tries of its requests.

What came with a later chapter is asked for only where it is used, so that figures of an earlier one
can do without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from chapters.simulation import keys, policies
from chapters.simulation.agenda import Agenda
from chapters.simulation.settings import Settings
from reverseproxy.health import Health
from reverseproxy.health.active import ActiveHealth
from reverseproxy.health.passive import PassiveHealth
from reverseproxy.probes.http import HttpProbe
from reverseproxy.retry import Retry
from reverseproxy.target import Target
from reverseproxy.tries import Tries

NO_LIMIT = 1_000_000.0
"""Retries a second that no simulation comes to: a budget that never ends."""


def target_of(settings: Settings, agenda: Agenda) -> Target:
    """The package's target, in simulated time."""
    per_second = Retry().per_second if settings.budget else NO_LIMIT
    retry = Retry(statuses=settings.retry_statuses, per_second=per_second)
    urls = [f"http://upstream-{number}" for number in range(1, settings.upstreams + 1)]
    weights: Any = dict(zip(urls, settings.weights, strict=True)) if settings.weights else urls
    return Target(
        weights,
        policy=policies.made(settings.policy, settings.seed),
        health=list(health_of(settings)),
        retry=retry if settings.retries else None,
        clock=agenda.clock,
    )


def health_of(settings: Settings) -> Iterator[Health]:
    """All ways to find out about upstreams that a run is to have."""
    if settings.passive:
        yield PassiveHealth()
    if settings.active:
        yield ActiveHealth(HttpProbe("/healthz"))
    if settings.slow_start:
        from reverseproxy.health.slow_start import SlowStart

        yield SlowStart(settings.slow_start, random=Random(settings.seed))
    if settings.panic:
        from reverseproxy.health.panic import Panic

        yield Panic(settings.panic)


def beginning(settings: Settings, target: Target) -> Callable[[], Tries]:
    """Begins one request after the other; each has a key if the policy wants one."""
    if settings.policy not in policies.keyed():
        return lambda: Tries(target, "GET")
    parts = keys.shares(settings.keys, zipf=settings.zipf, hot=settings.hot)
    asked = keys.drawn(Random(settings.seed), parts)
    return lambda: Tries(target, "GET", next(asked))

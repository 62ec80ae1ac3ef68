"""What it costs to ask a thousand upstreams how they are."""

from __future__ import annotations

import asyncio
import resource
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop

from bench.load import OneKibibyte
from reverseproxy.health.active import ActiveHealth, Check, Probe
from reverseproxy.probes.http import HttpProbe
from reverseproxy.probes.prober import Prober
from reverseproxy.probes.tcp import TcpProbe
from reverseproxy.upstream import Upstream

LOOK = 0.01
"""Seconds between two looks at how late the loop is."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What probing took: the share of a core, and how late the loop was, in milliseconds."""

    probes: float
    """A second."""
    core: float
    median_lag: float
    worst_lag: float
    up: int


def many(socks: Sequence[socket.socket]) -> None:
    """The process of the upstreams: one loop that listens on all of these sockets."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for sock in socks:
            await loop.create_server(OneKibibyte, sock=sock)
        await asyncio.Event().wait()

    uvloop.run(serve())


def listening(count: int) -> Iterator[socket.socket]:
    """Sockets of 127.0.0.1, each on a port of its own."""
    for _ in range(count):
        yield socket.create_server(("127.0.0.1", 0), backlog=16)


def kinds() -> dict[str, Probe | None]:
    """What is compared; None asks nobody, and says what the looking costs."""
    return {"none": None, "TCP": TcpProbe(), "HTTP": HttpProbe("/health")}


def probing(ports: Sequence[int], probe: Probe | None, interval: float, seconds: float) -> Cost:
    """Probes all of them for a while, on uvloop, as the proxy does."""
    return uvloop.run(probed(ports, probe, interval, seconds))


async def probed(
    ports: Sequence[int], probe: Probe | None, interval: float, seconds: float
) -> Cost:
    """The cost of `seconds`, after one interval in which everybody had a first probe."""
    counted = Counted(probe)
    settings = ActiveHealth(counted, interval=interval, timeout=min(1.0, interval))
    checks = [Check(settings, Upstream.parse(f"http://127.0.0.1:{port}")) for port in ports]
    prober = Prober(max_rate=100_000)
    if probe:
        prober.add(checks)
    task = asyncio.ensure_future(prober.run())
    await asyncio.sleep(interval * 1.1)
    counted.times, busy, began = 0, used(), time.perf_counter()
    lags = await looks(seconds)
    took = time.perf_counter() - began
    task.cancel()
    await asyncio.wait([task])
    return Cost(
        probes=counted.times / took,
        core=(used() - busy) / took,
        median_lag=statistics.median(lags) * 1000,
        worst_lag=max(lags) * 1000,
        up=sum(bool(check.upstream.facts.is_up) for check in checks),
    )


class Counted:
    """A probe, and how often it was made."""

    def __init__(self, probe: Probe | None) -> None:
        self._probe = probe
        self.times = 0

    async def probe(self, upstream: Upstream) -> None:
        """Asks."""
        self.times += 1
        if self._probe:
            await self._probe.probe(upstream)


async def looks(seconds: float) -> list[float]:
    """How late the loop was, each time somebody wanted to wake up."""
    lags = list[float]()
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        await asyncio.sleep(LOOK)
        lags.append(max(0.0, time.perf_counter() - now - LOOK))
    return lags


def used() -> float:
    """Seconds of processor that this process has taken so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime

"""A prober in virtual time, and probes that do what they are told."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from chapters.figures.clock import run
from reverseproxy.health.active import ActiveHealth, Check
from reverseproxy.probes.prober import Prober
from reverseproxy.upstream import Upstream


class Told:
    """A probe that does what it is told, and notes when it began and ended."""

    def __init__(self, answer: Callable[[Upstream], Awaitable[None]] | None = None) -> None:
        self.began: defaultdict[str, list[float]] = defaultdict(list)
        self._answer = answer

    async def probe(self, upstream: Upstream) -> None:
        """Asks."""
        self.began[str(upstream)].append(asyncio.get_running_loop().time())
        if self._answer:
            await self._answer(upstream)


def checks(count: int, settings: ActiveHealth) -> list[Check]:
    """The checks of so many upstreams."""
    return [
        Check(settings, Upstream.parse(f"http://10.0.{n // 250}.{n % 250 + 1}"))
        for n in range(count)
    ]


def ask_for(seconds: float, them: list[Check], max_rate: float = 1e6, seed: int = 1) -> Prober:
    """Runs a prober for so long, in virtual time."""

    async def main() -> Prober:
        clock = asyncio.get_running_loop().time
        prober = Prober(max_rate=max_rate, random=Random(seed), clock=clock)
        prober.add(them)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await prober.run()
        return prober

    return run(main())

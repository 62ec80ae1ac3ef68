"""Slow start: an upstream that has just come back gets a few requests first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from reverseproxy.hashes import hash64
from reverseproxy.settings import check_number

if TYPE_CHECKING:
    from reverseproxy.available import Available
    from reverseproxy.policies.policy import Accepts
    from reverseproxy.upstream import Upstream
    from reverseproxy.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class SlowStart:
    """Lets an upstream warm up for `window` seconds: its share grows from `floor` to the whole.

    It is for upstreams that have been out, and not for the start of the proxy: then all are cold,
    and somebody has to serve. It has no say with the policy `first`.

    Raises ConfigurationError for a number out of range.

    Source: Envoy, Slow start mode.
    """

    window: float = 30.0
    aggression: float = 1.0
    """1: in a straight line; more: quick at first; less: quick at the end."""
    floor: float = 0.1
    random: Random = field(default_factory=Random, repr=False)

    def __post_init__(self) -> None:
        check_number("slow start window", self.window, 0.1, 86_400)
        check_number("slow start aggression", self.aggression, 0.01, 100)
        check_number("slow start floor", self.floor, 0.001, 1)

    def watch(self, upstreams: Upstreams) -> Warming:
        """The gate before one target's upstreams."""
        return Warming(self, upstreams.available)

    def share(self, elapsed: float) -> float:
        """The part of its requests that an upstream takes so many seconds after it came back."""
        if elapsed >= self.window:
            return 1.0
        return max(self.floor, math.pow(max(elapsed, 0.0) / self.window, 1 / self.aggression))


class Warming:
    """A gate that an upstream passes the more often, the longer it has been back."""

    def __init__(self, settings: SlowStart, available: Available) -> None:
        self._settings = settings
        self._available = available

    def gated(self, accepts: Accepts, key: bytes | None, now: float) -> Accepts:
        """Accepts a cold upstream only for its share of the requests, or of the keys.

        One draw decides for the whole choice. The place of a key stands in for the draw: as the
        share grows, each key moves to the upstream once, and stays there. When all are cold, shares
        are measured by the largest, so that nobody is refused for that.
        """
        self._forget_warm(now)
        if not self._available.back:
            return accepts
        draw, largest = self._settings.random.random(), self._largest(now)

        def passes(upstream: Upstream) -> bool:
            if not accepts(upstream):
                return False
            share = self._share(upstream, now) / largest
            return share >= 1.0 or share > (draw if key is None else place(key, upstream))

        return passes

    def _largest(self, now: float) -> float:
        """The share of the warmest that is available: 1, unless all are cold."""
        back = self._available.back
        if len(back) < len(self._available):
            return 1.0
        return self._share(next(iter(back)), now)

    def _share(self, upstream: Upstream, now: float) -> float:
        """The share of one upstream: 1 for who is not cold, or has yet to pass its trial.

        A trial is one request. After it, the upstream comes back once more, and is cold.
        """
        since = self._available.back.get(upstream)
        if since is None or upstream.facts.ejected_until is not None:
            return 1.0
        return self._settings.share(now - since)

    def _forget_warm(self, now: float) -> None:
        """Who has been back for the whole window is like all others; the first came back first."""
        back = self._available.back
        while back and now - back[first := next(iter(back))] >= self._settings.window:
            del back[first]


def place(key: bytes, upstream: Upstream) -> float:
    """Where a key stands in the queue for an upstream, from 0 to 1: the first come first."""
    return hash64(key + b"\0" + upstream.name.encode(), 0) / 2**64

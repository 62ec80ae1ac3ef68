"""Watchers: what the ways to find out about upstreams have made for one target."""

from collections.abc import Iterable
from typing import TypeVar

from reverseproxy.errors import ConfigurationError
from reverseproxy.gate import Gate
from reverseproxy.health import Health
from reverseproxy.health.active import Check, Checks
from reverseproxy.health.ejector import Ejector
from reverseproxy.health.panic import PanicMode
from reverseproxy.health.slow_start import Warming
from reverseproxy.lease import Observer
from reverseproxy.upstreams import Upstreams

Kind = TypeVar("Kind")


class Watchers:
    """Those that watch over the upstreams of one target, by what they do."""

    def __init__(self, health: Iterable[Health], upstreams: Upstreams) -> None:
        """Raises ConfigurationError when there are two that would have the say over one fact."""
        self._all = [each.watch(upstreams) for each in health]
        self._one("PassiveHealth", Ejector)
        checks = self._one("ActiveHealth", Checks)
        self.checks: tuple[Check, ...] = checks.all if checks else ()
        self._one("SlowStart", Warming)
        self.panic = self._one("Panic", PanicMode)
        self.observers = [each for each in self._all if isinstance(each, Observer)]
        self.gates = [each for each in self._all if isinstance(each, Gate)]

    def _one(self, setting: str, kind: type[Kind]) -> Kind | None:
        """The one of that kind; None when there is none."""
        found = [each for each in self._all if isinstance(each, kind)]
        if len(found) > 1:
            raise ConfigurationError("health", setting, "is there twice; one has the say")
        return found[0] if found else None

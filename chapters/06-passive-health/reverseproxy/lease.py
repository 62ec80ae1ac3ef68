"""Lease: one use of an upstream, from the choice to the end, however that comes."""

from collections.abc import Sequence
from enum import Enum
from types import TracebackType
from typing import Protocol, runtime_checkable

from reverseproxy.clock import Clock
from reverseproxy.errors import UpstreamError
from reverseproxy.upstream import Upstream


class Outcome(Enum):
    """How a use of an upstream ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    ABANDONED = "abandoned"
    """The client gave up, or we did: that alone says nothing about the upstream."""


def outcome_of(error: BaseException | None) -> Outcome:
    """Whose fault is it? Only what is the upstream's is a failure."""
    if error is None:
        return Outcome.SUCCESS
    if isinstance(error, UpstreamError) or isinstance(error.__cause__, UpstreamError):
        return Outcome.FAILURE
    return Outcome.ABANDONED


@runtime_checkable
class Observer(Protocol):
    """Whoever wants to know how upstreams do. `now` is in seconds of the target's clock.

    It notes what it hears, and raises nothing.
    """

    def started(self, lease: "Lease", now: float) -> None:
        """A request goes to `lease.upstream`."""

    def answered(self, lease: "Lease", now: float) -> None:
        """The head of its answer is there, with `lease.status`."""

    def ended(self, lease: "Lease", now: float) -> None:
        """It is over, with `lease.outcome`; `lease.why` says what went wrong."""


class Lease:
    """One use of an upstream. Entering it gives the upstream; leaving it tells how it ended."""

    def __init__(self, upstream: Upstream, observers: Sequence[Observer], clock: Clock) -> None:
        self.upstream = upstream
        self.began = clock()
        self.status: int | None = None
        self.outcome: Outcome | None = None
        self.why = ""
        self._observers = observers
        self._clock = clock

    def __enter__(self) -> Upstream:
        now = self._clock()
        for observer in self._observers:
            observer.started(self, now)
        return self.upstream

    def answered(self, status: int) -> None:
        """To be called when the head of the answer is there."""
        self.status = status
        now = self._clock()
        for observer in self._observers:
            observer.answered(self, now)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.outcome = outcome_of(error)
        self.why = str(error) if error else f"status {self.status}"
        now = self._clock()
        for observer in self._observers:
            observer.ended(self, now)

"""A request as it was before the package knew leases and tries: one choice, and that was it."""

from __future__ import annotations

from typing import Any

from reverseproxy.target import Target
from reverseproxy.upstream import Upstream


class Turn:
    """The use of an upstream of which nobody keeps count."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    def __enter__(self) -> Upstream:
        return self.upstream

    def answered(self, status: int) -> None:
        """Nobody asks."""

    def __exit__(self, *_: object) -> None:
        """Nobody asks."""


class OneTry:
    """The only try of a request."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def lease(self) -> Turn:
        """The upstream that the target chooses."""
        return Turn(self._target.select_upstream())

    def has_another(self, failure: Any, *, is_whole: bool) -> bool:
        """There is never another."""
        return False

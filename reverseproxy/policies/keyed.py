"""Keyed policies: the same key goes to the same upstream."""

from typing import Protocol, runtime_checkable

from reverseproxy.policies.policy import Accepts
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams


@runtime_checkable
class Keyed(Protocol):
    """A way to choose by a key: some bytes that stand for a client, a session or a page."""

    def prepare(self, upstreams: Upstreams) -> None:
        """Works out ahead of the first choice what can be."""

    def find(self, key: bytes, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The upstream for that key, or the next for it that `accepts` takes; None: none.

        When upstreams come and go, and when they are out for a while, other keys stay where they
        are.
        """

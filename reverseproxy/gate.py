"""Gates: may this upstream serve this request, now?"""

from typing import Protocol, runtime_checkable

from reverseproxy.policies.policy import Accepts


@runtime_checkable
class Gate(Protocol):
    """Keeps some requests from an upstream that is available."""

    def gated(self, accepts: Accepts, key: bytes | None, now: float) -> Accepts:
        """Accepts fewer than `accepts`. When nobody is left, the target asks `accepts` itself.

        key: what the upstream is chosen by; None: it is not chosen by a key.
        """

"""Health: which upstreams should have no requests for now."""

from typing import Protocol

from reverseproxy.upstreams import Upstreams


class Health(Protocol):
    """One way to find out. It holds settings, and can be given to any number of targets."""

    def watch(self, upstreams: Upstreams) -> object:
        """What keeps the state for the upstreams of one target.

        An Observer hears of each request, and writes what it finds into the upstreams' facts.
        """

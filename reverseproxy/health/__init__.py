"""Health: which upstreams should have no requests for now."""

from typing import Protocol

from reverseproxy.upstreams import Upstreams


class Health(Protocol):
    """One way to find out. It holds settings, and can be given to any number of targets."""

    def watch(self, upstreams: Upstreams) -> object:
        """Makes what will watch over the upstreams of one target.

        If that is an Observer, it hears of each request. It writes what it finds into their facts.
        """

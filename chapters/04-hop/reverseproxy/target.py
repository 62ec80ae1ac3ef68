"""Target: where a request goes once the Mux has matched it."""

from dataclasses import dataclass

from reverseproxy.upstream import Upstream


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An upstream, and what is sent there: its name, for the log, and with whose Host.

    `preserve_host`: the Host that the client asked for, and not the upstream's own.

    Two targets are never equal, even with the same upstream: each will have a state of its own.
    """

    upstream: Upstream
    name: str
    preserve_host: bool = True

    def __str__(self) -> str:
        return f"{self.upstream.origin} (for {self.name})"

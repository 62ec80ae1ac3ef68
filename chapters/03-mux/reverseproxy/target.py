"""Target: where a request goes once the Mux has matched it."""

from dataclasses import dataclass

from reverseproxy.origin import Origin


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """An upstream, and the name of what is sent there: for the log.

    Two targets are never equal, even with the same upstream: each will have a state of its own.
    """

    origin: Origin
    name: str

    def __str__(self) -> str:
        return f"{self.origin} (for {self.name})"

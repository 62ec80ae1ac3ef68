"""How long the proxy waits: a proxy without limits waits for ever, with its client."""

from dataclasses import dataclass, fields

from reverseproxy.errors import ConfigurationError
from reverseproxy.settings import is_number

LONGEST = 31_536_000
"""A year, in seconds: longer is a mistake, or another way to say for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Limits in seconds.

    Raises ConfigurationError for anything but a number above 0 and up to a year, or None for a
    limit that is None by default.
    """

    connect: float = 3.0
    """Until a connection to the upstream stands."""
    read: float = 60.0
    """Between two pieces of a message, in either direction; not for a whole response."""
    total: float | None = None
    """For a request and its whole answer, whatever number of tries it takes; None: no limit."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            if not is_number(value) or not 0 < value <= LONGEST:
                raise ConfigurationError(
                    f"timeout {field.name}", value, f"needs seconds, above 0 and up to {LONGEST}"
                )

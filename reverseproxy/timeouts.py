"""How long the proxy waits: a proxy without limits waits for ever, with its client."""

from dataclasses import dataclass, fields

from reverseproxy.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Limits in seconds.

    connect: until a connection to the upstream stands.
    read: between two pieces of a message, in either direction; not for a whole response.

    Raises ConfigurationError for anything but a number above zero.
    """

    connect: float = 3.0
    read: float = 60.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ConfigurationError(f"timeout {field.name}", value, "needs seconds, above 0")

"""What is known of the health of one upstream."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Facts:
    """What is known of one upstream. Each fact has one writer."""

    ejected_until: float | None = None
    """Live traffic says: no requests before this time of the target's clock; None: not ejected."""
    is_on_trial: bool = False
    """Only a kind of ejected: for that time, one request is to find out whether it was enough."""


def is_available(facts: Facts, now: float) -> bool:
    """Whether the upstream may have a request now, in seconds of the target's clock."""
    return facts.ejected_until is None or now >= facts.ejected_until

"""What is known of the health of one upstream."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Facts:
    """What is known of one upstream. Each fact has one writer."""

    ejected_until: float | None = None
    """Live traffic says: no requests before this time of the target's clock; None: not ejected."""
    is_on_trial: bool = False
    """That time is over, and the one request is under way that finds out whether it was enough."""


def is_available(facts: Facts, now: float) -> bool:
    """Whether the upstream may have a request now, in seconds of the target's clock."""
    if facts.ejected_until is None:
        return True
    return now >= facts.ejected_until and not facts.is_on_trial

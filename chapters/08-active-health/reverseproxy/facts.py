"""What is known of the health of one upstream, and what follows from it."""

from dataclasses import dataclass
from enum import Enum


class Admin(Enum):
    """What people have said about an upstream."""

    READY = "ready"
    DRAIN = "drain"
    """Nothing new; what runs may end."""
    MAINT = "maint"
    """Nothing at all."""


@dataclass(slots=True, eq=False)
class Facts:
    """What is known of one upstream: four facts, and each has one writer."""

    admin: Admin = Admin.READY
    """What people say."""
    is_listed: bool = True
    """What discovery says: it is among the upstreams that there should be."""
    is_up: bool | None = None
    """What probes say; None: nobody has asked."""
    why_down: str = ""
    ejected_until: float | None = None
    """Live traffic says: no requests before this time of the target's clock; None: not ejected."""
    is_on_trial: bool = False
    """Only a kind of ejected: for that time, one request is to find out whether it was enough."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether an upstream may have a request, and if not, why."""

    available: bool
    why: str = ""


AVAILABLE = State(True)
ON_TRIAL = State(False, "ejected, and on trial")
EJECTED = State(False, "ejected")
UNLISTED = State(False, "no longer listed")


def merge(
    facts: Facts, now: float, *, probes: bool = True, traffic: bool = True, keep_up: bool = False
) -> State:
    """One state out of four facts, at the time `now` of the target's clock. People come first.

    probes, traffic: whether they are believed. In a panic, neither is.
    keep_up: an upstream that is no longer listed stays as long as probes say that it is up.
    """
    if facts.admin is not Admin.READY:
        return State(False, facts.admin.value)
    if not facts.is_listed and not (keep_up and facts.is_up):
        return UNLISTED
    if probes and facts.is_up is False:
        return State(False, f"down: {facts.why_down}")
    if traffic and facts.ejected_until is not None and now < facts.ejected_until:
        return ON_TRIAL if facts.is_on_trial else EJECTED
    return AVAILABLE


def is_available(facts: Facts, now: float) -> bool:
    """Whether the upstream may have a request now, in seconds of the target's clock."""
    return merge(facts, now).available

"""Policies by name, as people write them in settings."""

from collections.abc import Callable

from reverseproxy.errors import ConfigurationError
from reverseproxy.policies.bounded import BoundedLoad
from reverseproxy.policies.first import First
from reverseproxy.policies.keyed import Keyed
from reverseproxy.policies.least_connections import LeastConnections
from reverseproxy.policies.maglev import Maglev
from reverseproxy.policies.own import own
from reverseproxy.policies.policy import Policy
from reverseproxy.policies.power_of_two import PowerOfTwo
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.policies.ring import Ring
from reverseproxy.policies.weighted import WeightedRoundRobin

KEYED: dict[str, Callable[[], Keyed]] = {
    "ring": Ring,
    "bounded": BoundedLoad,
    "maglev": Maglev,
}

POLICIES: dict[str, Callable[[], Policy | Keyed]] = {
    "round-robin": WeightedRoundRobin,
    "random": RandomChoice,
    "first": First,
    "least-conn": LeastConnections,
    "p2c": PowerOfTwo,
    **KEYED,
}


def policy_of(policy: Policy | Keyed | str) -> Policy | Keyed:
    """The policy of that name, or the one that it is already.

    Raises ConfigurationError for a name that none has, and for one that another target has already.
    """
    if not isinstance(policy, str):
        return own(policy)
    if policy not in POLICIES:
        raise ConfigurationError("policy", policy, f"is one of {', '.join(POLICIES)}")
    return POLICIES[policy]()

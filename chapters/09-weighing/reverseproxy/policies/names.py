"""Policies by name, as people write them in settings."""

from collections.abc import Callable

from reverseproxy.errors import ConfigurationError
from reverseproxy.policies.first import First
from reverseproxy.policies.own import own
from reverseproxy.policies.policy import Policy
from reverseproxy.policies.random_choice import RandomChoice
from reverseproxy.policies.weighted import WeightedRoundRobin

POLICIES: dict[str, Callable[[], Policy]] = {
    "round-robin": WeightedRoundRobin,
    "random": RandomChoice,
    "first": First,
}


def policy_of(policy: Policy | str) -> Policy:
    """The policy of that name, or the one that it is already.

    Raises ConfigurationError for a name that none has, and for one that another target has already.
    """
    if not isinstance(policy, str):
        return own(policy)
    if policy not in POLICIES:
        raise ConfigurationError("policy", policy, f"is one of {', '.join(POLICIES)}")
    return POLICIES[policy]()

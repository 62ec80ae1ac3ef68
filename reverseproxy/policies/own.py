"""Own: a policy serves one target, for it remembers things about that one's upstreams."""

from contextlib import suppress
from typing import TypeVar
from weakref import WeakSet

from reverseproxy.errors import ConfigurationError

Kind = TypeVar("Kind")

ALLOWED = "is a name, or an object with a method `select` or `find`"

_taken: WeakSet[object] = WeakSet()


def own(policy: Kind) -> Kind:
    """The policy itself, for the first who wants it.

    With two targets, one would be given upstreams of the other.

    Raises ConfigurationError for the second, and for what is no policy.
    """
    if isinstance(policy, type) or not (hasattr(policy, "select") or hasattr(policy, "find")):
        raise ConfigurationError("policy", policy, ALLOWED)
    if any(policy is each for each in _taken):
        raise ConfigurationError("policy", policy, "is another target's; each needs its own")
    with suppress(TypeError):  # a few kinds of objects cannot be remembered
        _taken.add(policy)
    return policy

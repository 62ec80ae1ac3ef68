"""The package's policies in a simulation: all that there are, and chance from a seed.

The package is imported where it is used: figures of early chapters run with a package that has no
policies by name.
"""

from __future__ import annotations

from inspect import signature
from random import Random
from typing import Any


def known() -> tuple[str, ...]:
    """The names of all policies of the package."""
    from reverseproxy.policies.names import POLICIES

    return tuple(POLICIES)


def keyed() -> tuple[str, ...]:
    """The names of those that choose by a key."""
    try:
        from reverseproxy.policies.names import KEYED
    except ImportError:  # before chapter 11
        return ()
    return tuple(KEYED)


def made(name: str, seed: int) -> Any:
    """A policy of the package. If it draws, its draws are always the same for the same seed."""
    from reverseproxy.policies.names import POLICIES

    kind: Any = POLICIES[name]
    draws = "random" in signature(kind).parameters
    return kind(random=Random(seed)) if draws else kind()

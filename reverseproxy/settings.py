"""Checks of what people set: at the start, with the key, the value and what is allowed."""

from collections.abc import Iterable
from typing import TypeGuard

from reverseproxy.errors import ConfigurationError


def check_number(key: str, value: object, low: float, high: float) -> None:
    """Raises ConfigurationError for anything but a number from `low` to `high`."""
    if not is_number(value) or not low <= value <= high:
        raise ConfigurationError(key, value, f"needs a number from {low:g} to {high:g}")


def check_count(key: str, value: object, low: int, high: int) -> None:
    """Raises ConfigurationError for anything but a whole number from `low` to `high`."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigurationError(key, value, f"needs a whole number from {low} to {high}")


def check_statuses(key: str, values: Iterable[int]) -> frozenset[int]:
    """The statuses as a set. Raises ConfigurationError for one that no final answer has."""
    if isinstance(values, int | str):
        raise ConfigurationError(key, values, "needs a list of statuses")
    for value in values:
        check_count(key, value, 200, 599)
    return frozenset(values)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number; to Python, True is one too."""
    return isinstance(value, int | float) and not isinstance(value, bool)

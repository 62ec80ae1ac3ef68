"""The time: whoever needs it is given a clock, and this is the one outside of tests."""

from collections.abc import Callable
from time import monotonic

Clock = Callable[[], float]
"""Seconds since some moment in the past; it never goes back, whatever is done to the wall clock."""

__all__ = ["Clock", "monotonic"]

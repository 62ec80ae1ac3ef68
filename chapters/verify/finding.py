"""What a check hands back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where an invariant does not hold: where, what was found, and what is allowed."""

    where: str
    found: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Report:
    """One invariant's result: what was looked at, in words and numbers, and what is wrong."""

    checked: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, checked: str, findings: Iterable[Finding]) -> Report:
        return cls(checked, tuple(findings))


def count(number: int, noun: str) -> str:
    """`1 page`, `2 pages`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"

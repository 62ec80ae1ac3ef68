"""Percentiles of few values, without guessing between them."""

from __future__ import annotations

from collections.abc import Iterable


def percentile(values: Iterable[float], percent: int) -> float | None:
    """The smallest value that so many percent of all are not above; None of no values."""
    ranked = sorted(values)
    if not ranked:
        return None
    return ranked[max(-(-percent * len(ranked) // 100) - 1, 0)]

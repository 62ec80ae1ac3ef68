"""What requests are about: keys, some of which are asked for more often than others."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random


def shares(number: int, *, zipf: bool = False, hot: float = 0.0) -> list[float]:
    """The share of the requests that each key has; together they are 1.

    All alike; or as Zipf's law has it, the second half as often as the first, the third a third as
    often. `hot` is the share of the first one, if it is to have another than it had that way.
    """
    parts = [1 / rank if zipf else 1.0 for rank in range(1, number + 1)]
    if hot and number > 1:
        others = sum(parts[1:])
        return [hot, *((1 - hot) * part / others for part in parts[1:])]
    whole = sum(parts)
    return [part / whole for part in parts]


def drawn(random: Random, parts: list[float]) -> Iterator[bytes]:
    """The key of one request after the other, for ever."""
    ends = list(accumulate(parts))
    while True:
        rank = min(bisect(ends, random.random() * ends[-1]), len(parts) - 1)
        yield b"key-%d" % (rank + 1)

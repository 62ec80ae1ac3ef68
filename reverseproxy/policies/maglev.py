"""Maglev: a table in which every upstream has the same number of places."""

from array import array
from collections.abc import Callable, Iterator
from itertools import count, islice
from math import isqrt
from typing import NamedTuple

from reverseproxy.hashes import hash64
from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.tables import Tables, Work, aside
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

PLACES = 65_537
"""In the smallest table: a prime, so that every step comes past every place."""

PLACES_EACH = 100
"""At least so many for an upstream: fewer, and their shares would differ by more than a percent."""

TRIES = 32
"""Hashes of one key before the upstreams are asked one after the other."""


class Lookup(NamedTuple):
    """The table: the rank of the owner of each place, and who has which rank."""

    places: "array[int]"
    owners: list[Upstream]


class Maglev:
    """Consistent hashing by a table that is as even as it can be.

    Two things are promised. Shares of the places are in proportion to the weights, and differ by
    no more than a percent or two. And when an upstream comes or goes, few keys change their
    upstream that would not have had to. A ring is worse at the first and better at the second.

    Source: Eisenbud and others, Maglev: A Fast and Reliable Software Network Load Balancer, 2016,
    section 3.4.
    """

    def __init__(self, do: Callable[[Work], None] = aside) -> None:
        """`do` is how a new table is built while the old one serves."""
        self._tables = Tables(table_of, do)

    def prepare(self, upstreams: Upstreams) -> None:
        """Builds the table."""
        self._tables.table(upstreams)

    def find(self, key: bytes, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The owner of the key's place, or, if `accepts` does not take it, of its next one.

        The table stays as it is while an upstream is out: where a key goes instead depends on the
        key alone, so those that have to move are spread over all the others.
        """
        places, owners = self._tables.table(upstreams)
        for attempt in range(TRIES):
            owner = owners[places[hash64(key, attempt) % len(places)]]
            if accepts(owner):
                return owner
        begin = hash64(key, TRIES) % len(owners)
        return next(filter(accepts, owners[begin:] + owners[:begin]), None)


def table_of(upstreams: Upstreams) -> Lookup:
    """The table of some upstreams; in which order they were written makes no difference.

    Who weighs nothing has no place in it.
    """
    owners = sorted((each for each in upstreams if each.weight), key=url_of)
    size = size_for(len(owners))
    ways = [way(url_of(owner), size) for owner in owners]
    return Lookup(fill(ways, turns_of([owner.weight for owner in owners]), size), owners)


def url_of(upstream: Upstream) -> bytes:
    """What it is called in the table: no other upstream of its target is called the same."""
    return str(upstream.origin).encode() + upstream.base


def way(name: bytes, size: int) -> tuple[int, int]:
    """Where an upstream begins, and its step: from two hashes that know nothing of each other."""
    return hash64(name, 0) % size, hash64(name, 1) % (size - 1) + 1


def turns_of(weights: list[int]) -> Iterator[int]:
    """Whose turn it is, for ever: the heaviest has one each round, the others in proportion.

    In the first round everybody has one, so that nobody is left without a place. Then as earned:
    in each round everybody earns its weight, and a turn costs what the heaviest weighs.
    """
    most = max(weights)
    earned = [most - weight for weight in weights]
    while True:
        for rank, weight in enumerate(weights):
            earned[rank] += weight
            if earned[rank] >= most:
                earned[rank] -= most
                yield rank


def fill(ways: list[tuple[int, int]], turns: Iterator[int], size: int) -> "array[int]":
    """Who has which place. Each goes through the places with a step of its own.

    Whose turn it is takes the first place on its way that is free. `size` is a prime, so that every
    way comes past every place.
    """
    places = array("i", [-1]) * size
    starts = [start for start, _ in ways]
    for rank in islice(turns, size):
        place, step = starts[rank], ways[rank][1]
        while places[place] >= 0:
            place = (place + step) % size
        places[place] = rank
        starts[rank] = place
    return places


def size_for(owners: int) -> int:
    """Places for so many: a prime. It seldom changes, for with another size all keys move."""
    places = PLACES
    while places < PLACES_EACH * owners:
        places *= 2
    return prime_from(places)


def prime_from(low: int) -> int:
    """The first prime that is not below `low`, for numbers above 2."""
    return next(n for n in count(low | 1, 2) if all(n % d for d in range(3, isqrt(n) + 1, 2)))

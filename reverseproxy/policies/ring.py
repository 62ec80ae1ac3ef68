"""The hash ring: each key has its place, and its upstream is the next one on the way round."""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple
from zlib import crc32

from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.tables import Tables, Work, aside
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams

POINTS = 160
"""Points on the ring for each unit of weight."""


class Points(NamedTuple):
    """The ring: where its points are, in order, whose each is, and how many have any."""

    places: list[int]
    owners: list[Upstream]
    holders: int


class Ring:
    """Consistent hashing, point for point as nginx's `hash $key consistent`.

    A point is a number of 32 bits, and so is a key's place. When an upstream comes, it takes over
    what lies before its points; when one goes, what was its own goes to the owners of the points
    behind. All other keys stay.

    Source: nginx, ngx_http_upstream_init_chash; before it, Karger and others, Consistent Hashing
    and Random Trees, 1997.
    """

    def __init__(self, do: Callable[[Work], None] = aside) -> None:
        """`do` is how a new ring is built while the old one serves."""
        self._rings = Tables(ring_of, do)

    def prepare(self, upstreams: Upstreams) -> None:
        """Builds the ring."""
        self._rings.table(upstreams)

    def find(self, key: bytes, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The owner of the first point at or behind the key's place, and after the last the first.

        Those that `accepts` does not take are walked past.
        """
        places, owners, holders = self._rings.table(upstreams)
        begin = bisect_left(places, crc32(key))
        refused: set[Upstream] = set()
        for ahead in range(len(owners)):
            owner = owners[(begin + ahead) % len(owners)]
            if owner in refused:
                continue
            if accepts(owner):
                return owner
            refused.add(owner)
            if len(refused) == holders:
                break
        return None


def ring_of(upstreams: Upstreams) -> Points:
    """The ring of some upstreams. Of two points in the same place, the first one's owner has it.

    While it is built, other threads have their turns, however many points there are.
    """
    # Other threads wait while Python sorts a list, and for a million points that would be half a
    # second; so the points of each first byte are sorted by themselves.
    sections: list[dict[int, Upstream]] = [{} for _ in range(256)]
    for upstream in upstreams:
        for place in points(upstream.name, upstream.weight):
            sections[place >> 24].setdefault(place, upstream)
    ring = Points([], [], sum(upstream.weight > 0 for upstream in upstreams))
    for owners in sections:
        places = sorted(owners)
        ring.places.extend(places)
        ring.owners.extend(owners[place] for place in places)
    return ring


def points(name: str, weight: int) -> list[int]:
    """The places of an upstream: each is the checksum of its name and of the place before."""
    host, port = host_and_port(name)
    of_name = crc32(host + b"\0" + port)
    place, found = 0, []
    for _ in range(POINTS * weight):
        place = crc32(place.to_bytes(4, "little"), of_name)
        found.append(place)
    return found


def host_and_port(name: str) -> tuple[bytes, bytes]:
    """A name in two, as it was written: "h:8080" is "h" and "8080", "[::1]" has no port."""
    host, colon, port = name.rpartition(":")
    if colon and (port.isdecimal() or not port):
        return host.encode(), port.encode()
    return name.encode(), b""

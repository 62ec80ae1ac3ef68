"""Step 1: a ring of points."""

import subprocess
import sys
from itertools import pairwise

import pytest

from reverseproxy.policies.ring import points, ring_of
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import PATIENCE
from tests.support.steps import step

# Worked out by hand from nginx's ngx_http_upstream_init_chash, and compared with nginx itself in
# tests/real: the first, the second and the last of 160 points.
PLACES = {
    "10.0.0.1:7080": (684345379, 3764650933, 3941096677),
    "shop.example": (3736374279, 1250869813, 2994881399),
    "[2001:db8::1]:7080": (3166999680, 3334922106, 3422682451),
    "[2001:db8::1]": (2628938646, 1867637370, 1198384669),
}

# Two names that share a place: of 5,000 upstreams there are a few such pairs.
TWINS = ("10.0.2.15:7080", "10.0.0.65:7080")
SHARED = 1499421456


def upstreams(*names: str, **weights: int) -> Upstreams:
    """Upstreams of those names, with weight 1 where none is given."""
    return Upstreams.parse({f"http://{name}": weights.get(name, 1) for name in names})


@step(1)
@pytest.mark.parametrize("name", PLACES)
def test_points_are_where_nginx_has_them(name: str) -> None:
    """An upstream has 160 points, and they are where nginx would put them.

    Why: a ring that is almost the same is another ring. Whoever replaces one nginx of two by this
    proxy wants each client to go where it went.
    Read: Step 1, "A ring of points".
    """
    found = points(name, 1)
    first, second, last = PLACES[name]

    assert len(found) == 160, f"{len(found)} points, and 160 for each unit of weight were expected"
    assert found[0] == first, f"the first point of {name} is not where nginx has it"
    assert found[1] == second, (
        f"the second point of {name} is not where nginx has it: it goes on from the first one"
    )
    assert found[-1] == last, f"the last point of {name} is not where nginx has it"


@step(1)
@pytest.mark.parametrize("weight", [3, 20])
def test_weight_gives_more_points(weight: int) -> None:
    """Weight 3 gives 480 points; the first 160 are those of weight 1. Weight 0 gives none.

    Why: an upstream with more points has more keys. And when its weight is raised, it keeps the
    points that it has, so it keeps the keys that it has.
    Read: Step 1, "A ring of points".
    """
    heavy, expected = points("10.0.0.1:7080", weight), 160 * weight

    assert len(set(heavy)) == expected, (
        f"weight {weight} gives {len(set(heavy))} different points, not {expected}"
    )
    assert heavy[:160] == points("10.0.0.1:7080", 1), "another weight has moved the points"
    assert points("10.0.0.1:7080", 0) == [], "an upstream with weight 0 has points"


@step(1)
def test_the_ring_has_all_points_in_order_and_their_owners() -> None:
    """Places go upwards, none is there twice, and each has its owner at the same index.

    Why: a list in order can be searched by halves: that reads 17 of 100,000 points.
    Read: Step 1, "A ring of points".
    """
    them = Upstreams.parse({"http://a": 1, "http://b:81": 2, "http://[::1]": 3, "http://c": 0})
    ring = ring_of(them)

    assert all(a < b for a, b in pairwise(ring.places)), "the places of the ring are not in order"
    assert len(ring.places) == len(ring.owners) == 160 * 6, "6 times 160 points were expected"
    expected = {place: each for each in them for place in points(each.name, each.weight)}
    owned = dict(zip(ring.places, ring.owners, strict=True))
    is_theirs = owned == expected
    assert is_theirs, "a place has an owner whose point it is not"
    assert ring.holders == 3, f"three upstreams have points, and the ring says {ring.holders}"


@step(1)
def test_those_at_one_host_have_points_of_their_own() -> None:
    """`http://shop`, `https://shop` and two paths there are four upstreams, with 160 points each.

    Why: what has no points has no keys, and nobody sees why it is idle.
    Read: Step 1, "A ring of points".
    """
    them = Upstreams.parse(["http://shop", "https://shop", "http://shop/a", "http://shop/b"])
    ring = ring_of(them)

    for each in them:
        found = ring.owners.count(each)
        assert found == 160, (
            f"{each} has {found} points of 160: it is hashed as another one at its host is"
        )


@step(1)
@pytest.mark.parametrize("names", [TWINS, TWINS[::-1]])
def test_of_two_points_in_one_place_the_first_ones_owner_has_it(names: tuple[str, str]) -> None:
    """Where two upstreams have a point in the same place, it belongs to whom was written first.

    Why: two owners of one place would be two answers to one question. With 1,000 upstreams there
    are about three such places.
    Read: Step 1, "A ring of points".
    """
    them = upstreams(*names)
    ring = ring_of(them)

    assert len(ring.places) == 319, f"{len(ring.places)} places, and 320 points share one"
    owner = ring.owners[ring.places.index(SHARED)]
    assert owner is them[0], "two upstreams have a point in one place, and the second one got it"


@step(1)
def test_two_processes_build_the_same_ring() -> None:
    """Two proxies that were started apart have their points in the same places.

    Why: behind two proxies that each have their own idea, a client changes its upstream whenever it
    changes its proxy.
    Read: Step 1, "A ring of points".
    """
    program = "from reverseproxy.policies.ring import points; print(points('h:80', 1))"
    other = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": "11", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert not other.returncode, f"the points cannot be had in a new process: {other.stderr}"
    assert other.stdout == f"{points('h:80', 1)}\n", (
        "two processes have built two rings: something in them differs by chance"
    )

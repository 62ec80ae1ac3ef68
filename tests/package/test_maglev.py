"""Maglev beyond chapter 12: many upstreams, other processes, and a new table beside the old one."""

import subprocess
import sys
from collections.abc import Callable
from zlib import crc32

import pytest

from reverseproxy.policies.maglev import Maglev, size_for, table_of
from reverseproxy.upstreams import Upstreams

HUNDRED = [f"http://10.0.0.{number}:8080/app" for number in range(100)]

PROGRAM = """
import sys
from zlib import crc32
from reverseproxy.policies.maglev import table_of
from reverseproxy.upstreams import Upstreams
places, owners = table_of(Upstreams.parse(sys.argv[1:]))
print(crc32("".join(owners[rank].name for rank in places).encode()))
"""


def names(urls: list[str]) -> list[str]:
    """The name of the owner of each place."""
    places, owners = table_of(Upstreams.parse(urls))
    return [owners[rank].name for rank in places]


def test_two_processes_and_any_order_come_to_the_same_table() -> None:
    found = {
        int(
            subprocess.run(
                [sys.executable, "-c", PROGRAM, *urls], capture_output=True, check=True
            ).stdout
        )
        for urls in (HUNDRED, HUNDRED[::-1])
    }

    assert found == {crc32("".join(names(HUNDRED)).encode())}


def test_the_order_makes_no_difference_to_two_with_the_same_name() -> None:
    """http://h and https://h are written alike, but for the scheme."""
    tables = []
    for urls in (["http://h", "https://h"], ["https://h", "http://h"]):
        places, owners = table_of(Upstreams.parse(urls))
        tables.append([str(owners[rank]) for rank in places])

    assert tables[0] == tables[1]


def test_above_655_one_more_upstream_still_moves_few_keys() -> None:
    """With a size for each number, 999 and 1,000 would have nothing in common."""
    thousand = [f"http://h{number}" for number in range(1000)]
    before, after = names(thousand), names(thousand[1:])

    assert len(before) == len(after)
    moved = sum(was not in ("h0", now) for was, now in zip(before, after, strict=True))
    assert moved < 0.02 * len(before)


@pytest.mark.parametrize(("owners", "size"), [(1, 65_537), (655, 65_537), (656, 131_101)])
def test_the_size_is_a_prime_with_a_hundred_places_for_each(owners: int, size: int) -> None:
    assert size_for(owners) == size


def test_the_light_have_a_place_and_the_weightless_have_none() -> None:
    heavy = {f"http://h{number}": 256 for number in range(600)}
    places, owners = table_of(Upstreams.parse({**heavy, "http://light": 1, "http://none": 0}))
    found = [owners[rank].name for rank in places]

    assert found.count("light") == 1
    assert "none" not in found


def test_the_old_table_serves_until_the_new_one_is_there() -> None:
    later: list[Callable[[], None]] = []
    policy = Maglev(later.append)
    old, new = Upstreams.parse(HUNDRED[:2]), Upstreams.parse(HUNDRED[2:4])
    policy.prepare(old)
    assert not later, "the first table is built at once"
    assert policy.find(b"key", new, lambda _: True) in old
    later.pop()()
    assert policy.find(b"key", new, lambda _: True) in new

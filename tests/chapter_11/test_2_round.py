"""Step 2: round the ring."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from operator import is_
from typing import Any, TypeVar
from zlib import crc32

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reverseproxy.policies.policy import Accepts
from reverseproxy.policies.ring import Points, Ring, points, ring_of
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.hangs import interrupting
from tests.support.steps import step

# What nginx 1.22 has answered, with these servers and weights, and `hash $arg_key consistent`.
WEIGHTS = {"127.0.0.1:1": 1, "127.0.0.1:2": 2, "127.0.0.1:3": 3, "127.0.0.9": 1, "[::1]:5": 1}
CHOSEN = {
    "ann": "[::1]:5",
    "bob": "127.0.0.1:3",
    "cem": "127.0.0.1:2",
    "dan": "127.0.0.1:2",
    "eve": "127.0.0.1:3",
    "fay": "127.0.0.1:1",
}

# A smaller example of a failure says no more here, and looking for one takes longer than the test.
QUICKLY = settings(max_examples=20, phases=[Phase.generate], deadline=None)

KEYS = [f"key{number}".encode() for number in range(100)]

fleets = (
    st.integers(2, 6)
    .flatmap(lambda count: st.lists(st.integers(1, 3), min_size=count, max_size=count))
    .map(lambda weights: Upstreams.parse({f"http://h:{n + 1}": w for n, w in enumerate(weights)}))
)


def anyone(_: Upstream) -> bool:
    """Accepts everybody."""
    return True


def chosen(upstreams: Upstreams, key: bytes) -> Upstream | None:
    """The upstream of a key, when all are available."""
    return Ring().find(key, upstreams, anyone)


def owners(upstreams: Upstreams, *out: Upstream) -> list[Upstream | None]:
    """The upstream of each of the keys; those that are `out` are not available."""
    ring = Ring()
    return [ring.find(key, upstreams, lambda each: each not in out) for key in KEYS]


def without(upstreams: Upstreams, gone: Upstream) -> Upstreams:
    """The others."""
    return Upstreams(each for each in upstreams if each is not gone)


Item = TypeVar("Item")


class Watched(list[Item]):
    """A list that tells how many of its items are read."""

    def __init__(self, items: list[Item], read: Callable[[int], None]) -> None:
        super().__init__(items)
        self._read = read

    def __getitem__(self, index: Any) -> Any:
        self._read(len(range(*index.indices(len(self)))) if isinstance(index, slice) else 1)
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[Item]:
        for item in super().__iter__():
            self._read(1)
            yield item


class Old:
    """In the place of a ring's tables: the ring of these upstreams, whichever are asked for.

    Whoever reads more than `limit` of its points in one search fails.
    """

    def __init__(self, upstreams: Upstreams, limit: int, failure: str) -> None:
        self._ring, self._limit, self._failure = ring_of(upstreams), limit, failure
        self.reads = 0

    def table(self, _: Upstreams) -> Points:
        """The ring, for one search."""
        places, owners, holders = self._ring
        self.reads = 0
        return Points(Watched(places, self._read), Watched(owners, self._read), holders)

    def _read(self, count: int) -> None:
        self.reads += count
        if self.reads > self._limit:
            pytest.fail(self._failure)


def by_hand(upstreams: Upstreams, key: bytes) -> Upstream:
    """The upstream of a key, by the slowest method: looking at every point."""
    place = crc32(key)
    all_points = [(p, each) for each in upstreams for p in points(each.name, each.weight)]
    behind = [point for point in all_points if point[0] >= place] or all_points
    return min(behind, key=lambda point: point[0])[1]


@step(2)
@pytest.mark.parametrize("key", CHOSEN)
def test_a_key_goes_where_nginx_sends_it(key: str) -> None:
    """With the same upstreams and weights, a key has the upstream that nginx chooses for it.

    Why: it is a promise that somebody else can check.
    Read: Step 2, "Round the ring".
    """
    found = chosen(Upstreams.parse({f"http://{n}": w for n, w in WEIGHTS.items()}), key.encode())

    assert found is not None, f"nobody was chosen for {key}"
    assert found.name == CHOSEN[key], f"{key} goes to {found.name}, and in nginx elsewhere"


@step(2)
@QUICKLY
@given(fleets, st.binary(max_size=20))
def test_a_key_has_the_next_point_on_the_way(upstreams: Upstreams, key: bytes) -> None:
    """Any upstreams, any key: the owner of the first point at or behind the key's place.

    Why: it is the whole rule; all that is good about a ring follows from it.
    Read: Step 2, "Round the ring".
    """
    assert chosen(upstreams, key) is by_hand(upstreams, key), "that is not the next point's owner"


@step(2)
def test_a_key_may_lie_on_a_point_or_behind_the_last() -> None:
    """A key whose place is a point's has that point. Behind the last point comes the first.

    Why: a ring has no end. Whoever forgets that has an error for one key in five hundred.
    Read: Step 2, "Round the ring".
    """
    them = Upstreams.parse(["http://10.0.0.1:7080", "http://10.0.0.2:7080", "http://10.0.0.3:7080"])
    for each in them:
        host, _, port = each.name.partition(":")
        # A point is itself a checksum: of this.
        key = host.encode() + b"\0" + port.encode() + bytes(4)
        assert crc32(key) == points(each.name, 1)[0]
        assert chosen(them, key) is each, "the key lies on a point, and went on to the one behind"
    ring = ring_of(them)
    last = next(key for key in (b"%d" % n for n in range(100_000)) if crc32(key) > ring.places[-1])
    try:
        found = chosen(them, last)
    except IndexError:
        pytest.fail("the key lies behind the last point, and the search fell off the end")
    assert found is ring.owners[0], "the key lies behind the last point, and did not get the first"


@step(2)
@QUICKLY
@given(fleets, st.data())
def test_when_one_leaves_only_its_keys_move(upstreams: Upstreams, data: st.DataObject) -> None:
    """An upstream is gone: its keys go elsewhere, and every other key stays where it is.

    Why: it is what the ring is for. By `key % count`, nearly all of them would move.
    Read: Step 2, "Round the ring".
    """
    gone = data.draw(st.sampled_from(upstreams))
    for before, after in zip(owners(upstreams), owners(without(upstreams, gone)), strict=True):
        assert after is before or before is gone, "a key moved whose upstream is still there"
        assert after is not gone


@step(2)
@QUICKLY
@given(fleets, st.integers(1, 3))
def test_when_one_joins_keys_move_only_to_it(upstreams: Upstreams, weight: int) -> None:
    """An upstream is new: the keys that move all move to it.

    Why: a key that moves between two old ones has lost its session for nothing.
    Read: Step 2, "Round the ring".
    """
    new = Upstream.parse("http://h:9", weight)
    for before, after in zip(owners(upstreams), owners(Upstreams([*upstreams, new])), strict=True):
        assert after is before or after is new, "a key moved, and not to the new upstream"


@step(2)
@QUICKLY
@given(fleets, st.data())
def test_whoever_is_out_is_walked_past(upstreams: Upstreams, data: st.DataObject) -> None:
    """Keys of an upstream that is out go where they would without it; all others stay.

    When it is back, each key is back where it was.

    Why: while it is out, its keys are spread over all the others, and not all given to one of them.
    Read: Step 2, "Round the ring".
    """
    out = data.draw(st.sampled_from(upstreams))
    found = owners(upstreams, out)

    assert out not in found, "an upstream that is out was chosen"
    # Compared outside of the assert: to tell how two long lists differ takes minutes.
    is_as_without = found == owners(without(upstreams, out))
    assert is_as_without, (
        "while an upstream is out, its keys are not where they would be without it"
    )
    ring = Ring()
    again = [ring.find(key, upstreams, lambda each: each is not out) for key in KEYS]
    is_the_same = again == found
    assert is_the_same, "the same ring was asked twice, and has two answers"
    is_back = [ring.find(key, upstreams, anyone) for key in KEYS] == owners(upstreams)
    assert is_back, "it is back, and not all of its keys are"


@step(2)
def test_the_only_one_who_is_there_gets_every_key() -> None:
    """Nine of ten are out: every key goes to the tenth, however far its next point is.

    Here the nine have 90 of 91 points, so that it often is more than a hundred points away.

    Why: nginx gives up after 20 tries. Then a client is told that nobody is there, while somebody
    is.
    Read: Step 2, "Round the ring".
    """
    *others, tenth = [f"http://h:{n + 1}" for n in range(10)]
    them = Upstreams.parse({**dict.fromkeys(others, 10), tenth: 1})
    found = Counter(owners(them, *them[:9]))

    assert not found[None], f"one of ten is there, and {found[None]} of 100 keys found nobody"
    assert found == {them[9]: 100}


@step(2)
def test_who_is_out_is_out_alone() -> None:
    """`http://shop` is out: `https://shop` and `http://shop/a` are other upstreams, and get keys.

    Why: whoever remembers by their host who has refused takes one for the other, and finds nobody.
    Read: Step 2, "Round the ring".
    """
    them = Upstreams.parse(["http://shop", "https://shop", "http://shop/a", "http://shop/b"])
    for there in them:
        found = Counter(owners(them, *(each for each in them if each is not there)))
        assert found == {there: 100}, (
            f"only {there} is there, and {100 - found[there]} of 100 keys did not find it"
        )


@step(2)
def test_nobody_is_asked_twice_and_in_the_end_there_is_none() -> None:
    """When all are out, each is asked once, and the answer is None.

    Why: three upstreams have 480 points. To ask at each of them would be slow, just when everything
    is down.
    Read: Step 2, "Round the ring".
    """
    them = Upstreams.parse({"http://a": 1, "http://b": 2, "http://c": 1})
    asked = Counter[Upstream]()

    def refuses(each: Upstream) -> bool:
        asked[each] += 1
        return False

    with interrupting(2.0):
        found = Ring().find(b"ann", them, refuses)

    assert found is None, "all are out, and somebody was chosen"
    assert set(asked) == set(them), f"all are out, and only {len(asked)} of 3 were asked"
    assert max(asked.values()) == 1, f"one upstream was asked {max(asked.values())} times"


@step(2)
@pytest.mark.parametrize(
    ("accepts", "limit", "search"),
    [
        (lambda _: True, 100, "a search for one key"),
        (lambda _: False, 1000, "all ten have refused, and the search"),
    ],
    ids=["found", "all refuse"],
)
def test_a_search_reads_few_points(
    monkeypatch: pytest.MonkeyPatch, accepts: Accepts, limit: int, search: str
) -> None:
    """Of 8,000 points a search reads a few: by halves, and until all holders have refused.

    Why: ten thousand upstreams have 1.6 million points. Nobody else is served while all of them are
    read for one request.
    Read: Step 2, "Round the ring".
    """
    them = Upstreams.parse({f"http://h:{n + 1}": 5 for n in range(10)})
    ring = Ring()
    old = Old(them, limit, f"{search} read more than {limit} of 8000 points")
    monkeypatch.setattr(ring, "_rings", old)

    ring.find(b"ann", them, accepts)
    assert old.reads, "the search did not ask for `self._rings.table(upstreams)`"


@step(2)
def test_all_who_are_on_an_older_ring_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One has left, and the ring is older: those who stay are found; when they refuse, it is None.

    Why: until a new ring is there, more upstreams have points than the target has upstreams.
    Whoever counts the wrong ones gives up too soon, or never.
    Read: Step 2, "Round the ring".
    """
    three = Upstreams.parse([f"http://h:{n + 1}" for n in range(3)])
    fewer = Upstreams(three[:2])
    ring = Ring()
    failure = "one has left, the others refuse, and the search goes round the older ring for ever"
    monkeypatch.setattr(ring, "_rings", Old(three, 10_000, failure))

    for stays in fewer:
        found = {str(ring.find(key, fewer, partial(is_, stays))) for key in KEYS}
        assert found == {str(stays)}, (
            "one has left, the ring is older, and somebody who stays was not asked"
        )
    asked = Counter[Upstream]()

    def refuses(each: Upstream) -> bool:
        asked[each] += 1
        return False

    found_last = ring.find(b"ann", fewer, refuses)
    assert found_last is None, f"all who stay have refused, and {found_last} was chosen"
    assert max(asked.values()) == 1, f"one upstream was asked {max(asked.values())} times"

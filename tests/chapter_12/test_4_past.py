"""Step 4: past the one that is out."""

from collections import Counter

import pytest

from reverseproxy.hashes import hash64
from reverseproxy.policies import maglev
from reverseproxy.policies.bounded import BoundedLoad
from reverseproxy.policies.maglev import TRIES, Maglev, table_of
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.steps import step

TEN = [f"http://10.0.0.{number}" for number in range(10)]
KEYS = [b"key %d" % number for number in range(2000)]


@pytest.fixture(autouse=True)
def small_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are soon built: what a key finds in them does not depend on their size."""
    monkeypatch.setattr(maglev, "PLACES", 997)
    monkeypatch.setattr(maglev, "PLACES_EACH", 3)


def anyone(_: Upstream) -> bool:
    """Takes all."""
    return True


@step(4)
def test_health_builds_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upstreams fall and rise: one table, from the beginning to the end, and keys come home.

    Why: a table takes longer to build than a hundred requests take. And with each fall all others'
    keys would be stirred a little.
    Read: Step 4, "Past the one that is out".
    """
    built: list[object] = []

    def counted(upstreams: Upstreams) -> maglev.Lookup:
        built.append(upstreams)
        return table_of(upstreams)

    monkeypatch.setattr(maglev, "table_of", counted)
    target = Target(TEN, policy=Maglev(lambda work: work()), health=[], clock=lambda: 0.0)
    homes = [target.select_upstream(key) for key in KEYS[:100]]
    for each in target.upstreams[:3]:
        each.facts.is_up = False
        for key, home in zip(KEYS[:100], homes, strict=True):
            chosen = target.select_upstream(key)
            assert chosen.facts.is_up is not False
            assert chosen is home or home.facts.is_up is False, "a key moved, and had no need to"
    for each in target.upstreams[:3]:
        each.facts.is_up = True
    assert [target.select_upstream(key) for key in KEYS[:100]] == homes, "a key did not come home"
    assert len(built) == 1, f"{len(built)} tables were built, and no upstream came or went"


@step(4)
def test_a_key_goes_to_the_owner_of_its_place() -> None:
    """Hash 0 of the key, modulo the size of the table, is its place.

    Why: one hash and one look, whatever the number of upstreams.
    Read: Step 4, "Past the one that is out".
    """
    weights = {"http://none": 0, **dict.fromkeys(TEN[::-1], 1)}
    upstreams = Upstreams.parse(weights)
    policy = Maglev()
    places, owners = table_of(upstreams)
    for key in KEYS[:200]:
        owner = owners[places[hash64(key, 0) % len(places)]]
        found = policy.find(key, upstreams, anyone)
        assert found is owner, "not the owner of the key's place: a rank is one in owners"


@step(4)
def test_a_larger_table_is_used_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest table were one of 7 places, and this one is larger: a place is modulo its size.

    Why: above 655 upstreams the table is larger than PLACES. In what is never looked at, nobody
    has a share.
    Read: Step 4, "Past the one that is out".
    """
    monkeypatch.setattr(maglev, "PLACES", 7)
    upstreams = Upstreams.parse(TEN)
    places, owners = table_of(upstreams)
    assert len(places) > 7
    policy = Maglev()
    used = set()
    for key in KEYS[:100]:
        place = hash64(key, 0) % len(places)
        used.add(place)
        found = policy.find(key, upstreams, anyone)
        assert found is owners[places[place]], "not every place of a larger table is used"
    assert len(used) > 7


@step(4)
def test_the_keys_of_one_that_is_out_are_spread_over_the_others() -> None:
    """One of ten is out: its keys go to all nine others, and no other key moves.

    Why: if all went to one neighbour, it would have twice its share, and be the next to fall.
    Read: Step 4, "Past the one that is out".
    """
    upstreams = Upstreams.parse(TEN)
    policy = Maglev()
    out = upstreams[3]
    homes = {key: policy.find(key, upstreams, anyone) for key in KEYS}
    now = {key: policy.find(key, upstreams, lambda each: each is not out) for key in KEYS}
    for key in KEYS:
        assert now[key] is not out
        assert homes[key] in (out, now[key]), "a key moved, and its upstream is well"
    heirs = Counter(now[key] for key in KEYS if homes[key] is out)
    assert len(heirs) == 9, f"the keys of one that is out went to {len(heirs)} of nine others"
    most = max(heirs.values()) / sum(heirs.values())
    assert most < 0.3, f"one of nine got {most:.0%} of the keys"


@step(4)
def test_the_next_place_is_the_next_hash() -> None:
    """Refused at hash 0: hash 1, then hash 2, and so on, whoever else is out.

    Why: every proxy that knows the same upstreams to be out sends the key to the same one.
    Read: Step 4, "Past the one that is out".
    """
    upstreams = Upstreams.parse(TEN)
    policy = Maglev()
    places, owners = table_of(upstreams)
    few = set(upstreams[:4])
    for key in KEYS[:200]:
        tries = (owners[places[hash64(key, n) % len(places)]] for n in range(20))
        expected = next(owner for owner in tries if owner in few)
        found = policy.find(key, upstreams, few.__contains__)
        assert found is expected, "not the first that is taken, in the order of the key's hashes"


@step(4)
def test_the_last_one_is_found() -> None:
    """300 upstreams, and only one is available: it is found, for every key, wherever it stands.

    Why: 32 hashes find one of 300 in one key of ten. The others would get a 503 while somebody is
    there.
    Read: Step 4, "Past the one that is out".
    """
    upstreams = Upstreams.parse([f"http://h{number}" for number in range(300)])
    policy = Maglev()
    last = upstreams[123]
    for key in KEYS[:100]:
        found = policy.find(key, upstreams, lambda each: each is last)
        assert found is last, "one of 300 is available, and it was not found"
    owners = table_of(upstreams).owners
    for key in KEYS[:20]:
        end = owners[hash64(key, TRIES) % len(owners) - 1]
        found = policy.find(key, upstreams, {end}.__contains__)
        assert found is end, "the last one that is asked is available, and it was not found"
    assert policy.find(b"key", upstreams, lambda _: False) is None


@step(4)
def test_after_the_last_hash_they_are_asked_one_after_another() -> None:
    """32 hashes met nobody: from hash64(key, 32) modulo 300 on, the first that is accepted.

    Another 30 upstreams weigh nothing: they are no owners, and not counted.

    Why: all proxies should send a key to the same one, and not all such keys to the first.
    Read: Step 4, "Past the one that is out".
    """
    urls = [f"http://h{number}" for number in range(330)]
    upstreams = Upstreams.parse({url: int(number < 300) for number, url in enumerate(urls)})
    policy = Maglev()
    places, owners = table_of(upstreams)
    few = set(upstreams[100:200:33])
    missed = 0
    for key in KEYS[:40]:
        asked: list[Upstream] = []

        def accepts(each: Upstream, asked: list[Upstream] = asked) -> bool:
            asked.append(each)
            return each in few

        met = [owners[places[hash64(key, n) % len(places)]] for n in range(TRIES)]
        begin = hash64(key, TRIES) % len(owners)
        line = [*met, *owners[begin:], *owners[:begin]]
        rank, expected = next((n, each) for n, each in enumerate(line) if each in few)
        missed += rank >= TRIES
        found = policy.find(key, upstreams, accepts)
        assert found is expected, f"not the first from hash {TRIES} on, after {TRIES} in vain"
        assert len(asked) <= rank + 1, f"{len(asked)} were asked, and the answer is the {rank + 1}."
    assert missed > 5


@step(4)
def test_it_goes_together_with_bounds() -> None:
    """BoundedLoad(Maglev()): 100 requests for one key, ten upstreams, nobody is given more than 13.

    Why: equal shares of the keys are no equal shares of the requests, when one key is hot.
    Read: Step 4, "Past the one that is out".
    """
    target = Target(TEN, policy=BoundedLoad(Maglev()), health=[], clock=lambda: 0.0)
    table = Maglev()
    for key in KEYS[:50]:
        home = table.find(key, target.upstreams, anyone)
        assert target.select_upstream(key) is home, "nobody is busy, and it is not Maglev's choice"
    leases = []
    for _ in range(100):
        leases.append(target.lease(b"hot"))
        leases[-1].__enter__()
    most = max(each.in_flight for each in target.upstreams)
    for lease in leases:
        lease.__exit__(None, None, None)
    assert most == 13, f"13 slots for each, and one of them had {most}"

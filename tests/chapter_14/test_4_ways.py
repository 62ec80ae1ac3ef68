"""Step 4: from the strictest on."""

import itertools
from collections import Counter
from contextlib import suppress
from functools import cache
from random import Random
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverseproxy import ActiveHealth, HttpProbe, Panic, PassiveHealth, ReverseProxy, SlowStart
from reverseproxy.errors import NoUpstreamAvailable, UpstreamError
from reverseproxy.facts import Admin, Facts
from reverseproxy.health import Health
from reverseproxy.policies.names import KEYED, POLICIES
from reverseproxy.policies.policy import Accepts, Policy
from reverseproxy.target import Target
from reverseproxy.upstream import Upstream
from reverseproxy.upstreams import Upstreams
from tests.support.loopback import ask, serving, upstream
from tests.support.steps import step

URLS = [f"http://127.0.0.1:{7001 + number}" for number in range(4)]
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


class Timed(Target):
    """A target whose time is what the test says, and whose facts nobody else writes."""

    def __init__(
        self, *health: Health, policy: Policy | str = "round-robin", count: int = 4
    ) -> None:
        self.now = 0.0
        super().__init__(URLS[:count], policy=policy, health=health, clock=lambda: self.now)

    def chosen(self, picks: int = 400) -> Counter[Upstream]:
        """Who is chosen how often; without a key when the policy has none, as in the proxy."""
        keys = [b"key %d" % number if self.key else b"" for number in range(picks)]
        return Counter(map(self.select_upstream, keys))

    def ways(self) -> list[list[int]]:
        """The numbers of those whom each of the ways accepts, in their order."""
        ways = list(self._ways(b"key", self.now, ()))
        return [[n for n, each in enumerate(self.upstreams) if way(each)] for way in ways]


def slow(window: float = 10.0) -> SlowStart:
    """Slow start with dice that fall the same each time."""
    return SlowStart(window, random=Random(14))


def out_and_back(target: Timed, one: Upstream, at: float) -> None:
    """It goes down and comes up at that time, among requests."""
    target.now = at
    one.facts.is_up = False
    target.select_upstream()
    one.facts.is_up = True


@cache
def in_force() -> None:
    """Who is cold has less, and a panic lets in those that are down: both are heard at all."""
    target = Timed(slow())
    out_and_back(target, target.upstreams[0], at=100.0)
    assert target.chosen(40)[target.upstreams[0]] < 10, "the target has not heard of slow start"
    target = Timed(Panic(0.5))
    for each in target.upstreams:
        each.facts.is_up = False
    found = Counter[Upstream]()
    with suppress(NoUpstreamAvailable):
        found = target.chosen(4)
    assert found, "the target has not heard of panic"


class Refusing:
    """A gate that refuses one upstream for ever, and what makes it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def watch(self, upstreams: Upstreams) -> Self:
        """The gate before these."""
        self._refused = upstreams[self._number]
        return self

    def gated(self, accepts: Accepts, key: bytes | None, now: float) -> Accepts:
        """All but that one."""
        return lambda upstream: accepts(upstream) and upstream is not self._refused


class Weighing:
    """A policy that takes the first, and notes what those weigh among whom it is to choose."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def select(self, upstreams: Upstreams, accepts: Accepts) -> Upstream | None:
        """The first one that `accepts` takes."""
        self.seen.append(upstreams.available.weight)
        return next(filter(accepts, upstreams), None)


@step(4)
def test_the_ways_go_from_the_strictest_on() -> None:
    """One is warm, one cold, one ejected, one down. First the warm one alone, then both that are
    available, then the ejected one as well. Nobody cold: one way fewer. In a panic: one way, and
    all are on it.

    Why: the order is what this step is about. And what comes last is what `has_untried` asks.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(Refusing(1))
    _, _, ejected, down = target.upstreams
    ejected.facts.ejected_until = 1000.0
    down.facts.is_up = False
    found = target.ways()
    assert found == [[0], [0, 1], [0, 1, 2]], f"0 is warm, 1 cold, 2 ejected, 3 down: {found}"

    target = Timed()
    target.upstreams[2].facts.ejected_until = 1000.0
    found = target.ways()
    assert found == [[0, 1, 3], [0, 1, 2, 3]], f"2 is ejected, and there is no gate: {found}"

    target = Timed(Refusing(1), Panic(0.5))
    for each in target.upstreams[1:]:
        each.facts.is_up = False
    found = target.ways()
    assert found == [[0, 1, 2, 3]], f"in a panic there is one way, and it is for all: {found}"


@step(4)
def test_a_policy_sees_the_sums_of_those_among_whom_it_is_to_choose() -> None:
    """Of four upstreams one is ejected: while the policy chooses, they weigh 3, with a gate and
    without. One is down and three are ejected: 3 again. Three are down, and that is a panic: 4.

    Why: bounded load gives each of them its part of the sum. With the sums of others, its bounds
    are wrong, or there are none.
    Read: Step 4, "From the strictest on".
    """
    policy = Weighing()
    target = Timed(Refusing(1), policy=policy)
    one, gated, other, ejected = target.upstreams
    ejected.facts.ejected_until = 1000.0
    assert target.select_upstream() is one
    assert target.select_upstream(tried=[one, other]) is gated
    assert set(policy.seen) == {3}, (
        f"one of four is ejected, and at each look the policy sees a weight of {policy.seen}"
    )

    policy = Weighing()
    target = Timed(policy=policy)
    down, *others = target.upstreams
    down.facts.is_up = False
    for each in others:
        each.facts.ejected_until = 1000.0
    assert target.select_upstream() in others
    weight = policy.seen[-1]
    assert weight == 3, f"three ejected ones are left, and the policy sees a weight of {weight}"

    policy = Weighing()
    target = Timed(Panic(0.5), policy=policy)
    for each in target.upstreams[1:]:
        each.facts.is_up = False
    target.select_upstream()
    weight = policy.seen[-1]
    assert weight == 4, f"a panic, with all four, and the policy sees a weight of {weight}"


@step(4)
@pytest.mark.parametrize("policy", list(KEYED))
def test_an_empty_key_is_a_key(policy: str) -> None:
    """A policy with a key, and its upstream for the key b"" has been back for five of ten seconds:
    30 choices by that key are all the same.

    Why: whether there is a key is for the target to say. One that is empty comes home once, as all
    the others do.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), policy=policy)
    out_and_back(target, target.select_upstream(b""), at=100.0)
    target.select_upstream(b"")
    target.now = 105.0

    found = {target.select_upstream(b"") for _ in range(30)}
    assert len(found) == 1, f"{policy}: 30 choices by an empty key, and {len(found)} upstreams"


@step(4)
@pytest.mark.parametrize("policy", [name for name in POLICIES if name not in KEYED | {"first": 0}])
def test_without_a_key_there_is_a_draw(policy: str) -> None:
    """A policy without a key, and an upstream that has been back for three of ten seconds: it has
    less than when it is warm, and more than nothing.

    Why: the proxy has an empty key for all requests of such a target. Gone by that, the gate says
    the same to all of them.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), policy=policy)
    cold = target.upstreams[2]
    before = target.chosen()[cold]
    out_and_back(target, cold, at=100.0)
    target.select_upstream()
    target.now = 103.0
    count = target.chosen()[cold]

    wanted = f"{policy} has no key, 3 s of 10 are over, and of 400 requests the cold one"
    assert 0.05 * before < count < 0.9 * before, f"{wanted} has {count}; before, it had {before}"


@step(4)
@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "first"])
def test_slow_start_holds_with_every_policy(policy: str) -> None:
    """With all policies but `first`. Back for two of ten seconds: much less than what it has when
    it is warm. After ten seconds, as before.

    Why: one gate before seven policies is one place to be wrong in, not seven.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(slow(), policy=policy)
    cold = target.upstreams[2]
    before = target.chosen()[cold]
    out_and_back(target, cold, at=100.0)
    counts = []
    for target.now in (100.0, 102.0, 110.0):
        counts.append(target.chosen()[cold])

    assert before > 50, f"{policy}: in the beginning, {before} of 400"
    assert 0 < counts[1] < 0.7 * before, f"{policy}: cold, and it has {counts[1]} of 400"
    assert counts[2] == pytest.approx(before, abs=60), f"{policy}: warm, and it has {counts[2]}"


@step(4)
def test_two_gates_are_both_asked() -> None:
    """Two gates, each of which refuses somebody else: neither of the two is chosen.

    Why: what the last gate says is only half of it.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(Refusing(0), Refusing(3))
    them = target.upstreams

    found = set(target.chosen(20))
    assert found == {them[1], them[2]}, "two gates, and one of them was not asked"


@step(4)
def test_first_has_nothing_to_do_with_it() -> None:
    """Policy `first`: the first one is back, and has all requests at once.

    Why: then one upstream has all the work anyhow. A part of it somewhere else is what nobody who
    asks for `first` wants.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), policy="first")
    out_and_back(target, target.upstreams[0], at=100.0)

    assert target.chosen(50) == {target.upstreams[0]: 50}, "`first`, and it was not the first"


@step(4)
@pytest.mark.parametrize("policy", list(POLICIES))
def test_nobody_is_refused_because_all_are_cold(policy: str) -> None:
    """All come back at once, or all but the cold one were tried: somebody is found, each time.

    Why: a slow answer is better than none.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), policy=policy)
    target.select_upstream()
    for each in target.upstreams:
        each.facts.is_up = False
    with pytest.raises(NoUpstreamAvailable):
        target.select_upstream()
    for each in target.upstreams:
        each.facts.is_up = True
    try:
        assert sum(target.chosen(50).values()) == 50
        target.now = 1000.0
        target.select_upstream()
        cold, *warm = target.upstreams
        out_and_back(target, cold, at=1001.0)
        assert {target.select_upstream(b"%d" % n, tried=warm) for n in range(50)} == {cold}
    except NoUpstreamAvailable as error:
        pytest.fail(f"{policy}: only cold ones were left, and nobody was chosen: {error}")


@step(4)
def test_the_cold_go_before_the_ejected() -> None:
    """One is warm and was tried, one is cold, two are ejected: the cold one has the next try, each
    time.

    Why: cold is slow. Ejected is broken, for all that we know.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow())
    cold, warm, *others = target.upstreams
    out_and_back(target, cold, at=100.0)
    for each in others:
        each.facts.ejected_until = 1000.0

    found = {target.select_upstream(tried=[warm]) for _ in range(50)}
    assert found == {cold}, "an ejected upstream was preferred to a cold one"


@step(4)
def test_the_ejected_are_better_than_nobody() -> None:
    """One is down, three are ejected: those three have the requests.

    Why: an ejection is a guess. It is better to be wrong with it than to answer nobody.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow())
    down, *ejected = target.upstreams
    down.facts.is_up = False
    for each in ejected:
        each.facts.ejected_until = 1000.0

    assert target.has_untried(ejected[:2]), "an ejected one was not tried, and no try was promised"
    try:
        found = set(target.chosen(30))
    except NoUpstreamAvailable as error:
        pytest.fail(f"only ejected ones were left, and none of them was chosen: {error}")
    assert found == set(ejected), "only ejected ones were left"


@step(4)
@pytest.mark.parametrize("policy", list(POLICIES))
def test_in_a_panic_nobody_believes_probes_and_traffic(policy: str) -> None:
    """One of four is available, and the threshold is a half: all four may have requests.

    Why: the one that is left cannot do the work of four. It is likelier that health is wrong.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(Panic(0.5), policy=policy)
    left, ejected, *down = target.upstreams
    ejected.facts.ejected_until = 1000.0
    for each in down:
        each.facts.is_up = False

    others = {left} if policy == "first" else set(target.upstreams)
    assert set(target.chosen()) == others, f"{policy}: in a panic, all but one are left out"
    down[0].facts.is_up = True
    there = {left} if policy == "first" else {left, down[0]}
    assert set(target.chosen()) == there, f"{policy}: two of four are no panic"


@step(4)
def test_in_a_panic_there_is_no_gate() -> None:
    """One has just come back, one was there all the time, two are down, and that is a panic: the
    cold one has a quarter of the requests, like all.

    Why: half of the upstreams being out is no time to spare anybody.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), Panic(0.75))
    cold, _, *down = target.upstreams
    out_and_back(target, cold, at=100.0)
    for each in down:
        each.facts.is_up = False

    count = target.chosen(40)[cold]
    assert count == 10, f"in a panic the cold one has {count} of 40: it is held back by a gate"


@step(4)
def test_in_a_panic_people_are_still_heard() -> None:
    """Who is drained or in maintenance has nothing, panic or not.

    Why: somebody is standing there with a screwdriver.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(Panic(0.5))
    drained, maint, down, other = target.upstreams
    drained.facts.admin, maint.facts.admin = Admin.DRAIN, Admin.MAINT
    down.facts.is_up = other.facts.is_up = False

    chosen = set(target.chosen(20))
    assert chosen == {down, other}, "people took it out, and in a panic it had requests"


@step(4)
def test_in_a_panic_another_try_is_promised() -> None:
    """Of four, three are down and one was tried: another try is promised, and there is one.

    Why: the promise is made before the choice. If the two do not agree, a request that could have
    been answered is a 502.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(Panic(0.5))
    tried, *down = target.upstreams
    for each in down:
        each.facts.is_up = False

    assert target.has_untried([tried]), "in a panic, no other try was promised"
    assert target.select_upstream(tried=[tried]) in down
    assert not target.has_untried(target.upstreams), "all were tried, and another one was promised"


@step(4)
def test_a_promise_takes_no_turn() -> None:
    """`has_untried` is asked before each choice: all four have their turns as without it.

    Why: a policy that is asked believes that it has chosen. Every second turn would be nobody's,
    and with four upstreams two of them would have no request at all.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target, turns = Timed(), []
    for _ in range(8):
        target.has_untried([])
        turns.append(target.upstreams.index(target.select_upstream()))

    assert sorted(turns[:4]) == [0, 1, 2, 3], (
        f"has_untried has taken turns: {turns} is who was left"
    )
    assert turns[4:] == turns[:4], f"has_untried has taken turns: {turns} is who was left"


@step(4)
def test_without_the_settings_nothing_has_changed() -> None:
    """Neither SlowStart nor Panic: who is back has its turn at once, and all down is a 503.

    Why: what nobody has asked for does nothing.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed()
    out_and_back(target, target.upstreams[0], at=100.0)
    assert set(target.chosen(40).values()) == {10}
    for each in target.upstreams:
        each.facts.is_up = False
    assert not target.has_untried([])
    with pytest.raises(NoUpstreamAvailable):
        target.select_upstream()


@step(4)
def test_from_an_ejection_to_the_whole_share() -> None:
    """Ejected, then one request as a trial, and then, for the window, its growing share.

    Why: the trial says that it works. It does not say that it works for everybody at once.
    Read: Step 4, "From the strictest on".
    """
    target = Timed(PassiveHealth(consecutive=2, ejection=30), slow(), policy="least-conn")
    bad = target.upstreams[2]
    for _ in range(8):
        try:
            with target.lease() as one:
                if one is bad:
                    raise UpstreamError("broken")
        except UpstreamError:
            pass
    assert bad not in target.chosen(40), "it was to be ejected"

    target.now = 30.0
    for _ in range(4):
        with target.lease() as one:
            if one is bad:
                break
    assert bad.facts.ejected_until is None, "no trial in four turns: it was held back as cold"
    shares = []
    for target.now in (31.0, 36.0, 41.0):
        shares.append(target.chosen(800)[bad])
    assert shares[0] < shares[1] < shares[2] == 200, f"of 800, after its trial: {shares}"


FACTS = st.builds(
    Facts,
    admin=st.sampled_from([Admin.READY, Admin.READY, Admin.READY, Admin.DRAIN, Admin.MAINT]),
    is_listed=st.sampled_from([True, True, True, False]),
    is_up=st.sampled_from([True, None, False]),
    ejected_until=st.sampled_from([None, None, 50.0, 150.0]),
)
HEALTH = st.sampled_from([(), (slow(50),), (Panic(0.5),), (slow(50), Panic(0.7))])


def write(facts: Facts, into: Upstream) -> None:
    """Writes facts one by one, as their writers do."""
    for name in ("admin", "is_listed", "is_up", "ejected_until"):
        setattr(into.facts, name, getattr(facts, name))


@step(4)
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([name for name in POLICIES if name != "maglev"]),  # its tables take a while
    HEALTH,
    st.lists(FACTS, min_size=1, max_size=4),
    st.permutations(range(4)),
    st.sets(st.integers(0, 3)),
)
def test_whenever_anybody_is_available_somebody_is_found(
    policy: str, health: tuple[Health, ...], facts: list[Facts], order: list[int], tried: set[int]
) -> None:
    """Any policy, any settings, any facts, any history: who is available and was not tried is
    enough. And `has_untried` says what `select_upstream` does.

    Why: everything that holds back requests is a reason more to answer 503. None of them may.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(*health, policy=policy, count=len(facts))
    them = target.upstreams
    for target.now, ranks in ((0.0, order), (60.0, order[::-1]), (100.0, order)):
        for each, rank in zip(them, ranks, strict=False):
            write(facts[rank % len(facts)], each)
        done = [them[rank] for rank in tried if rank < len(them)]
        able = [each for each in them if each.state(target.now).available and each not in done]
        try:
            found = target.select_upstream(b"key", tried=done)
        except NoUpstreamAvailable:
            found = None
        assert found or not able, f"{policy}, {health}: {able} may, and nobody was chosen"
        assert found not in done, f"{policy}: {found} was tried before"
        assert found is None or found.facts.admin is Admin.READY, f"{policy}: people said no"
        promise = target.has_untried(done)
        assert promise is (found is not None), (
            f"{policy}, {health}: has_untried says {promise}, select_upstream {found}"
        )


@step(4)
@pytest.mark.parametrize("policy", list(KEYED))
def test_a_key_comes_home_once(policy: str) -> None:
    """While an upstream warms up, each of its keys moves to it once. No other key moves at all.

    Why: it is why the gate goes by a hash and not by a draw.
    Read: Step 4, "From the strictest on".
    """
    in_force()
    target = Timed(slow(), policy=policy)
    keys = [b"session %d" % number for number in range(300)]
    homes = {key: target.select_upstream(key) for key in keys}
    cold = target.upstreams[1]
    out_and_back(target, cold, at=100.0)
    rows = []
    for target.now in range(100, 112):
        rows.append({key: target.select_upstream(key) for key in keys})

    for key in keys:
        row = [one[key] for one in rows]
        moves = sum(a is not b for a, b in itertools.pairwise(row))
        most = 1 if homes[key] is cold else 0
        assert moves <= most, f"{policy}: {key!r} moved {moves} times: {list(map(str, row))}"
        assert row[-1] is homes[key], f"{policy}: all are warm, and {key!r} is not at home"


@step(4)
async def test_a_probe_with_a_typo_takes_nobody_out() -> None:
    """With real sockets: all probes fail, for they ask for what is not there. Clients are answered.

    Why: the day on which all upstreams die at once is mostly the day on which somebody changed
    the probe.
    Read: Step 4, "From the strictest on".
    """
    async with upstream() as one, upstream() as other:
        proxy = ReverseProxy()
        probe = HttpProbe("/helth")
        active = ActiveHealth(probe, interval=86_400, timeout=1)
        target = proxy.add_target([one.url, other.url], health=[active, Panic()])
        for check in target.checks:
            check.failed("status 200")
        async with serving(proxy) as address:
            answers = [await ask(address, GET) for _ in range(4)]

    statuses = [answer.status for answer in answers]
    assert statuses == [200] * 4, f"all upstreams are well, and clients got {statuses}"

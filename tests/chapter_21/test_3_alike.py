"""Step 3: the same client, the same upstream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from reverseproxy import Target
from reverseproxy.errors import NoUpstreamAvailable
from reverseproxy.keys import Key
from reverseproxy.lease import Lease
from reverseproxy.udp.talk import key_of, leased
from reverseproxy.upstream import Upstream
from tests.support.steps import step

URLS = [f"udp://10.0.0.{number}:53" for number in range(1, 6)]
CLIENTS = [(f"192.0.2.{number}", 40_000 + number) for number in range(1, 31)]

ADDRESS, BOTH = Key("address"), Key("address-port")


@dataclass
class Asking:
    """What of a talk matters here: who it is, and who has refused."""

    client: tuple[Any, ...] = ("192.0.2.7", 5353)
    refused: Sequence[Upstream] = ()


def target(count: int, policy: str = "first", **settings: Any) -> Target:
    """So many upstreams, of whose health nobody hears."""
    return Target(URLS[:count], policy=policy, health=[], **settings)


def use(talk: Asking, among: Target) -> Lease:
    """What `leased` gives; what it raises is told."""
    try:
        return leased(talk, among)  # type: ignore[arg-type]  # it has what is needed of one
    except (NoUpstreamAvailable, RecursionError) as error:
        raised = f"{error!r:.60}"
    # Not above: what fails there drags a thousand errors along, and pytest looks at each of them.
    count = len(talk.refused)
    pytest.fail(f"{count} have refused, there are upstreams, and it raised {raised}")


def where(talk: Asking, among: Target) -> str:
    """The upstream that it gets, like "10.0.0.1"."""
    return name(use(talk, among).upstream)


def name(upstream: Upstream) -> str:
    """Like "10.0.0.1"."""
    return upstream.origin.host


def key(client: tuple[Any, ...], kind: Key | None) -> bytes:
    """What the policy goes by; what it raises is told."""
    try:
        return key_of(client, kind)
    except AttributeError as error:
        pytest.fail(f"for a key that is {kind}, it raised {error!r}")


@step(3)
def test_a_client_is_its_address() -> None:
    """192.0.2.7 from any port, with a key that is "address": b"192.0.2.7".

    Why: a game that starts again has another port, and its state is where it was.
    Read: Step 3, "The same client, the same upstream".
    """
    for port in (5353, 40_000):
        if (found := key(("192.0.2.7", port), ADDRESS)) != b"192.0.2.7":
            pytest.fail(f"192.0.2.7 from port {port} is known by its address, and it was {found!r}")


@step(3)
def test_or_its_address_and_its_port() -> None:
    """With a key that is "address-port", 192.0.2.7 from port 5353 is b"192.0.2.7:5353".

    Why: a thousand people may share one address, and should not share one upstream for that.
    Read: Step 3, "The same client, the same upstream".
    """
    if (found := key(("192.0.2.7", 5353), BOTH)) != b"192.0.2.7:5353":
        pytest.fail(f"it is known by its address and its port, 192.0.2.7:5353, and was {found!r}")
    near, far = key(("192.0.2.1", 12_345), BOTH), key(("192.0.2.11", 2345), BOTH)
    if near == far:
        pytest.fail(f"192.0.2.1 from 12345, and 192.0.2.11 from 2345, are both known as {near!r}")


@step(3)
def test_one_address_is_one_key() -> None:
    """IPv6, with what Python puts beside it; and an IPv4 address in IPv6's clothes, which is that.

    Why: a socket for both families sees another text than one for IPv4, of the same client.
    Read: Step 3, "The same client, the same upstream".
    """
    for client, kind, wanted in (
        (("2001:db8::7", 5353, 0, 0), ADDRESS, b"2001:db8::7"),
        (("2001:db8::7", 5353, 0, 0), BOTH, b"2001:db8::7:5353"),
        (("::ffff:192.0.2.7", 5353, 0, 0), ADDRESS, b"192.0.2.7"),
        (("::ffff:192.0.2.7", 5353, 0, 0), BOTH, b"192.0.2.7:5353"),
        (("fe80::7%eth0", 5353, 0, 2), ADDRESS, b"fe80::7"),
        (("fe80::7%eth0", 5353, 0, 2), BOTH, b"fe80::7:5353"),
    ):
        if (found := key(client, kind)) != wanted:
            pytest.fail(f"{client[0]} is {wanted!r} as an {kind.kind}, and it was {found!r}")


@step(3)
def test_nobody_asks_for_a_key() -> None:
    """A policy without one, like round robin: an empty key, and an upstream.

    Why: most policies look at nothing of the client.
    Read: Step 3, "The same client, the same upstream".
    """
    if (found := key(("192.0.2.7", 5353), None)) != b"":
        pytest.fail(f"nobody looks at a key, so it is empty, and it was {found!r}")


@step(3)
@pytest.mark.parametrize("policy", ["ring", "maglev"])
def test_a_second_proxy_finds_the_same(policy: str) -> None:
    """30 clients, two proxies before the same upstreams: each client has the same one in both.

    Why: proxies are restarted, and there are two of them. No client should notice.
    Read: Step 3, "The same client, the same upstream".
    """
    one, two = target(5, policy), target(5, policy)
    first = [where(Asking(client), one) for client in CLIENTS]
    second = [where(Asking(client), two) for client in reversed(CLIENTS)][::-1]
    if first != second:
        pytest.fail("two proxies with the same upstreams give a client to different ones")
    if len(set(first)) == 1:
        pytest.fail(f"30 clients with addresses of their own, and all of them go to {first[0]}")
    wanted = [name(one.select_upstream(client[0].encode())) for client in CLIENTS]
    if first != wanted:
        pytest.fail("over UDP a client goes to another upstream than with the same key over TCP")


@step(3)
@pytest.mark.parametrize("kind", ["address", "address-port"])
def test_the_target_says_what_it_goes_by(kind: str) -> None:
    """One address, 30 ports: one upstream, or several, as the target's key says.

    Why: which of both is right, nobody can tell but who runs it.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(5, "ring", key=kind)
    found = {where(Asking(("192.0.2.7", port)), among) for port in range(40_000, 40_030)}
    if kind == "address" and len(found) > 1:
        pytest.fail(f"the key is the address, it is one, and it goes to {len(found)} upstreams")
    if kind == "address-port" and len(found) == 1:
        pytest.fail("the key is address and port, there are 30, and all of them go to one upstream")


@step(3)
def test_each_is_selected_once() -> None:
    """Three clients and round robin: one, two, three. What each gets, nobody has entered yet.

    Why: who selects, looks, and selects again, takes two turns for one client.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(3, "round-robin")
    uses = [use(Asking(), among) for _ in range(4)]
    found = " ".join(name(each.upstream)[-1] for each in uses)
    if found != "1 2 3 1":
        pytest.fail(f"four clients by turns go to 1 2 3 1, and it was {found}")
    if count := sum(each.in_flight for each in among.upstreams):
        pytest.fail(f"four uses that nobody has begun yet, and {count} are counted as begun")


@step(3)
def test_who_has_refused_is_passed_by() -> None:
    """The first of three has refused, then the second, too: another one, and both are remembered.

    Why: whoever goes back there loses one more datagram.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(3)
    one, two, _ = among.upstreams
    for refused, wanted in (((one,), "10.0.0.2"), ((one, two), "10.0.0.3"), ((two,), "10.0.0.1")):
        talk = Asking(refused=refused)
        if (found := where(talk, among)) != wanted:
            count = len(refused)
            pytest.fail(f"{count} of three have refused, {wanted} has not, and it goes to {found}")
        if tuple(talk.refused) != refused:
            count = len(refused)
            pytest.fail(f"of {count} that have refused, {len(talk.refused)} are remembered")


@step(3)
def test_when_all_have_refused_each_has_another_chance() -> None:
    """Two upstreams, and whoever is asked refuses: they are asked in turns, for ever.

    Why: one of them may be back by now. Nobody knows which.
    Read: Step 3, "The same client, the same upstream".
    """
    among, talk, found = target(2), Asking(), ""
    for _ in range(6):
        upstream = use(talk, among).upstream
        found += name(upstream)[-1]
        talk.refused = (*talk.refused, upstream)
    if found != "121212":
        pytest.fail(f"both refuse each time, so their turns are 121212, and they were {found}")


@step(3)
def test_then_the_key_still_counts() -> None:
    """All five have refused: each client gets the one that it had in the beginning.

    Why: that one knows the client, if it is back.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(5, "ring")
    for client in CLIENTS:
        mine = where(Asking(client), among)
        again = where(Asking(client, tuple(among.upstreams)), among)
        if again != mine:
            pytest.fail(f"all have refused, so it is {mine} again for {client[0]}, not {again}")


@step(3)
def test_nobody_else_may_mean_nobody_who_works() -> None:
    """One has refused, and the other is in maintenance: the one that has refused.

    Why: it may be back. The other one is not, and people have said so.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(2)
    among.set_state(URLS[1], "maint")
    found = where(Asking(refused=(among.upstreams[0],)), among)
    if found != "10.0.0.1":
        pytest.fail(f"the second is in maintenance, so the first has another chance, not {found}")


@step(3)
def test_there_may_be_nobody_at_all() -> None:
    """All are in maintenance, whether one of them had refused or not: NoUpstreamAvailable.

    Why: the datagram is dropped and counted. That is for others to do: they have to hear of it.
    Read: Step 3, "The same client, the same upstream".
    """
    among = target(2)
    for url in URLS[:2]:
        among.set_state(url, "maint")
    for refused in ((), (among.upstreams[0],)):
        talk = Asking(refused=refused)
        try:
            found = leased(talk, among)  # type: ignore[arg-type]  # it has what is needed of one
        except NoUpstreamAvailable:
            continue
        except RecursionError:
            found = None
        if found is None:
            pytest.fail("all are in maintenance, and it looks for another one over and over")
        pytest.fail(f"all are in maintenance, and what it gives is {found}")

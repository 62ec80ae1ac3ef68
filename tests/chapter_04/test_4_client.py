"""Step 4: who is the client?"""

import pytest

from reverseproxy import ReverseProxy
from reverseproxy.forwarded import TrustedProxies, believed_chain
from tests.support.loopback import ask, serving, upstream
from tests.support.steps import step

INSIDE = TrustedProxies.parse(["10.0.0.0/8", "2001:db8::/32"])


@step(4)
def test_a_stranger_is_believed_nothing() -> None:
    """The peer is not trusted: the chain is the peer alone, whatever it claims.

    Why: `curl -H 'X-Forwarded-For: 127.0.0.1'` is all it takes to claim to be from inside.
    Read: Step 4, "Who is the client?".
    """
    chain = believed_chain("203.0.113.9", ["127.0.0.1", "10.0.0.1"], INSIDE)
    assert chain == ["203.0.113.9"], f"a stranger's claim was believed: {chain}"


@step(4)
@pytest.mark.parametrize(
    ("peer", "claimed", "believed"),
    [
        ("10.0.0.1", ["198.51.100.2"], ["198.51.100.2", "10.0.0.1"]),
        ("10.0.0.1", ["198.51.100.2", "10.0.0.2"], ["198.51.100.2", "10.0.0.2", "10.0.0.1"]),
        ("2001:db8::1", ["2001:db8::2"], ["2001:db8::2", "2001:db8::1"]),
        ("10.0.0.1", [], ["10.0.0.1"]),
    ],
)
def test_a_trusted_proxy_is_taken_at_its_word(
    peer: str, claimed: list[str], believed: list[str]
) -> None:
    """Behind trusted proxies the chain goes back to the client: client first, peer last.

    Why: behind a load balancer, every peer is the load balancer. Without its word all the world has
    one address.
    Read: Step 4, "Who is the client?".
    """
    assert believed_chain(peer, claimed, INSIDE) == believed


@step(4)
def test_the_walk_ends_at_the_first_stranger() -> None:
    """127.0.0.1, 10.9.9.9, 198.51.100.2 from 10.0.0.1: the client is 198.51.100.2.

    Why: everything to the left of the first stranger was written by the stranger. Who reads the
    list from the left reads what an attacker wrote there.
    Read: Step 4, "Who is the client?".
    """
    chain = believed_chain("10.0.0.1", ["127.0.0.1", "10.9.9.9", "198.51.100.2"], INSIDE)
    if chain[0] == "127.0.0.1":
        pytest.fail(f"the leftmost address was believed, and a stranger wrote it: {chain}")
    if "10.9.9.9" in chain:
        pytest.fail(f"the walk went on to the left of the first stranger: {chain}")
    assert chain == ["198.51.100.2", "10.0.0.1"]


@step(4)
def test_an_address_may_come_twice() -> None:
    """198.51.100.2, 10.9.9.9, 198.51.100.2 from 10.0.0.1: the client is the one on the right.

    Why: a stranger knows his own address, and can write it at the left end as well. Who finds the
    stranger from the right, and then asks the list where that address is, gets the place of the
    forged one, and believes what stands between them.
    Read: Step 4, "Who is the client?".
    """
    chain = believed_chain("10.0.0.1", ["198.51.100.2", "10.9.9.9", "198.51.100.2"], INSIDE)
    if "10.9.9.9" in chain:
        pytest.fail(f"the stranger wrote his address twice, and 10.9.9.9 was believed: {chain}")
    assert chain == ["198.51.100.2", "10.0.0.1"]
    twice = believed_chain("10.0.0.1", ["10.0.0.1", "198.51.100.2", "10.0.0.1"], INSIDE)
    assert twice == ["198.51.100.2", "10.0.0.1", "10.0.0.1"]


@step(4)
@pytest.mark.parametrize(
    ("claim", "address"),
    [
        ("198.51.100.2:4711", "198.51.100.2"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        (" ::ffff:198.51.100.2", "198.51.100.2"),
    ],
)
def test_an_address_is_an_address_in_any_clothes(claim: str, address: str) -> None:
    """A port, brackets or spaces around an address in the list do not hide it.

    Why: some proxies write the port behind the address. `ip` has taken it off for you.
    Read: Step 4, "Who is the client?".
    """
    assert believed_chain("10.0.0.1", [claim], INSIDE) == [address, "10.0.0.1"]


@step(4)
@pytest.mark.parametrize("claim", ["unknown", "", "_hidden", "198.51.100", "<script>"])
def test_what_is_no_address_ends_the_walk(claim: str) -> None:
    """`unknown` in the list: the chain begins to the right of it.

    Why: a proxy that does not know may say so, and an attacker may write anything. Neither is an
    address, and whoever reads your log, or your fields, expects one.
    Read: Step 4, "Who is the client?".
    """
    chain = believed_chain("10.0.0.1", ["198.51.100.2", claim, "10.0.0.2"], INSIDE)
    assert claim not in chain, f"{claim!r} was taken for an address"
    assert chain == ["10.0.0.2", "10.0.0.1"]


@step(4)
async def test_the_upstream_is_told_what_can_be_believed() -> None:
    """With trusted_proxies=["127.0.0.1"], X-Forwarded-For and Forwarded tell of the whole chain.

    Why: this is what the upstream's log, its limits and its permissions are built on.
    Read: Step 4, "Who is the client?".
    """
    request = (
        b"GET / HTTP/1.1\r\nHost: fid.dev\r\n"
        b"X-Forwarded-For: 127.0.0.1, 2001:db8::7\r\nForwarded: for=127.0.0.1\r\n\r\n"
    )
    async with upstream() as script:
        proxy = ReverseProxy(trusted_proxies=["127.0.0.1"])
        proxy.add_target(script.url)
        async with serving(proxy) as address:
            await ask(address, request)

    heard = script.heard[0]
    assert heard.values("x-forwarded-for") == ["2001:db8::7, 127.0.0.1"]
    assert heard.values("forwarded") == [
        'for="[2001:db8::7]";host=fid.dev;proto=http, for=127.0.0.1'
    ]

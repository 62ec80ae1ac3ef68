"""Who asked: the chain that can be believed, and the fields that tell of it."""

import re
from ipaddress import IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError
from reverseproxy.forwarded import (
    TrustedProxies,
    believed_chain,
    chain_of,
    forwarded,
    forwarded_fields,
    ip,
    is_claim,
)
from reverseproxy.message import Field, RequestHead

TRUSTED = TrustedProxies.parse(["10.0.0.0/8", "fd00::/8"])
ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(["10.0.0.1", "10.9.9.9", "fd00::1", "192.0.2.7", "2001:db8::7"]),
)
CLAIMS = st.lists(st.one_of(ADDRESSES, st.sampled_from(["unknown", "", "_x", "1.2.3"])), max_size=6)


def plain(text: str) -> str:
    """An address as the chain writes it."""
    found = ip_address(text)
    return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)


@given(peer=ADDRESSES, claimed=CLAIMS)
def test_an_address_is_believed_when_a_trusted_proxy_says_it(peer: str, claimed: list[str]) -> None:
    chain = believed_chain(peer, claimed, TRUSTED)

    assert chain[-1] == peer
    assert all(address in TRUSTED for address in chain[1:])
    said = [*claimed, peer][-len(chain) :]
    assert chain[:-1] == [plain(each) for each in said[:-1]]
    left = claimed[: len(claimed) + 1 - len(chain)]
    if left:  # the walk ended at the first that is not trusted, or before what is no address
        assert chain[0] not in TRUSTED or ip(left[-1]) is None


@given(ADDRESSES)
def test_an_address_is_read_with_and_without_port_and_brackets(text: str) -> None:
    address = ip(text)
    assert address is not None
    if ":" in text:
        assert ip(f"[{text}]") == ip(f"[{text}]:4711") == ip(f" {text} ") == address
        assert ip(f"{text}%eth0") == address
    else:
        assert ip(f"{text}:4711") == ip(f"::ffff:{text}") == address


@given(st.text(max_size=12))
def test_a_text_is_an_address_or_none(text: str) -> None:
    found = ip(text)
    assert found is None or ip(str(found)) == found


@given(chain=st.lists(ADDRESSES.map(plain), min_size=1, max_size=4), host=st.binary(max_size=8))
def test_forwarded_reads_back_as_what_was_written(chain: list[str], host: bytes) -> None:
    value = forwarded(chain, [host], b"https").decode("latin-1")

    pairs = r'(?:^|[;,]) ?([a-z]+)=(?:([^;,"]+)|"((?:[^"\\]|\\.)*)")'
    read = [
        (name, token or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        for name, token, quoted in re.findall(pairs, value, re.DOTALL)
    ]
    nodes = [f"[{address}]" if ":" in address else address for address in chain]
    assert read == [
        ("for", nodes[0]),
        ("host", host.decode("latin-1")),
        ("proto", "https"),
        *(("for", each) for each in nodes[1:]),
    ]


def test_an_ipv6_address_is_quoted_and_in_brackets() -> None:
    assert forwarded(["2001:db8::7"], [b"fid.dev:8080"], b"http") == (
        b'for="[2001:db8::7]";host="fid.dev:8080";proto=http'
    )


def fields_for(client: str, *fields: Field) -> dict[bytes, bytes]:
    head = RequestHead("GET", b"/", [(b"Host", b"fid.dev"), *fields], client=client)
    return dict(forwarded_fields(head, TRUSTED))


CLAIM = (
    (b"X-Forwarded-For", b"192.0.2.1, 198.51.100.2"),
    (b"X-Forwarded-Host", b"bank.example"),
    (b"X-Forwarded-Proto", b"https"),
)


def test_a_stranger_is_asked_nothing() -> None:
    assert fields_for("203.0.113.9", *CLAIM) == {
        b"X-Forwarded-For": b"203.0.113.9",
        b"X-Forwarded-Host": b"fid.dev",
        b"X-Forwarded-Proto": b"http",
        b"Forwarded": b"for=203.0.113.9;host=fid.dev;proto=http",
    }


def test_a_trusted_proxy_is_believed_as_far_as_it_knows() -> None:
    assert fields_for("10.0.0.1", *CLAIM) == {
        b"X-Forwarded-For": b"198.51.100.2, 10.0.0.1",
        b"X-Forwarded-Host": b"bank.example",
        b"X-Forwarded-Proto": b"https",
        b"Forwarded": b"for=198.51.100.2;host=bank.example;proto=https, for=10.0.0.1",
    }


def test_a_trusted_proxy_that_says_nothing_is_the_client() -> None:
    assert fields_for("fd00::1")[b"Forwarded"] == b'for="[fd00::1]";host=fid.dev;proto=http'


def test_what_is_not_known_is_not_made_up() -> None:
    head = RequestHead("GET", b"/", [], version="1.0")
    assert forwarded_fields(head, TRUSTED) == [
        (b"X-Forwarded-For", b"unknown"),
        (b"X-Forwarded-Proto", b"http"),
        (b"Forwarded", b"for=unknown;proto=http"),
    ]


def test_who_comes_over_a_unix_socket_is_trusted_by_that_name() -> None:
    claims = [(b"X-Forwarded-For", b"192.0.2.1, unknown, 198.51.100.2")]
    head = RequestHead("GET", b"/", claims)

    assert chain_of(head, TrustedProxies.parse(["unix"])) == ["198.51.100.2", "unknown"]
    assert chain_of(head, TRUSTED) == ["unknown"]
    assert "" in TrustedProxies.parse(["10.0.0.0/8", "unix"])
    assert "10.0.0.1" not in TrustedProxies.parse(["unix"])
    assert TrustedProxies.parse(["unix"])


@pytest.mark.parametrize(
    "name",
    [b"X-Forwarded-For", b"x_forwarded_for", b"Forwarded", b"X-Real-IP", b"X-Forwarded-Port"],
)
def test_fields_that_say_who_asked_are_known_in_any_spelling(name: bytes) -> None:
    assert is_claim(name)
    assert not is_claim(b"X-" + name)


@pytest.mark.parametrize(
    ("cidrs", "wrong"),
    [
        (["10.0.0.1/8"], "10.0.0.1/8"),
        (["::1", "localhost"], "localhost"),
        ([None], None),
        ("10.0.0.0/8", "10.0.0.0/8"),
    ],
)
def test_what_is_no_network_is_refused_by_name(cidrs: list[str], wrong: object) -> None:
    with pytest.raises(ConfigurationError, match="trusted_proxies") as caught:
        TrustedProxies.parse(cidrs)
    assert repr(wrong) in str(caught.value)

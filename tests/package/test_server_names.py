"""What ServerNames takes, and what a TcpProxy takes of them."""

import pytest

from reverseproxy import ConfigurationError, ServerNames, Target, TcpProxy, TlsListener
from reverseproxy.server import Place
from reverseproxy.tls.certificates import Certificates
from reverseproxy.upstream_tls import Certificate
from tests.chapter_18.hellos import authority

SOMEWHERE = Target("tcp://127.0.0.1:7")


@pytest.mark.parametrize(
    ("names", "match"),
    [
        ({}, "needs at least one name"),
        ({"rose.test": SOMEWHERE, "Rose.Test.": SOMEWHERE}, "is there twice"),
        ({"*.rose.test": SOMEWHERE, "*.ROSE.test": SOMEWHERE}, "is there twice"),
        ({"": SOMEWHERE}, "is a name"),
        ({"*": SOMEWHERE}, "is a name"),
        ({"rose.*": SOMEWHERE}, "is a name"),
        ({"*rose.test": SOMEWHERE}, "is a name"),
        ({"rose.test:443": SOMEWHERE}, "is a name"),
        ({"https://rose.test": SOMEWHERE}, "is a name"),
        ({"röse.test": SOMEWHERE}, "is a name"),
        ({"a" * 254: SOMEWHERE}, "is a name"),
        ({"192.0.2.7": SOMEWHERE}, "is no address"),
        ({"[2001:db8::7]": SOMEWHERE}, "is no address"),
    ],
)
def test_names_that_nobody_can_ask_for_are_found_at_once(
    names: dict[str, Target], match: str
) -> None:
    with pytest.raises(ConfigurationError, match=match):
        ServerNames(names)


@pytest.mark.parametrize("name", ["rose", "_rose.test", "*.test", "1.test", "xn--rse-sna.test"])
def test_names_that_somebody_can_ask_for_are_taken(name: str) -> None:
    assert ServerNames({name: SOMEWHERE}).all == {SOMEWHERE}


@pytest.mark.parametrize(
    ("target", "match"),
    [
        (Target("http://127.0.0.1:7"), "upstream 'http://127.0.0.1:7'"),
        (Target("tls://127.0.0.1:7"), "TLS is passed on as it is"),
        (Target(["tcp://127.0.0.1:7", "tls://127.0.0.1:8"]), "upstream 'tls://127.0.0.1:8'"),
        (Target("tcp://127.0.0.1:7", policy="ring", key="cookie:rose"), "key 'cookie'"),
    ],
)
def test_all_targets_are_looked_at(target: Target, match: str) -> None:
    for names in (
        ServerNames({"thorn.test": SOMEWHERE, "rose.test": target}),
        ServerNames({"thorn.test": SOMEWHERE}, default=target),
    ):
        with pytest.raises(ConfigurationError, match=match):
            TcpProxy(names)
    other = ServerNames({"thorn.test": SOMEWHERE}, not_tls=target)
    if "tls" in str(target.upstreams[-1]):
        TcpProxy(other)  # who speaks no TLS may have it put around
        with pytest.raises(ConfigurationError, match=match):
            TcpProxy(ServerNames({"thorn.test": SOMEWHERE}, default=target, not_tls=target))
    else:
        with pytest.raises(ConfigurationError, match=match):
            TcpProxy(other)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One for rose.test, as files."""
    place, issued = tmp_path_factory.mktemp("certificate"), authority().issue_cert("rose.test")
    chain, key = place / "chain.pem", place / "key.pem"
    chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return Certificate(str(chain), str(key))


async def test_tls_cannot_be_spoken_and_passed_on(certificate: Certificate) -> None:
    proxy = TcpProxy(ServerNames({"rose.test": SOMEWHERE}))
    place = TlsListener("127.0.0.1:0", Certificates(certificate))
    places: list[Place | list[Place]] = [place, ["127.0.0.1:0", place]]
    for listen in places:
        with pytest.raises(ConfigurationError, match="is no TlsListener: TLS is passed on"):
            await proxy.serve(listen=listen)

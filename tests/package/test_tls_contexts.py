"""Whom contexts believe, and what they refuse."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from reverseproxy import Certificate, Certificates, ConfigurationError, UpstreamTls
from reverseproxy.tls.contexts import upstream_context
from tests.chapter_17.papers import LONG_AGO, Papers
from tests.chapter_17.speaking import is_refused

CENTURY = timedelta(days=36_500)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


SHOWN: dict[str, tuple[tuple[str, ...], dict[str, bool]]] = {
    "its name": (("db.test",), {}),
    "its name among others": (("a.test", "db.test"), {}),
    "expired": (("db.test",), {"is_expired": True}),
    "by a stranger": (("db.test",), {"by_a_stranger": True}),
    "another name": (("a.test",), {}),
    "a star": (("*.db.test",), {}),
    "an address": (("127.0.0.1", "::1"), {}),
    "another address": (("127.0.0.2",), {}),
}


@pytest.mark.parametrize(
    ("shown", "asked", "is_good"),
    [
        ("its name", "db.test", True),
        ("its name among others", "db.test", True),
        ("its name", "DB.test", True),
        ("its name", "127.0.0.1", False),
        ("expired", "db.test", False),
        ("by a stranger", "db.test", False),
        ("another name", "db.test", False),
        ("a star", "one.db.test", True),
        ("a star", "db.test", False),
        ("a star", "a.one.db.test", False),
        ("an address", "127.0.0.1", True),
        ("an address", "::1", True),
        ("another address", "127.0.0.1", False),
    ],
)
def test_whom_an_upstream_may_be(papers: Papers, shown: str, asked: str, is_good: bool) -> None:
    names, how = SHOWN[shown]
    server = papers.server(papers.issue(shown, *names, **how))  # type: ignore[arg-type]
    context = upstream_context(UpstreamTls(ca_file=papers.ca_file), ())
    assert is_refused(context, server, asked) is not is_good


def test_one_that_signed_its_own_certificate_is_believed_by_who_has_it(
    papers: Papers, tmp_path: Path
) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    names = x509.SubjectAlternativeName([x509.DNSName("db.test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, LONG_AGO, LONG_AGO + CENTURY)
    own = Certificate(tmp_path / "own.pem", tmp_path / "own.key")
    signed = made.add_extension(names, critical=True).sign(key, SHA256())
    Path(own.chain).write_bytes(signed.public_bytes(Encoding.PEM))
    Path(own.key).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = papers.server(own)
    for ca_file, is_good in ((own.chain, True), (papers.ca_file, False), (None, False)):
        context = upstream_context(UpstreamTls(ca_file=ca_file), ())
        assert is_refused(context, server, "db.test") is not is_good


@pytest.mark.parametrize("alpn", ["h2", ("",), ("x" * 256,), ("é",)])
def test_protocols_that_are_none_are_found_at_the_start(papers: Papers, alpn: str) -> None:
    with pytest.raises(ConfigurationError, match="alpn"):
        Certificates(papers.rose, alpn=alpn)
    with pytest.raises(ConfigurationError, match="alpn"):
        UpstreamTls(alpn=alpn)  # type: ignore[arg-type]  # that is the point


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(
    papers: Papers, tmp_path: Path
) -> None:
    key = load_pem_private_key(Path(papers.rose.key).read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"thorn"))
    )
    with pytest.raises(ConfigurationError, match="without a password"):
        Certificates(Certificate(papers.rose.chain, locked))

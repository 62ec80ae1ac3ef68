"""Certificates, made on the fly, by two authorities: one that is believed, and a stranger."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

from reverseproxy.upstream_tls import Certificate

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


class Papers:
    """Certificates as files, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ours, self._strangers = trustme.CA(), trustme.CA()
        self.ca_file, self.strangers_file = folder / "ca.pem", folder / "strangers.pem"
        self._ours.cert_pem.write_to_path(self.ca_file)
        self._strangers.cert_pem.write_to_path(self.strangers_file)
        self._labels: dict[bytes, str] = {}
        self.rose = self.issue("rose")
        """For rose.test."""

    def issue(
        self,
        label: str,
        *names: str,
        by_a_stranger: bool = False,
        is_expired: bool = False,
        file: str | None = None,
    ) -> Certificate:
        """A certificate for names; none: rose.test. It is called `label`, and so are its files.

        file: what they are called instead; those that there are get the new content.
        """
        ca = self._strangers if by_a_stranger else self._ours
        until = LONG_AGO.replace(year=2002) if is_expired else None
        leaf = ca.issue_cert(*names or ("rose.test",), not_before=LONG_AGO, not_after=until)
        chain = leaf.cert_chain_pems[0]
        self._labels[ssl.PEM_cert_to_DER_cert(chain.bytes().decode())] = label
        certificate = self.named(file or label)
        chain.write_to_path(str(certificate.chain))
        leaf.private_key_pem.write_to_path(str(certificate.key))
        return certificate

    def named(self, file: str) -> Certificate:
        """The two files of that name, whether they are there or not."""
        return Certificate(self.folder / f"{file}.pem", self.folder / f"{file}.key")

    def spoil(self, certificate: Certificate) -> None:
        """Leaves only a half of its first file."""
        path = Path(certificate.chain)
        path.write_bytes(path.read_bytes()[:200])

    def label(self, certificate: bytes | None) -> str:
        """What a certificate is called that somebody has shown."""
        return self._labels[certificate] if certificate else "none"

    def server(
        self, certificate: Certificate | None = None, *, asks: bool = False
    ) -> ssl.SSLContext:
        """A server by Python's own TLS; None: it is rose.test. `asks`: clients have to show one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        shown = certificate or self.rose
        context.load_cert_chain(shown.chain, shown.key)
        if asks:
            context.load_verify_locations(self.ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def client(certificate: Certificate | None = None) -> ssl.SSLContext:
    """A client by Python's own TLS, that takes any certificate, and may show one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate.chain, certificate.key)
    return context

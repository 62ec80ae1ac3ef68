"""Chapter 17: the proxy speaks TLS with its clients, and with one of its upstreams.

What it needs is in certs/: an authority of our own, made once, and certificates, new at each start.
"""

import logging
import os
import signal
from pathlib import Path

import trustme

from reverseproxy import (
    Certificate,
    Certificates,
    ConfigurationError,
    ReverseProxy,
    TlsListener,
    UpstreamTls,
    run,
)

FOLDER = Path("certs")
CA, CA_KEY = FOLDER / "ca.pem", FOLDER / "ca.key"


def authority() -> trustme.CA:
    """Believed by all who are given certs/ca.pem, and by nobody else."""
    if not CA.exists():
        FOLDER.mkdir(exist_ok=True)
        new = trustme.CA()
        new.private_key_pem.write_to_path(CA_KEY)
        new.cert_pem.write_to_path(CA)
    return trustme.CA.from_pem(CA.read_bytes(), CA_KEY.read_bytes())


def issue(*names: str) -> Certificate:
    """A new certificate for these names, in files that are called like the first of them."""
    leaf = authority().issue_cert(*names)
    files = Certificate(FOLDER / f"{names[0]}.pem", FOLDER / f"{names[0]}.key")
    leaf.private_key_pem.write_to_path(files.key)
    leaf.cert_chain_pems[0].write_to_path(files.chain)
    return files


def take_new(certificates: Certificates) -> None:
    """Has connections to come use the files as they are now, if they can be used."""
    try:
        certificates.reload()
    except ConfigurationError as error:
        logging.error("the old certificates stay: %s", error)
    else:
        logging.info("certificates read again")


def main() -> None:
    """Serves, with a name for each of its two certificates, and reads them again at SIGHUP."""
    certificates = Certificates(
        issue("localhost", "127.0.0.1"), {"shop.test": issue("shop.test")}, alpn=["http/1.1"]
    )
    proxy = ReverseProxy()
    proxy.add_target("http://127.0.0.1:8001")
    proxy.add_target("https://localhost:8002", path="/secret", tls=UpstreamTls(ca_file=CA))
    signal.signal(signal.SIGHUP, lambda *_: take_new(certificates))
    Path("proxy.pid").write_text(str(os.getpid()))
    run(proxy, listen=["127.0.0.1:8080", TlsListener("127.0.0.1:8043", certificates)])


if __name__ == "__main__":
    main()

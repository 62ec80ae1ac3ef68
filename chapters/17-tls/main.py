"""Chapter 17: the proxy speaks TLS with its clients and with one of its upstreams.

The certificates in certs/ are for this machine alone; a new start makes new ones.
"""

import signal
from pathlib import Path

import trustme

from reverseproxy import Certificate, Certificates, ReverseProxy, TlsListener, UpstreamTls, run

FOLDER = Path("certs")


def issue(ca: trustme.CA, *names: str) -> Certificate:
    """A certificate for these names, as files that are called like the first one."""
    leaf = ca.issue_cert(*names)
    files = Certificate(FOLDER / f"{names[0]}.pem", FOLDER / f"{names[0]}.key")
    leaf.cert_chain_pems[0].write_to_path(files.chain)
    leaf.private_key_pem.write_to_path(files.key)
    return files


FOLDER.mkdir(exist_ok=True)
ca = trustme.CA()
ca.cert_pem.write_to_path(FOLDER / "ca.pem")

certificates = Certificates(
    issue(ca, "localhost", "127.0.0.1"), {"shop.test": issue(ca, "shop.test")}
)
proxy = ReverseProxy()
proxy.add_target("http://127.0.0.1:8001")
proxy.add_target(
    "https://localhost:8002", path="/secret", tls=UpstreamTls(ca_file=FOLDER / "ca.pem")
)

if __name__ == "__main__":
    signal.signal(signal.SIGHUP, lambda *_: certificates.reload())
    run(proxy, listen=["127.0.0.1:8080", TlsListener("127.0.0.1:8443", certificates)])

"""TLS on the way to upstreams: whom to believe there, and who we are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

from reverseproxy.errors import ConfigurationError

Path = str | PathLike[str]

NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|[0-9a-f:]+", re.IGNORECASE)
"""A host's name, or an IP address."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, as names of PEM files. The key has no password.

    chain: the certificate itself, and behind it those that lead to its authority.
    """

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTls:
    """How https:// and tls:// upstreams are spoken with. They are verified, unless that is off.

    Raises ConfigurationError for settings that exclude one another, and for a name or a protocol
    that is none.
    """

    ca_file: Path | None = None
    """PEM: the authorities that are believed. None: the public ones."""
    name: str | None = None
    """The name that is asked for (SNI), and has to be in the certificate; None: the URL's host."""
    certificate: Certificate | None = None
    """Who we are, for upstreams that ask."""
    alpn: tuple[str, ...] = ()
    """The protocols to choose from, for tls://; with https:// it is always http/1.1."""
    insecure_skip_verify: bool = False
    """Takes any certificate: whoever is on the way can read all, and change it."""

    def __post_init__(self) -> None:
        check_alpn(self.alpn)
        object.__setattr__(self, "alpn", tuple(self.alpn))  # a list will do, but has no hash
        if self.insecure_skip_verify and self.ca_file is not None:
            allowed = "says whom to believe; with insecure_skip_verify, anybody is"
            raise ConfigurationError("upstream tls ca_file", str(self.ca_file), allowed)
        if self.name is not None and not NAME.fullmatch(self.name):
            allowed = "is a name like shop.fid.dev; others than ASCII letters are written as xn--"
            raise ConfigurationError("upstream tls name", self.name, allowed)


def check_alpn(alpn: Sequence[str]) -> None:
    """Raises ConfigurationError for what are no names of protocols (RFC 7301, section 3.1)."""
    if isinstance(alpn, str) or not all(name.isascii() and 0 < len(name) < 256 for name in alpn):
        raise ConfigurationError("alpn", alpn, 'is like ("h2", "http/1.1")')


PUBLIC = UpstreamTls()
"""What a browser would believe, and no certificate of our own."""

"""Where an upstream is found: scheme, host and port."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Self
from urllib.parse import SplitResult, urlsplit

from reverseproxy.errors import ConfigurationError

DEFAULT_PORTS = {"http": 80, "https": 443, "tcp": 0, "tls": 0, "udp": 0}
"""0: there is none, and the port has to be written."""

# A name or an IPv4 address, or an IPv6 address in brackets; then, perhaps, a port.
HOST = re.compile(r"([a-z0-9._-]*|\[[0-9a-f:.]+\])(:.*)?", re.IGNORECASE)

IPV4_STYLE = re.compile(r"[0-9]+(\.[0-9]+){3}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what RFC 9110, section 4.3.1, calls an origin.

    The host of an IPv6 origin is kept without its brackets.
    """

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """The origin that `url` names: "http://localhost:8000", "https://example.org".

        Scheme and host are lower-cased; a port that is not written is the scheme's own.

        Raises ConfigurationError, which names the URL and what is allowed, for anything else: no
        scheme, another scheme, no host, a port outside 1-65535, a user, a path, a query.
        """
        parts = split_url(url)
        if parts.scheme not in DEFAULT_PORTS:
            raise bad_url(url, "must start with http://, https://, tcp://, tls:// or udp://")
        if not parts.hostname:
            raise bad_url(url, "names no host; write it like http://localhost:8000")
        if parts.username is not None:
            raise bad_url(url, "must not hold a user or password: a proxy passes on the client's")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise bad_url(url, "must end after the host and port")
        try:
            port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
        except ValueError:
            port = 0
        if port == 0:
            raise bad_url(url, "needs a port that is a number from 1 to 65535")
        return cls(parts.scheme, parts.hostname, port)

    @property
    def is_secure(self) -> bool:
        """Whether it is spoken with over TLS."""
        return self.scheme in ("https", "tls")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def split_url(url: str) -> SplitResult:
    """`url` in parts; ConfigurationError for what urlsplit cannot read or would quietly mend."""
    if not isinstance(url, str) or any(c <= " " or c == "\x7f" for c in url):
        raise bad_url(url, "must be text without spaces or control characters")
    try:
        parts = urlsplit(url)
        if IPV4_STYLE.fullmatch(parts.hostname or ""):
            IPv4Address(parts.hostname)
    except ValueError as error:
        raise bad_url(url, f"is no URL ({error})") from error
    host = parts.netloc.rpartition("@")[2]
    if not HOST.fullmatch(host) or parts.geturl().lower() != url.lower():
        raise bad_url(url, "must be written like http://localhost:8000 or http://[::1]:8000")
    return parts


def bad_url(url: object, allowed: str) -> ConfigurationError:
    """The error for an upstream's URL."""
    return ConfigurationError("upstream", url, allowed)

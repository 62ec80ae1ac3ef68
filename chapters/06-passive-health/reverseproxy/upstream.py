"""Upstream: where requests are sent."""

import re
from dataclasses import dataclass, field
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.facts import Facts
from reverseproxy.origin import DEFAULT_PORTS, Origin, bad_url, split_url

# What may stand in a path or query on the wire.
VISIBLE = re.compile(r"[!-~]*")


@dataclass(slots=True, eq=False)
class Upstream:
    """An origin, and the path and query there below which requests are sent.

    base: path and query as they were written, escaped; `paths.join` puts a request below them.

    Two upstreams are never equal, even with the same URL: each has a health of its own.
    """

    origin: Origin
    base: bytes = b""
    facts: Facts = field(default_factory=Facts)

    @classmethod
    def parse(cls, url: str) -> Self:
        """The upstream at `url`: "http://localhost:8000", "http://localhost:8000/app?key=1".

        Raises ConfigurationError for anything else than an origin, a path and a query.
        """
        parts = split_url(url)
        try:
            origin = Origin.parse(f"{parts.scheme}://{parts.netloc}")
        except ConfigurationError as error:
            raise bad_url(url, error.allowed) from error
        if parts.fragment:
            raise bad_url(url, "must not hold a fragment: what is behind # is never sent")
        if not VISIBLE.fullmatch(parts.path + parts.query):
            raise bad_url(url, "must be escaped as it will be sent: /caf%C3%A9")
        query = f"?{parts.query}" if parts.query else ""
        return cls(origin, (parts.path + query).encode("ascii"))

    @property
    def authority(self) -> bytes:
        """Host and port as a Host field names them: without a port that is the scheme's own."""
        host = f"[{self.origin.host}]" if ":" in self.origin.host else self.origin.host
        if self.origin.port == DEFAULT_PORTS[self.origin.scheme]:
            return host.encode("ascii")
        return f"{host}:{self.origin.port}".encode("ascii")

    def __str__(self) -> str:
        """Its URL, for the log; what its query holds is nobody's business there."""
        path, mark, _ = self.base.decode("ascii").partition("?")
        return f"{self.origin}{path}?..." if mark else f"{self.origin}{path}"

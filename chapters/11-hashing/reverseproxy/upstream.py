"""Upstream: where requests are sent."""

import re
from dataclasses import dataclass, field
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.facts import Facts, State, merge
from reverseproxy.origin import DEFAULT_PORTS, Origin, bad_url, split_url
from reverseproxy.settings import check_count

MAX_WEIGHT = 256
WEIGHTLESS = State(False, "weight 0")

# What may stand in a path or query on the wire.
VISIBLE = re.compile(r"[!-~]*")


@dataclass(slots=True, eq=False)
class Upstream:
    """An origin, and the path and query there below which requests are sent.

    base: path and query as they were written, escaped; `paths.join` puts a request below them.

    weight: its share; a change of it makes new `Upstreams`.
    in_flight: uses that have begun and not ended; a Lease counts them.
    name: host and port as they were written, and the base; with https, the scheme before them. For
    policies that hash it: no other upstream of its target has that name.

    Two upstreams are never equal, even with the same URL: each has a health of its own.
    """

    origin: Origin
    base: bytes = b""
    facts: Facts = field(default_factory=Facts)
    weight: int = 1
    in_flight: int = 0
    name: str = ""

    @classmethod
    def parse(cls, url: str, weight: int = 1) -> Self:
        """The upstream at `url`: "http://localhost:8000", "http://localhost:8000/app?key=1".

        weight: its share of the requests, from 0 to 256, beside the others' weights; 0: none.

        Raises ConfigurationError for anything else than an origin, a path and a query, and for
        another weight.
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
        check_count(f"weight of {url}", weight, 0, MAX_WEIGHT)
        query = f"?{parts.query}" if parts.query else ""
        base = parts.path + query
        name = parts.netloc + base if base != "/" else parts.netloc
        if parts.scheme == "https":
            name = f"https://{name}"
        return cls(origin, base.encode("ascii"), weight=weight, name=name)

    @property
    def authority(self) -> bytes:
        """Host and port as a Host field names them: without a port that is the scheme's own."""
        host = f"[{self.origin.host}]" if ":" in self.origin.host else self.origin.host
        if self.origin.port == DEFAULT_PORTS[self.origin.scheme]:
            return host.encode("ascii")
        return f"{host}:{self.origin.port}".encode("ascii")

    def state(self, now: float, *, probes: bool = True, traffic: bool = True) -> State:
        """Whether it may have a request: its weight has a say, and so have the facts, as merged."""
        if not self.weight:
            return WEIGHTLESS
        return merge(self.facts, now, probes=probes, traffic=traffic)

    def __str__(self) -> str:
        """Its URL, for the log; what its query holds is nobody's business there."""
        path, mark, _ = self.base.decode("ascii").partition("?")
        return f"{self.origin}{path}?..." if mark else f"{self.origin}{path}"

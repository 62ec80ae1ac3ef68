"""What an intermediary changes in a message on its way: decisions about data, no I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reverseproxy.authority import origin_form
from reverseproxy.errors import ConfigurationError, RequestRefused
from reverseproxy.forwarded import (
    NOBODY,
    TrustedProxies,
    forwarded_fields,
    is_claim,
    is_dropped,
)
from reverseproxy.message import Field, RequestHead
from reverseproxy.paths import SUSPECT, check_path, without_dots
from reverseproxy.upstream import Upstream

# They speak of one connection, and the proxy has two: one of its own to each side.
# RFC 9110, section 7.6.1, and 11.7 for what is between two neighbours only; Keep-Alive,
# Proxy-Connection and HTTP2-Settings are what older software still sends.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

# Nobody who names these in Connection means well: the request would be another one without them.
NEVER_HOP_BY_HOP = frozenset({b"authorization", b"content-length", b"cookie", b"host", b"via"})

# How an intermediary calls itself (RFC 9110, section 7.6.3).
PSEUDONYM = re.compile(r"[A-Za-z0-9._:\[\]-]+")

# Nine digits fit into the integers of every program; of more, one may read another number. RFC
# 9110, section 7.6.2, would also let us send the highest number that we can count down from.
COUNT = re.compile(rb"[0-9]{1,9}")


def connection_options(fields: Iterable[Field]) -> frozenset[bytes]:
    """The names in all Connection lines, in small letters: what the sender means for one hop.

    A line is a list with commas, and an element may be empty (RFC 9110, sections 5.6.1 and 7.6.1).
    """
    lines = [value for name, value in fields if name.lower() == b"connection"]
    names = (name.strip(b" \t").lower() for line in lines for name in line.split(b","))
    return frozenset(name for name in names if name)


def end_to_end(fields: Iterable[Field]) -> list[Field]:
    """The fields that travel on: all but those of one connection, in their order.

    Those are HOP_BY_HOP, and what the sender names in Connection. Names are compared without regard
    to case. A name may come several times; each line stays a line of its own (RFC 9110, section
    5.3, explains why Set-Cookie must).
    """
    fields = list(fields)
    ends_here = HOP_BY_HOP | connection_options(fields)
    return [(name, value) for name, value in fields if name.lower() not in ends_here]


def check_request(method: str, fields: Iterable[Field]) -> None:
    """Raises RequestRefused for a request that would arrive as something else than was sent.

    Those are a method in small letters, which httpx does not leave so, a body in a transfer coding
    that we cannot undo, an upgrade with a body (the parser before us stops at the upgrade and loses
    it), and a Connection that names what the request needs
    on its way: NEVER_HOP_BY_HOP, and all that says who asked (`is_claim`).
    """
    lines = [(name.lower(), value.strip(b" \t").lower()) for name, value in fields]
    codings = [value for name, value in lines if name == b"transfer-encoding"]
    options = connection_options(lines)
    length = dict(lines).get(b"content-length", b"0")
    if method != method.upper():
        raise RequestRefused(f"the method {method!r} would arrive in capitals")
    if codings not in ([], [b"chunked"]):
        raise RequestRefused(f"the transfer codings {codings!r} are not understood")
    if b"upgrade" in options and (codings or length != b"0"):
        raise RequestRefused("an upgrade with a body cannot be passed on")
    for name in options:
        if name in NEVER_HOP_BY_HOP or is_claim(name):
            raise RequestRefused(f"Connection names {name!r}, which is not the connection's own")


def count_down(head: RequestHead) -> RequestHead | None:
    """The head with one hop less to go; None when it may go no further, and is answered here.

    Nothing else of it changes, the order of the fields included. Only OPTIONS and TRACE are counted
    (RFC 9110, section 7.6.2): with another method, or without a Max-Forwards, the head itself.
    Raises RequestRefused for a Max-Forwards that is no number (COUNT), and for a second one.
    """
    counts = head.values(b"max-forwards")
    if head.method not in ("OPTIONS", "TRACE") or not counts:
        return head
    if len(counts) > 1 or not COUNT.fullmatch(counts[0]):
        raise RequestRefused(f"Max-Forwards {counts!r} is no number")
    left = int(counts[0])
    if left == 0:
        return None
    fields = [
        (name, b"%d" % (left - 1) if name.lower() == b"max-forwards" else value)
        for name, value in head.fields
    ]
    return replace(head, fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """What this proxy says of itself, and whom it believes.

    trusted: the proxies before it whose word about the client is taken.
    via: its name in Via; None writes no Via.
    normalise_paths: dot segments are carried out, and not refused.

    Raises ConfigurationError for a `via` that is no name.
    """

    trusted: TrustedProxies = NOBODY
    via: str | None = "reverseproxy"
    normalise_paths: bool = False

    def __post_init__(self) -> None:
        if self.via is not None and not PSEUDONYM.fullmatch(self.via):
            raise ConfigurationError("via", self.via, "is a name, or a host and a port")

    def received(self, head: RequestHead) -> RequestHead | None:
        """The request as it goes on from here: what is matched, and what is forwarded.

        None when this proxy is the last that it asks: `OPTIONS *`, at the end of Max-Forwards, and
        CONNECT, which wants a tunnel.

        Raises RequestRefused when it could mean two things.
        """
        if head.method == "CONNECT":
            return None
        head = origin_form(head)
        if head.target == b"*":
            return None
        if self.normalise_paths:
            query = head.target.removeprefix(head.path)
            head = replace(head, target=without_dots(head.path) + query)
        if SUSPECT.search(head.path):
            check_path(head.path)
        return count_down(head) if head.values(b"max-forwards") else head

    def request_fields(
        self, head: RequestHead, upstream: Upstream, *, preserve_host: bool
    ) -> list[Field]:
        """The fields of the second request.

        End to end ones as they came, but for Host (the upstream's own authority unless
        `preserve_host`) and for what tells of the client, which this hop vouches for.
        """
        believed = head.client in self.trusted
        kept = end_to_end(head.fields)
        if not preserve_host or not head.values(b"host"):
            kept = [field for field in kept if field[0].lower() != b"host"]
            kept.insert(0, (b"Host", upstream.authority))
        fields = [field for field in kept if not is_dropped(field[0], believed=believed)]
        fields += forwarded_fields(head, self.trusted)
        if self.via is not None:
            fields.append((b"Via", f"{head.version} {self.via}".encode("ascii")))
        return fields

"""What finding a target costs, with ten routes and with ten thousand."""

from __future__ import annotations

import timeit
from collections.abc import Iterator

from reverseproxy.message import RequestHead
from reverseproxy.mux import Mux
from reverseproxy.rule import Rule
from reverseproxy.target import Target

REPEATS = 5
MATCHES = 5_000


# What a browser sends with a request.
FIELDS = [
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"accept-language", b"en,de;q=0.7"),
    (b"cache-control", b"max-age=0"),
    (b"cookie", b"session=0123456789abcdef"),
    (b"dnt", b"1"),
    (b"sec-fetch-dest", b"document"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-site", b"none"),
    (b"upgrade-insecure-requests", b"1"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
]


def matching(routes: int) -> Iterator[tuple[str, float]]:
    """Kinds of request, and the microseconds that each takes to match among so many routes.

    Two routes a site: one for its name and a path, one for all below it.
    """
    mux = Mux()
    for site in range(routes // 2):
        for rule in (
            Rule.parse(host=f"www.site{site}.example", path="/shop", methods=["GET", "POST"]),
            Rule.parse(host=f"*.site{site}.example"),
        ):
            mux.add(rule, Target("http://h", str(rule)))
    for kind, host, target in (
        ("a name and a prefix", b"www.site3.example", b"/shop/roses/red?size=2"),
        ("a wildcard", b"a.b.site3.example", b"/roses/red"),
        ("nothing", b"www.site3.test", b"/roses/red"),
    ):
        yield kind, microseconds(mux, RequestHead("GET", target, [(b"host", host), *FIELDS]))


def microseconds(mux: Mux, head: RequestHead) -> float:
    """One match: the best of a few rounds, as everything else on a machine only adds to it."""
    rounds = timeit.repeat(lambda: mux.match(head), number=MATCHES, repeat=REPEATS)
    return min(rounds) / MATCHES * 1e6

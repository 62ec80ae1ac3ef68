"""Mux: from the head of a request to the target that it is for."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass

from reverseproxy.errors import ConfigurationError
from reverseproxy.message import RequestHead
from reverseproxy.paths import canonical
from reverseproxy.rule import LONGEST_NAME, Rule
from reverseproxy.target import Target

Entry = tuple[Rule, Target]


@dataclass(frozen=True, slots=True)
class Match:
    """What the Mux found: a target; or the methods that would have had one; or neither."""

    target: Target | None = None
    allow: tuple[str, ...] = ()


class Mux:
    """Finds the target of a request: of all rules that match, the most specific.

    They are compared by host (a name before a wildcard, a longer wildcard before a shorter one),
    then port, path (exact before prefix, a longer prefix before a shorter one), methods (some
    before none), headers (more before fewer). Equal ones are asked in the order of adding.

    A match costs dictionary lookups for the labels of the host and the boundaries in the path,
    whatever the number of rules.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str | None, int | None], dict[bytes, list[Entry]]] = {}
        self._longest = 0

    def add(self, rule: Rule, target: Target) -> None:
        """Sends what matches `rule` to `target`.

        Raises ConfigurationError when there is an equal rule: no request would reach this one.
        """
        paths = self._places.setdefault((rule.host, rule.port), {})
        entries = paths.setdefault(rule.path, [])
        if any(rule == other for other, _ in entries):
            raise ConfigurationError("rule", str(rule), "is there already, with another target")
        insort(entries, (rule, target), key=lambda entry: entry[0].rank())
        self._longest = max(self._longest, len(rule.path))

    def match(self, head: RequestHead) -> Match:
        """The target of the most specific rule that takes the request.

        When rules match in everything but the method: all of their methods, sorted.
        """
        allow: set[str] = set()
        for rule, target in self.candidates(head):
            if not rule.has_headers(head):
                continue
            if not rule.methods or head.method in rule.methods:
                return Match(target)
            allow |= rule.methods
        return Match(allow=tuple(sorted(allow)))

    def candidates(self, head: RequestHead) -> Iterator[Entry]:
        """Every rule whose host, port and path take the request, the most specific first."""
        # No prefix is longer than the longest in any rule: a client's slashes cost nothing.
        path = canonical(head.path)
        keys = [path + b"?", *prefixes(path[: self._longest + 1]), b""]
        for host in hosts(head.host):
            for port in (head.port, None):
                if paths := self._places.get((host, port)):
                    for key in keys:
                        yield from paths.get(key, ())


def hosts(host: str) -> Iterator[str | None]:
    """Each `Rule.host` that takes this host, the most specific first.

    For "a.fid.dev": "a.fid.dev", "*.fid.dev", "*.dev", None. A `*` stands for one label or more,
    never for nothing.
    """
    yield host
    host = host[-LONGEST_NAME:]
    dot = host.find(".", 1)
    while dot > 0:
        yield "*" + host[dot:]
        dot = host.find(".", dot + 1)
    yield None


def prefixes(path: bytes) -> Iterator[bytes]:
    """Each prefix of `path` that ends at a boundary between segments, the longest first.

    For b"/foo/bar": b"/foo/bar", b"/foo/", b"/foo", b"/".
    """
    end = len(path)
    while end > 0:
        yield path[:end]
        if path.endswith(b"/", 0, end):
            end -= 1
        else:
            end = path.rfind(b"/", 0, end) + 1

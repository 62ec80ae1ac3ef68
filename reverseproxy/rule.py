"""Rule: which requests a target is for, as people write it and as it is looked up."""

import contextlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.message import RequestHead
from reverseproxy.paths import canonical

LONGEST_NAME = 253
"""Characters: no host has a longer name (RFC 1035, section 2.3.4, less the length octets)."""

NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")

# What a path is made of on the wire; ? and # end it (RFC 3986, section 3.3).
PATH = re.compile(r"(?!.*[?#])/[!-~]*")

# A method, or a field's name (RFC 9110, section 5.6.2).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests a target is for. What is None or empty asks for nothing.

    Made by `parse`, which checks. `path` is the key that a path is looked up by: b"/foo" for a
    prefix, b"/foo?" for exactly that path (none can hold a `?`), b"" for any.
    """

    host: str | None
    port: int | None
    path: bytes
    methods: frozenset[str]
    headers: frozenset[tuple[bytes, bytes | None]]

    @classmethod
    def parse(
        cls,
        *,
        host: str | None = None,
        port: int | None = None,
        path: str | None = None,
        exact_path: str | None = None,
        methods: Collection[str] = (),
        headers: Mapping[str, str | None] | None = None,
    ) -> Self:
        """A rule from what people write.

        host: a name, an IP address, or "*.fid.dev". port: the one that the request came in on.
        path: a prefix up to a boundary: "/foo" takes /foo and /foo/bar, not /foobar; "/foo/" takes
        /foo/ and what is below. exact_path: that path alone. Both are written as on the wire.
        methods: any of them; who takes GET takes HEAD.
        headers: name to exact value, or to None for any; one line of several is enough.

        Raises ConfigurationError with the key, the value and what is allowed.
        """
        if path is not None and exact_path is not None:
            raise ConfigurationError("exact_path", exact_path, f"is too much beside path {path!r}")
        return cls(
            None if host is None else host_pattern(host),
            None if port is None else port_number(port),
            path_key("path", path) or path_key("exact_path", exact_path, b"?"),
            method_set(methods),
            frozenset(header(name, value) for name, value in (headers or {}).items()),
        )

    def has_headers(self, head: RequestHead) -> bool:
        """Whether the request has every header that this rule asks for."""
        for name, wanted in self.headers:
            values = head.values(name)
            if not values or (wanted is not None and wanted not in values):
                return False
        return True

    def rank(self) -> tuple[bool, int]:
        """Its place among the rules with the same host, port and path: the smallest is asked first.

        One with methods comes before one without, then more headers before fewer.
        """
        return not self.methods, -len(self.headers)

    def __str__(self) -> str:
        place = f"{self.host or '*'}:{self.port}" if self.port else self.host or "*"
        headers = (n if v is None else n + b": " + v for n, v in sorted(self.headers, key=repr))
        wanted = [*sorted(self.methods), *(each.decode() for each in headers)]
        return " ".join([place + self.path.decode(), *wanted])


def host_pattern(host: str) -> str:
    """`host` as requests are compared with it; ConfigurationError for what no request can ask."""
    pattern = str(host).lower().removesuffix(".")
    if is_written(pattern, NAME) and len(pattern) <= LONGEST_NAME:
        return pattern
    with contextlib.suppress(ValueError):
        return IPv6Address(pattern.removeprefix("[").removesuffix("]")).compressed
    allowed = 'is a name, "*." and a name, or an IP address; the port has a key of its own'
    raise ConfigurationError("host", host, allowed)


def port_number(port: int) -> int:
    """`port`; ConfigurationError when it is none that can be listened on."""
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        raise ConfigurationError("port", port, "is a number from 1 to 65535")
    return port


def path_key(key: str, path: str | None, sign: bytes = b"") -> bytes:
    """`path` and its sign, or b"" for None; ConfigurationError for what is no path."""
    if path is None:
        return b""
    if not is_written(path, PATH):
        allowed = "begins with / and is written as on the wire: é is %C3%A9; no space, ? or #"
        raise ConfigurationError(key, path, allowed)
    return canonical(path.encode()) + sign


def method_set(methods: Collection[str]) -> frozenset[str]:
    """The methods, and HEAD for whoever takes GET; ConfigurationError for what is no method."""
    if isinstance(methods, str):
        raise ConfigurationError("methods", methods, f"is a list: write [{methods!r}]")
    for method in methods:
        if not is_written(method, TOKEN):
            raise ConfigurationError("methods", method, 'is a word like "GET"')
    return frozenset(methods) | ({"HEAD"} if "GET" in methods else set())


def header(name: str, value: str | None) -> tuple[bytes, bytes | None]:
    """One header that a rule asks for; ConfigurationError for what no request can send."""
    if not is_written(name, TOKEN):
        raise ConfigurationError("headers", name, 'has a name like "X-Beta", without a colon')
    if value is None:
        return name.lower().encode(), None
    if not isinstance(value, str) or not value.isprintable() or value != value.strip():
        allowed = f"is no value of {name}: no control characters, no spaces around it"
        raise ConfigurationError("headers", value, allowed)
    return name.lower().encode(), value.encode()


def is_written(value: object, pattern: re.Pattern[str]) -> bool:
    """Whether `value` is text, and all of it fits the pattern."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None

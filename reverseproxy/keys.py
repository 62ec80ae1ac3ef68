"""Keys: what of a request decides where it goes, when the same should come to the same."""

import re
from dataclasses import dataclass
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.message import RequestHead

# The names of fields and cookies are tokens (RFC 9110, section 5.6.2; RFC 6265, section 4.1.1).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

ALONE = ("address", "path", "address-port")
NAMED = ("header", "cookie", "query")

ALLOWED = (
    'is "address" or "path", or "header:NAME", "cookie:NAME" or "query:NAME" with the name of one; '
    'for datagrams, "address" or "address-port"'
)


@dataclass(frozen=True, slots=True)
class Key:
    """A part of the request: the client's address, the path, or a named header, cookie or query."""

    kind: str = "address"
    name: bytes = b""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A key as it is written in settings: "address", "cookie:session".

        Raises ConfigurationError for anything else.
        """
        kind, colon, name = str(text).partition(":")
        if kind in ALONE and not colon:
            return cls(kind)
        if kind not in NAMED or not TOKEN.fullmatch(name):
            raise ConfigurationError("key", text, ALLOWED)
        return cls(kind, name.encode("ascii"))

    def of(self, head: RequestHead, client: str) -> bytes:
        """The key of a request, as it was written there; nothing is decoded.

        A request without one, or with an empty one, goes by its client's address.
        """
        return self._written(head) or client.encode()

    def _written(self, head: RequestHead) -> bytes:
        """That part of the request, as it stands there; b"" when it is missing, or the address."""
        match self.kind:
            case "path":
                return head.path
            case "header":
                return b", ".join(filter(None, head.values(self.name)))
            case "cookie":
                return value_in(b";".join(head.values(b"cookie")), b";", self.name)
            case "query":
                return value_in(head.query, b"&", self.name)
            case _:
                return b""


def value_in(text: bytes, between: bytes, name: bytes) -> bytes:
    """The value of the first pair `name=value` with that name; b"" when there is none."""
    for pair in text.split(between):
        found, equals, value = pair.partition(b"=")
        if equals and found.strip() == name:
            return value.strip()
    return b""

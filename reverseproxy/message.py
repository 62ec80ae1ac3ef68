"""What HTTP messages are made of."""

from dataclasses import dataclass
from ipaddress import IPv6Address

Field = tuple[bytes, bytes]
"""One line of a header section: name and value, as bytes."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """All that is known of a request before its body: what decisions are made from.

    target: path and query, as they came.
    fields: in order, spelled as they came, without white space around the values.
    version: of HTTP, like "1.1".
    client: the address that the request came from, without a port; "" when unknown.
    port: the one that the request came in on; 0 when unknown.
    """

    method: str
    target: bytes
    fields: list[Field]
    version: str = "1.1"
    scheme: str = "http"
    client: str = ""
    port: int = 0

    @property
    def path(self) -> bytes:
        """The target up to its first `?`, as it came: nothing is decoded."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """What stands behind the target's first `?`; b"" when there is none."""
        return self.target.partition(b"?")[2]

    @property
    def host(self) -> str:
        """The site that was asked for, out of Host: "fid.dev" for "Fid.dev.:8080".

        In small letters, without the port, without one dot at the end, and an IPv6 address without
        its brackets and as short as it can be. It is "" without a Host line, and with several:
        nobody knows then which of them another program will believe (RFC 9110, section 7.2).
        """
        lines = self.values(b"host")
        if len(lines) != 1:
            return ""
        authority = lines[0].decode("latin-1").lower()
        if authority.startswith("["):
            return in_one_form(authority[1:].partition("]")[0])
        return authority.partition(":")[0].removesuffix(".")

    def values(self, name: bytes) -> list[bytes]:
        """The values of every line with that name, in order; case does not matter."""
        wanted = name.lower()
        return [value for name, value in self.fields if name.lower() == wanted]


def in_one_form(address: str) -> str:
    """An IPv6 address as short as it can be, "2001:db8::1"; what is none comes back as it is.

    Source: RFC 5952, section 4.
    """
    try:
        return IPv6Address(address).compressed
    except ValueError:
        return address

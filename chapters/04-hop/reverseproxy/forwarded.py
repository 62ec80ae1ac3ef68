"""Who asked, for which site, and how: what a proxy tells the next one, and whom it believes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

from reverseproxy.errors import ConfigurationError
from reverseproxy.message import Field, RequestHead
from reverseproxy.rule import TOKEN

# What this hop writes itself, whatever came in.
WRITTEN_HERE = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"}
)

UNIX = "unix"
"""How a setting names whoever comes over a UNIX socket."""

UNKNOWN = "unknown"
"""How Forwarded names a client that has no address (RFC 7239, section 6.2)."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies before this one whose word about the client is taken."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    unix: bool = False
    """Whether whoever comes over a UNIX socket, and so has no address, is one of them."""

    @classmethod
    def parse(cls, cidrs: Iterable[str]) -> Self:
        """From addresses and CIDRs: ["10.0.0.0/8", "::1"], and "unix" for peers without one.

        Raises ConfigurationError for anything else, and for bits beyond the mask.
        """
        if isinstance(cidrs, str):
            raise ConfigurationError("trusted_proxies", cidrs, 'is a list, like ["10.0.0.0/8"]')
        networks, wanted = [], list(cidrs)
        for cidr in (each for each in wanted if each != UNIX):
            try:
                networks.append(ip_network(cidr))
            except ValueError as error:
                raise ConfigurationError("trusted_proxies", cidr, f"{error}") from error
        return cls(tuple(networks), unix=UNIX in wanted)

    def __contains__(self, address: object) -> bool:
        if address in ("", UNKNOWN):
            return self.unix
        found = ip(str(address))
        return found is not None and any(found in network for network in self.networks)

    def __bool__(self) -> bool:
        return bool(self.networks) or self.unix


NOBODY = TrustedProxies()


def ip(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address in `text`, without brackets, port or zone; None when there is none.

    An IPv4 address in IPv6's clothes (::ffff:192.0.2.1) is the IPv4 address.
    """
    bare = text.strip().removeprefix("[").partition("]")[0]
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def believed_chain(peer: str, claimed: list[str], trusted: TrustedProxies) -> list[str]:
    """The addresses that can be believed: the client's first, the peer's last.

    `peer` is where the connection comes from, as `ip` reads it. `claimed` is what X-Forwarded-For
    says, left to right: each proxy has added, at its right end, the address that it was asked from.
    So an address is as true as its right neighbour is honest, and the rightmost as the peer. The
    walk goes to the left. The first that is not in `trusted` is the last that it takes; at what is
    no IP address it ends without taking it.
    """
    chain = [peer]
    for claim in reversed(claimed):
        address = ip(claim)
        if chain[-1] not in trusted or address is None:
            break
        chain.append(str(address))
    return chain[::-1]


def is_claim(name: bytes) -> bool:
    """Whether a field says who asked before, and how.

    `_` counts as `-`: gateways to CGI and WSGI make HTTP_X_FORWARDED_FOR of both.
    """
    name = name.lower().replace(b"_", b"-")
    return name in (b"forwarded", b"x-real-ip") or name.startswith(b"x-forwarded-")


def is_dropped(name: bytes, *, believed: bool) -> bool:
    """Whether a field of the request ends here: a claim, unless a believed peer makes it."""
    if believed:
        return name.lower().replace(b"_", b"-") in WRITTEN_HERE
    return is_claim(name)


def forwarded_fields(head: RequestHead, trusted: TrustedProxies) -> list[Field]:
    """X-Forwarded-For, -Host and -Proto, and Forwarded (RFC 7239), as this proxy vouches for them.

    From a peer that is not in `trusted`, they tell of this hop alone. From one that is, they tell
    of the whole chain that can be believed, and of the site and scheme that the peer says.
    """
    peer = str(ip(head.client) or UNKNOWN)
    claimed = ",".join(each.decode("latin-1") for each in head.values(b"x-forwarded-for"))
    chain = believed_chain(peer, claimed.split(","), trusted) if trusted else [peer]
    host, proto = head.values(b"host"), [head.scheme.encode()]
    if peer in trusted:
        host = head.values(b"x-forwarded-host") or host
        proto = head.values(b"x-forwarded-proto") or proto
    fields = [(b"X-Forwarded-For", ", ".join(chain).encode())]
    fields += [(b"X-Forwarded-Host", each) for each in host[-1:]]
    fields.append((b"X-Forwarded-Proto", proto[-1]))
    return [*fields, (b"Forwarded", forwarded(chain, host[-1:], proto[-1]))]


def forwarded(chain: list[str], host: list[bytes], proto: bytes) -> bytes:
    """The value of Forwarded: an element a hop; site and scheme are what the first one saw.

    Source: RFC 7239, sections 4 and 6.
    """
    first, *others = (f"for={node(address)}" for address in chain)
    said = [f"host={quoted(each.decode('latin-1'))}" for each in host]
    element = ";".join([first, *said, f"proto={quoted(proto.decode('latin-1'))}"])
    return ", ".join([element, *others]).encode("latin-1")


def node(address: str) -> str:
    """An address as Forwarded writes it: IPv6 in brackets, and those in quotes."""
    return quoted(f"[{address}]" if ":" in address else address)


def quoted(value: str) -> str:
    """The value itself when it is a token, else in quotes (RFC 9110, section 5.6.4)."""
    if TOKEN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'

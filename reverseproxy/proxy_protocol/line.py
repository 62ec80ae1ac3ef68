"""Version 1 of the PROXY protocol: a line of text."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from reverseproxy.proxy_protocol.introduction import UNKNOWN, Found, Introduction, NotIntroduced

BEGINNING = b"PROXY "

END = b"\r\n"

LONGEST = 107
"""Bytes of the longest line that there can be, with its end."""

PORT = rb"(0|[1-9][0-9]{0,4})"
LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) %b %b" % (PORT, PORT))
UNKNOWN_LINE = re.compile(rb"PROXY UNKNOWN( [^\r\n]*)?")

FAMILIES = {b"TCP4": IPv4Address, b"TCP6": IPv6Address}


def read(data: bytes) -> Found | None:
    """The introduction at the beginning of `data`; None as long as its end is not there.

    Raises NotIntroduced for a whole line that is not as the protocol has it; before its end is
    there, only when none can come any more.

    Source: The PROXY protocol, section 2.1.
    """
    line, end, _ = data[:LONGEST].partition(END)
    if not end:
        # A CR may be the first half of the end.
        if len(data) >= LONGEST or b"\n" in line or b"\r" in line[:-1]:
            raise NotIntroduced("a PROXY line without an end")
        return None
    if UNKNOWN_LINE.fullmatch(line):
        return UNKNOWN, len(line) + len(END)
    if not (match := LINE.fullmatch(line)):
        raise NotIntroduced("no PROXY line of version 1")
    return introduction(*match.groups()), len(line) + len(END)


def introduction(
    family: bytes, source: bytes, destination: bytes, source_port: bytes, destination_port: bytes
) -> Introduction:
    """The introduction of these words. Raises NotIntroduced for an address or port that is none."""
    ports = int(source_port), int(destination_port)
    try:
        there, here = (FAMILIES[family](each.decode()) for each in (source, destination))
    except AddressValueError as error:
        raise NotIntroduced(f"a PROXY line with no {family.decode()} address") from error
    if max(ports) > 65535:
        raise NotIntroduced("a PROXY line with no port")
    return Introduction(str(there), ports[0], str(here), ports[1])


def written(introduction: Introduction) -> bytes:
    """The line that says it."""
    if not introduction.source:
        return b"PROXY UNKNOWN\r\n"
    family = "TCP6" if ":" in introduction.source else "TCP4"
    return (
        f"PROXY {family} {introduction.source} {introduction.destination}"
        f" {introduction.source_port} {introduction.destination_port}\r\n"
    ).encode("ascii")

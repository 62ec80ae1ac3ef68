"""Version 2 of the PROXY protocol: a header of bytes."""

import struct
from collections.abc import Iterator
from ipaddress import ip_address

from reverseproxy.proxy_protocol.crc32c import crc32c
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Found, Introduction, NotIntroduced

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
FIXED = 16
"""Bytes before the addresses: the signature, version and command, family, and a length."""

LONGEST = 4096
"""Bytes of a header that are read: nginx's limit, too."""

LOCAL, PROXY = 0x20, 0x21
"""Version 2 and a command: the proxy calls for itself, or for somebody else."""

UNSPECIFIED = 0x00
TCP = {0x11: struct.Struct(">4s4sHH"), 0x21: struct.Struct(">16s16sHH")}
"""The addresses of IPv4 and of IPv6: source, destination, and their ports."""

SIZES = {0x1: 12, 0x2: 36, 0x3: 216}
"""Bytes of addresses, by the first half of the family: IPv4, IPv6, UNIX."""

TRANSPORTS = (0x1, 0x2)
"""The second half: a stream, or datagrams."""

CRC32C = 0x03
"""The type of the record that holds a checksum of the whole header."""


def read(data: bytes) -> Found | None:
    """The introduction at the beginning of `data`; None as long as not all of it is there.

    Raises NotIntroduced for all that is not a header as the protocol has it; where the first 16
    bytes show that, before the rest is there. Whoever has no address of TCP is UNKNOWN.

    Source: The PROXY protocol, section 2.2.
    """
    fixed = data[len(SIGNATURE) : FIXED]
    if fixed and fixed[0] not in (LOCAL, PROXY):
        raise NotIntroduced(f"a PROXY header with version and command {fixed[0]:#04x}")
    if len(data) < FIXED:
        return None
    command, family, size = fixed[0], fixed[1], int.from_bytes(fixed[2:])
    length = FIXED + size
    if length > LONGEST:
        raise NotIntroduced(f"a PROXY header of {length} bytes")
    if len(data) < length:
        return None
    if command == LOCAL:
        return UNKNOWN, length
    return introduction(family, data[:length]), length


def introduction(family: int, header: bytes) -> Introduction:
    """What a whole header says. Raises NotIntroduced for one that is not well-formed."""
    addresses, transport = family >> 4, family & 0xF
    if addresses not in (0, *SIZES) or transport not in (0, *TRANSPORTS):
        raise NotIntroduced(f"a PROXY header with family {family:#04x}")
    if not addresses or not transport:
        return UNKNOWN  # "the receiver should ignore address information"
    if len(header) < FIXED + SIZES[addresses]:
        raise NotIntroduced("a PROXY header that is too short for its addresses")
    check_records(header, FIXED + SIZES[addresses])
    if family not in TCP:
        return UNKNOWN
    source, destination, *ports = TCP[family].unpack_from(header, FIXED)
    return Introduction(str(ip_address(source)), ports[0], str(ip_address(destination)), ports[1])


def check_records(header: bytes, start: int) -> None:
    """Raises NotIntroduced when the records behind the addresses are cut, or the checksum wrong."""
    for kind, at, end in records(header, start):
        if kind == CRC32C and header[at:end] != checksum(header, at).to_bytes(4):
            raise NotIntroduced("a PROXY header with a wrong checksum")


def records(header: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """The type of each record, and where its value begins and ends."""
    while start < len(header):
        at = start + 3
        end = at + int.from_bytes(header[start + 1 : at])
        if at > len(header) or end > len(header):
            raise NotIntroduced("a PROXY header that ends in the middle of a record")
        yield header[start], at, end
        start = end


def checksum(header: bytes, at: int) -> int:
    """The checksum of a header, with zeros where the checksum itself stands."""
    return crc32c(header[:at] + bytes(4) + header[at + 4 :])


def written(introduction: Introduction) -> bytes:
    """The header that says it."""
    if not introduction.source:
        return SIGNATURE + bytes((PROXY, UNSPECIFIED, 0, 0))
    source, destination = map(ip_address, (introduction.source, introduction.destination))
    family = 0x11 if source.version == 4 else 0x21
    addresses = TCP[family].pack(
        source.packed, destination.packed, introduction.source_port, introduction.destination_port
    )
    return SIGNATURE + struct.pack(">BBH", PROXY, family, len(addresses)) + addresses

"""Step 2: a few bytes."""

import socket
import struct

import pytest

from reverseproxy.proxy_protocol import binary
from reverseproxy.proxy_protocol.crc32c import crc32c
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Introduction, NotIntroduced
from tests.support.steps import step

FOUR = socket.inet_aton("192.0.2.7") + socket.inet_aton("203.0.113.9") + struct.pack(">HH", 7, 443)
SIX = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    + socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    + struct.pack(">HH", 56324, 443)
)
UNIX = b"/run/rose".ljust(108, b"\0") * 2
ROSE = Introduction("192.0.2.7", 7, "203.0.113.9", 443)
ROSE_SIX = Introduction("2001:db8::7", 56324, "2001:db8::9", 443)

NOOP, ALPN, SUM = 0x04, 0x01, 0x03


def header(family: int, rest: bytes, command: int = 0x21) -> bytes:
    """A header of version 2."""
    start = b"\r\n\r\n\0\r\nQUIT\n" + bytes((command, family))
    return start + len(rest).to_bytes(2) + rest


def record(kind: int, value: bytes) -> bytes:
    """One record behind the addresses."""
    return bytes((kind,)) + len(value).to_bytes(2) + value


def summed(records: bytes = b"", family: int = 0x11, addresses: bytes = FOUR) -> bytes:
    """A header with a checksum, as another program makes it, and then other records."""
    zeros = header(family, addresses + record(SUM, bytes(4)) + records)
    at = 16 + len(addresses) + 3
    return zeros[:at] + crc32c(zeros).to_bytes(4) + zeros[at + 4 :]


def refuses(data: bytes) -> bool:
    """Whether it is no header of the protocol."""
    try:
        binary.read(data)
    except NotIntroduced:
        return True
    return False


@step(2)
def test_addresses_are_read() -> None:
    """IPv4 and IPv6 over TCP: source, destination and their ports, and the header's length.

    Why: the upstream's log, its limits and its lists go by them.
    Read: Step 2, "A few bytes".
    """
    for family, addresses, said in ((0x11, FOUR, ROSE), (0x21, SIX, ROSE_SIX)):
        data = header(family, addresses)
        found = binary.read(data + b"rose")
        if found != (said, len(data)):
            pytest.fail(f"the header of {len(data)} bytes says {said}, and was read as {found}")
        for length in range(len(data)):
            assert binary.read(data[:length]) is None, f"{length} of {len(data)} bytes are there"


@step(2)
def test_who_has_no_address_of_tcp_is_unknown() -> None:
    """Where the family is a UNIX socket, UDP or nothing: an introduction that says nothing.

    Why: the header is in order. The receiver "automatically falls back to the UNSPEC mode".
    Read: Step 2, "A few bytes".
    """
    for family, rest in (
        (0x00, b""),
        (0x00, b"to be ignored"),
        (0x31, UNIX),
        (0x32, UNIX),
        (0x12, FOUR),
        (0x22, SIX),
        (0x10, FOUR),
        (0x01, b""),
    ):
        data = header(family, rest)
        if refuses(data):
            pytest.fail(f"family {family:#04x} is no address of TCP, and the header was refused")
        found = binary.read(data)
        if found != (UNKNOWN, len(data)):
            pytest.fail(f"family {family:#04x} is no address of TCP, and was read as {found}")


@step(2)
def test_half_of_a_family_is_not_enough() -> None:
    """0 in one half of the family, something in the other: what is behind it counts for nothing.

    Why: without either half, nobody knows how long the addresses are, nor that there are any.
    Read: Step 2, "A few bytes".
    """
    for family in (0x10, 0x20, 0x30, 0x01, 0x02):
        for size in (0, 5, 12, 13, 300):
            data = header(family, b"\xff" * size)
            try:
                found = binary.read(data)
            except (NotIntroduced, LookupError) as error:
                said = f"{error!r}: half of family {family:#04x} is unspecified"
                pytest.fail(f"{said}, and {size} bytes behind it were looked at")
            assert found == (UNKNOWN, len(data))


@step(2)
def test_families_that_nobody_has_are_refused() -> None:
    """A family or a transport that the protocol does not have: NotIntroduced.

    Why: they "must be rejected as invalid by receivers", for nobody knows what they will mean.
    Read: Step 2, "A few bytes".
    """
    for family in (0x13, 0x1F, 0x03, 0x41, 0x40, 0xF0, 0xFF):
        if not refuses(header(family, UNIX)):
            pytest.fail(f"there is no family {family:#04x}, and it was accepted")


@step(2)
def test_addresses_that_are_cut_are_refused() -> None:
    """A length that is too short for the addresses of the family: NotIntroduced.

    Why: what stands behind the header is the client's, and would be read as an address.
    Read: Step 2, "A few bytes".
    """
    for family, addresses in ((0x11, FOUR), (0x21, SIX), (0x31, UNIX), (0x12, FOUR)):
        data = header(family, addresses[:-1])
        if not refuses(data + b"rose" * 100):
            pytest.fail(f"the addresses of family {family:#04x} are cut, and were accepted")


@step(2)
def test_records_behind_the_addresses_are_passed_over() -> None:
    """Records of any type, empty ones as well: the same introduction as without them.

    Why: HAProxy, AWS and others add records whenever they have something to say.
    Read: Step 2, "A few bytes".
    """
    for records in (
        record(NOOP, b""),
        record(ALPN, b"h2"),
        record(ALPN, b"h2") + record(NOOP, bytes(300)) + record(0xEA, b"\x01vpce-rose"),
    ):
        data = header(0x11, FOUR + records)
        if refuses(data):
            pytest.fail(f"{len(records)} bytes of records are in order, and were refused")
        assert binary.read(data + b"rose") == (ROSE, len(data))


@step(2)
def test_records_that_are_cut_are_refused() -> None:
    """A record whose end is beyond the header's, or half a type and length: NotIntroduced.

    Why: sender and receiver do not mean the same header.
    Read: Step 2, "A few bytes".
    """
    for cut in (b"\x04", b"\x04\x00", b"\x04\x00\x01", record(ALPN, b"h2")[:-1], b"\x01\xff\xffh2"):
        for before in (b"", record(NOOP, b"rose")):
            if not refuses(header(0x11, FOUR + before + cut) + bytes(70_000)):
                pytest.fail(f"a record is cut, {cut!r}, and was accepted")


@step(2)
def test_a_checksum_is_checked() -> None:
    """A header with a CRC32C record: read when the checksum is right, else NotIntroduced.

    Why: "the receiver MUST treat the TCP connection providing the header as invalid".
    Read: Step 2, "A few bytes".
    """
    for data in (summed(), summed(record(ALPN, b"h2"))):
        if refuses(data):
            pytest.fail("its checksum is right, and the header was refused")
        assert binary.read(data) == (ROSE, len(data))
        for at in (*range(16, 28), 33, len(data) - 1):
            wrong = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
            if not refuses(wrong):
                pytest.fail(f"byte {at} was changed on the way, and the checksum was not missed")
    if not refuses(header(0x11, FOUR + record(SUM, b"\0\0"))):
        pytest.fail("a checksum of two bytes was accepted")


@step(2)
@pytest.mark.parametrize(
    ("family", "addresses"), [(0x12, FOUR), (0x22, SIX), (0x31, UNIX), (0x32, UNIX)]
)
def test_records_are_checked_whatever_the_family(family: int, addresses: bytes) -> None:
    """Behind the addresses of UDP or a UNIX socket, records and checksum are as good as elsewhere.

    Why: of no use here, and yet a header: where it ends, the client begins.
    Read: Step 2, "A few bytes".
    """
    for cut in (b"\x04", record(ALPN, b"h2")[:-1], record(NOOP, b"rose") + b"\x01\xff\xffh2"):
        if not refuses(header(family, addresses + cut) + bytes(70_000)):
            pytest.fail(f"behind addresses of family {family:#04x} a record is cut: {cut!r}")
    data = summed(record(ALPN, b"h2"), family, addresses)
    if refuses(data):
        pytest.fail(f"family {family:#04x}: the checksum is right, and the header was refused")
    assert binary.read(data) == (UNKNOWN, len(data))
    if not refuses(data[:16] + b"\xff" + data[17:]):
        pytest.fail(f"family {family:#04x}: the checksum is wrong, and the header was accepted")


@step(2)
def test_local_means_the_connection_itself() -> None:
    """The command LOCAL, whatever its family and addresses: an introduction that says nothing.

    Why: a proxy that asks for itself, as for its health checks, has nobody to introduce.
    Read: Step 2, "A few bytes".
    """
    for family, rest in ((0x00, b""), (0x11, FOUR), (0xFF, b"rose")):
        data = header(family, rest, command=0x20)
        assert binary.read(data) == (UNKNOWN, len(data))
    data = header(0x11, FOUR)
    assert binary.read(data) == (ROSE, len(data)), "and PROXY means somebody else"

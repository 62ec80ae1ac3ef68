"""Step 4: answered from where it was asked."""

import contextlib
import select
import socket
import struct
from collections.abc import Iterator

import pytest

from reverseproxy.udp.listener import BUFFER, IP_PKTINFO, VIEW, WildcardListener, sent_from, sent_to
from tests.support.steps import step

V4 = (socket.IPPROTO_IP, IP_PKTINFO)
V6 = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)

OURS, MANY, NONE = (socket.inet_aton(text) for text in ("192.0.2.7", "192.0.2.255", "0.0.0.0"))
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::7")

MILLISECONDS = 1000
"""For what comes at once, or not at all."""

Ancillary = list[tuple[int, int, bytes]]


def four(ours: bytes, header: bytes, interface: int = 3) -> Ancillary:
    """What the kernel says of an IPv4 datagram."""
    return [(*V4, struct.pack("@i4s4s", interface, ours, header))]


def six(address: bytes, interface: int = 3) -> Ancillary:
    """What it says of an IPv6 datagram."""
    return [(*V6, struct.pack("@16si", address, interface))]


OTHERS: Ancillary = [
    (socket.SOL_SOCKET, 29, bytes(16)),
    (socket.SOL_SOCKET, IP_PKTINFO, b"\x01\x00\x00\x00"),
    (socket.IPPROTO_IP, socket.IPV6_PKTINFO, bytes(20)),
    (socket.IPPROTO_IPV6, IP_PKTINFO, bytes(12)),
    (socket.IPPROTO_IP, socket.IP_TTL, b"\x40\x00\x00\x00"),
]
"""What else may be said of one: a time, a TTL, and numbers that mean that at another level."""


def read(ancillary: Ancillary) -> str:
    """Our address that it was sent to, as people write it."""
    try:
        return written(sent_to(ancillary))
    except (struct.error, IndexError) as error:
        count = len(ancillary)
        words = "those of other levels and kinds are to be passed by"
        pytest.fail(f"beside the datagram are {count} things, {words}, and it raised {error!r}")


def written(address: object) -> str:
    """An address of 4 or 16 bytes, as people write it; whatever else it is, as Python does."""
    if isinstance(address, bytes) and len(address) in (4, 16):
        family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
        return socket.inet_ntop(family, address)
    return repr(address)


@step(4)
def test_it_is_the_address_that_a_datagram_was_sent_to() -> None:
    """192.0.2.7 as 4 bytes, 2001:db8::7 as 16, whichever interface it came through.

    Why: a socket for every address of the machine is asked at any of them.
    Read: Step 4, "Answered from where it was asked".
    """
    for interface in (1, 3, 70_000):
        found = read(four(OURS, OURS, interface))
        if found != "192.0.2.7":
            pytest.fail(f"it was sent to 192.0.2.7 through interface {interface}, not to {found}")
        found = read(six(SIX, interface))
        if found != "2001:db8::7":
            pytest.fail(f"it was sent to 2001:db8::7 through interface {interface}, not to {found}")


@step(4)
def test_what_was_sent_to_many_is_answered_by_one() -> None:
    """The header says 192.0.2.255, for all who are there: it is ours, 192.0.2.7.

    Why: from an address of many nobody may send, and the kernel refuses to.
    Read: Step 4, "Answered from where it was asked".
    """
    found = read(four(OURS, MANY))
    if found != "192.0.2.7":
        pytest.fail(f"it was sent to 192.0.2.255, where we are 192.0.2.7, and it says {found}")


@step(4)
def test_what_came_early_has_only_a_header() -> None:
    """Ours is 0.0.0.0, and the header says 192.0.2.7: that is it.

    Why: what had come before anybody asked the kernel for addresses is answered, too.
    Read: Step 4, "Answered from where it was asked".
    """
    found = read(four(NONE, OURS))
    if found != "192.0.2.7":
        pytest.fail(f"the header says 192.0.2.7, and ours nobody has noted, and it says {found}")


@step(4)
def test_other_things_are_beside_it() -> None:
    """A time, a TTL, and the same numbers at other levels: passed by. With nothing else: b"".

    Why: whoever gave you the socket may have asked for more, and each level counts from 1.
    Read: Step 4, "Answered from where it was asked".
    """
    for said, wanted in ((four(OURS, OURS), "192.0.2.7"), (six(SIX), "2001:db8::7")):
        for beside in ([*OTHERS, *said], [*said, *OTHERS]):
            if (found := read(beside)) != wanted:
                pytest.fail(f"among other things it says {wanted}, and what was read is {found}")
    for nothing in (OTHERS, Ancillary()):
        if (found := read(nothing)) != "b''":
            count = len(nothing)
            pytest.fail(f"{count} things, none of them says an address, and it was read as {found}")


@step(4)
def test_what_the_kernel_is_told() -> None:
    """From 192.0.2.7: one thing for IPv4, with it in the place of ours, and nothing else in it.

    Why: the kernel takes what leaves from that place. The other one it only writes.
    Read: Step 4, "Answered from where it was asked".
    """
    told = sent_from(OURS)
    if [each[:2] for each in told] != [V4]:
        pytest.fail(f"for IPv4 the kernel is told one thing, {V4}, and it was {told}")
    interface, ours, header = struct.unpack("@i4s4s", told[0][2])
    if ours != OURS:
        pytest.fail(
            f"what leaves from 192.0.2.7 has it in the middle, and there is {written(ours)}"
        )
    if header != NONE:
        pytest.fail(f"the third field is not ours to fill, and there is {written(header)}")
    if interface:
        pytest.fail(f"which interface, the kernel decides, and it was told: number {interface}")


@step(4)
def test_and_for_ipv6() -> None:
    """From 2001:db8::7: one thing for IPv6, with the address, and no interface.

    Why: it is another level, with another number and another form.
    Read: Step 4, "Answered from where it was asked".
    """
    told = sent_from(SIX)
    if [each[:2] for each in told] != [V6]:
        pytest.fail(f"for IPv6 the kernel is told one thing, {V6}, and it was {told}")
    ours, interface = struct.unpack("@16si", told[0][2])
    if ours != SIX:
        pytest.fail(f"what leaves from 2001:db8::7 leaves from {written(ours)}")
    if interface:
        pytest.fail(f"for IPv6, the kernel decides on the interface, and was told {interface}")


@step(4)
def test_nothing_is_told_when_nobody_said() -> None:
    """No address: nothing, and the kernel does as it always does.

    Why: a socket with an address of its own has nothing to say.
    Read: Step 4, "Answered from where it was asked".
    """
    try:
        told = sent_from(b"")
    except struct.error as error:
        pytest.fail(f"there is no address to say, and it raised {error!r}")
    if told != []:
        pytest.fail(f"there is no address to say, and the kernel was told {told}")


@contextlib.contextmanager
def wildcard() -> Iterator[tuple[socket.socket, int]]:
    """A socket for every IPv4 address of the machine, and its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        yield sock, sock.getsockname()[1]


def echo(listener: WildcardListener) -> None:
    """Answers the next datagram as the proxy does."""
    poll = select.poll()
    poll.register(listener.sock, select.POLLIN)
    assert poll.poll(MILLISECONDS), "a datagram was sent, and did not come"
    size, client, local = listener.receive()
    try:
        listener.send(VIEW[:size], client, sent_from(local))
    except OSError as error:
        pytest.fail(f"asked at {written(local)}, and to answer from there raised {error!r}")


@step(4)
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "127.7.7.7"])
@pytest.mark.parametrize("early", [False, True], ids=["in time", "early"])
def test_a_client_is_answered_from_where_it_asked(address: str, early: bool) -> None:
    """A real datagram to each of several addresses of the machine, also before anybody listened
    properly: the answer comes from the same address, with the same bytes.

    Why: a client takes answers only from whom it has asked.
    Read: Step 4, "Answered from where it was asked".
    """
    with wildcard() as (sock, port), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(MILLISECONDS / 1000)
        if early:
            client.sendto(b"rose", (address, port))
        listener = WildcardListener(sock, {})
        if not early:
            client.sendto(b"rose", (address, port))
        echo(listener)
        BUFFER[:4] = bytes(4)
        try:
            data, source = client.recvfrom(99)
        except TimeoutError:
            pytest.fail(f"{address} was asked, and no answer came")
        if source != (address, port):
            pytest.fail(f"{address} was asked, and the answer came from {source[0]}")
        assert data == b"rose"

"""The PROXY protocol, by property: how it is cut makes no difference, and nothing breaks it."""

import asyncio
import contextlib
import random
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reverseproxy import ConfigurationError, Target, TcpProxy
from reverseproxy.forwarded import NOBODY, TrustedProxies
from reverseproxy.proxy_protocol import binary, line
from reverseproxy.proxy_protocol.crc32c import crc32c
from reverseproxy.proxy_protocol.either import read, writer
from reverseproxy.proxy_protocol.introduction import UNKNOWN, Found, Introduction, NotIntroduced
from reverseproxy.tcp.poller import Call
from reverseproxy.tcp.reception import Caller, Reception, introduction_of
from tests.chapter_16.calling import listener

PORTS = st.integers(0, 65535)
KNOWN = st.one_of(
    st.builds(Introduction, *[st.ip_addresses(v=4).map(str), PORTS] * 2),
    st.builds(Introduction, *[st.ip_addresses(v=6).map(str), PORTS] * 2),
)
INTRODUCTIONS = st.one_of(st.just(UNKNOWN), KNOWN)
WRITERS = st.sampled_from([line.written, binary.written])

RECORDS = st.lists(
    st.tuples(st.integers(0, 255).filter(lambda kind: kind != 3), st.binary(max_size=40)),
    max_size=5,
).map(lambda each: b"".join(bytes((kind,)) + len(v).to_bytes(2) + v for kind, v in each))

NEARLY = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=120).map(line.BEGINNING.__add__),
    st.text("PROXYTCUNKW46 :.0123456789abcdef\r\n", max_size=120).map(
        lambda text: b"PROXY " + text.encode()
    ),
    st.binary(max_size=300).map(binary.SIGNATURE.__add__),
    st.builds(
        lambda command, family, size, rest: (
            binary.SIGNATURE + bytes((command, family)) + size.to_bytes(2) + rest
        ),
        st.integers(0x1F, 0x23),
        st.integers(0, 0x44),
        st.integers(0, 300),
        st.binary(max_size=300),
    ),
)
"""Bytes that are a header, or nearly."""


def outcome(data: bytes) -> Found | str:
    """What `read` makes of it: found, "more", or "refused"."""
    try:
        return read(data) or "more"
    except NotIntroduced:
        return "refused"


@given(INTRODUCTIONS, WRITERS, st.binary(max_size=20))
def test_what_is_written_is_read_back(said: Introduction, written: object, rest: bytes) -> None:
    assert callable(written)
    header = written(said)
    found = outcome(header + rest)
    assert isinstance(found, tuple)
    assert found[1] == len(header)
    assert same(found[0], said)


def same(one: Introduction, other: Introduction) -> bool:
    """Whether they are equal, however their addresses are spelled."""
    if not one.source or not other.source:
        return one == other
    return addresses(one) == addresses(other)


def addresses(of: Introduction) -> tuple[object, ...]:
    """The addresses themselves, and the ports."""
    pair = ip_address(of.source), ip_address(of.destination)
    return *pair, of.source_port, of.destination_port


@given(NEARLY)
@example(b"PROXY UNKNOWN \r\r\n")
@example(b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n")
@example(b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n")
@example(binary.SIGNATURE + b"\x21\x41\x00\x00")
def test_any_bytes_are_found_refused_or_waited_for(data: bytes) -> None:
    outcome(data)


@given(st.one_of(NEARLY, st.builds(lambda w, i, d: w(i) + d, WRITERS, INTRODUCTIONS, NEARLY)))
def test_a_longer_beginning_never_changes_the_answer(data: bytes) -> None:
    """What is found, or refused, by its beginning stays so: no split makes a difference."""
    settled: Found | str = "more"
    for length in range(len(data) + 1):
        now = outcome(data[:length])
        if settled == "more":
            settled = now
        assert now == settled, data[:length]


@given(st.binary(max_size=200), st.data())
def test_half_of_a_header_is_never_refused(rest: bytes, data: st.DataObject) -> None:
    header = data.draw(WRITERS)(data.draw(INTRODUCTIONS))
    cut = data.draw(st.integers(0, len(header) - 1))
    assert outcome(header[:cut]) == "more"
    assert outcome(header + rest) == outcome(header)


@given(KNOWN, RECORDS, st.booleans(), st.data())
def test_records_make_no_difference_and_a_checksum_finds_what_was_changed(
    said: Introduction, records: bytes, is_summed: bool, data: st.DataObject
) -> None:
    bare = binary.written(said)
    tail = records + (b"\x03\x00\x04" + bytes(4) if is_summed else b"")
    header = bare[:14] + (len(bare) - 16 + len(tail)).to_bytes(2) + bare[16:] + tail
    if is_summed:
        header = header[:-4] + crc32c(header).to_bytes(4)
    found = outcome(header + b"rose")
    assert isinstance(found, tuple)
    assert found[1] == len(header)
    assert same(found[0], said)
    if is_summed:
        at = data.draw(st.integers(16, len(bare) - 1))
        wrong = bytearray(header)
        wrong[at] ^= data.draw(st.integers(1, 255))
        assert outcome(bytes(wrong)) == "refused"


def test_the_checksum_is_castagnolis() -> None:
    """RFC 7143, appendix A.4, has these."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E


def test_a_header_has_a_longest() -> None:
    fixed = binary.SIGNATURE + b"\x20\x00"
    assert outcome(fixed + (binary.LONGEST - 16).to_bytes(2)) == "more"
    assert outcome(fixed + (binary.LONGEST - 15).to_bytes(2)) == "refused"


def test_linux_writes_ipv4_within_ipv6_with_dots() -> None:
    found = outcome(b"PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.9 7 443\r\n")
    assert isinstance(found, tuple)
    assert ip_address(found[0].source) == IPv6Address("::ffff:192.0.2.7")


def test_versions_are_known_by_name() -> None:
    assert writer("v1") is line.written
    assert writer("v2") is binary.written
    with pytest.raises(ConfigurationError, match="send_proxy"):
        TcpProxy(Target(["tcp://127.0.0.1:7"]), send_proxy="v3")
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        TcpProxy(Target(["tcp://127.0.0.1:7"]), trusted_proxies=["10.0.0.1/8"])


def test_a_client_of_both_families_has_its_ipv4_address() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as door:
        port = door.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller, door.accept()[0] as called:
            said = introduction_of(called)
            assert said == Introduction("127.0.0.1", caller.getsockname()[1], "127.0.0.1", port)
            assert IPv4Address(said.source) in TrustedProxies.parse(["127.0.0.0/8"]).networks[0]


async def test_who_comes_over_a_unix_socket_is_unknown_or_believed() -> None:
    loop = asyncio.get_running_loop()
    for trusted, wanted in (
        (NOBODY, Caller(UNKNOWN)),
        (TrustedProxies.parse(["unix"]), Caller(Introduction("::1", 7, "::2", 443), b"rose")),
    ):
        near, far = socket.socketpair()
        near.setblocking(False)
        with near, far:
            far.sendall(b"PROXY TCP6 ::1 ::2 7 443\r\nrose")
            assert await Reception(trusted, loop, 3.0).receive(near) == wanted


@pytest.mark.parametrize(
    ("version", "header"),
    [("v1", b"PROXY UNKNOWN\r\n"), ("v2", binary.SIGNATURE + b"\x21\x00\x00\x00")],
)
async def test_who_comes_over_a_unix_socket_is_introduced_as_unknown(
    tmp_path: Path, version: str, header: bytes
) -> None:
    path = str(tmp_path / "door")
    async with listener() as one:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(path)
            door.listen()
            proxy = TcpProxy(Target([one.url], policy="ring"), send_proxy=version)
            task = asyncio.ensure_future(proxy.serve(listen=door, grace=0))
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"rose")
            writer.write_eof()
            assert await reader.read() == b"%d" % len(header + b"rose")
            writer.close()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        assert one.heard == [header + b"rose"]


async def test_any_split_of_a_header_is_received_as_one() -> None:
    """The sockets as well: whatever pieces a header comes in, the caller is the same."""
    loop, dice = asyncio.get_running_loop(), random.Random(16)
    said = Introduction("2001:db8::7", 56324, "2001:db8::9", 443)
    reception = Reception(TrustedProxies.parse(["unix"]), loop, 3.0)
    for written in (line.written, binary.written):
        for _ in range(20):
            left = written(said) + b"rose"
            near, far = socket.socketpair()
            near.setblocking(False)
            with near, far:
                receiving = asyncio.ensure_future(reception.receive(near))
                while left and not receiving.done():
                    size = dice.randrange(1, 12)
                    far.send(left[:size])
                    left = left[size:]
                    await asyncio.sleep(0)
                caller = await receiving
                with contextlib.suppress(BlockingIOError):
                    caller = Caller(caller.introduction, caller.rest + near.recv(100))
            assert caller == Caller(said, b"rose"[: 4 - len(left)])


async def test_a_header_of_kilobytes_byte_by_byte_is_no_work() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    header = binary.SIGNATURE + b"\x20\x00" + (4080).to_bytes(2) + bytes(4080)
    reception = Reception(TrustedProxies.parse(["unix"]), asyncio.get_running_loop(), 3.0)
    with near, far:
        receiving = asyncio.ensure_future(reception.receive(near))
        for n in range(len(header)):
            far.send(header[n : n + 1])
            await asyncio.sleep(0)
        assert await receiving == Caller(UNKNOWN)


class Hasty:
    """An event loop that says of each socket once that there is something to read: it is not so."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.calls = 0
        self.remove_reader = self._loop.remove_reader
        self.add_writer = self._loop.add_writer
        self.remove_writer = self._loop.remove_writer

    def add_reader(self, fd: int, call: Call, /) -> None:
        self.calls += 1
        if self.calls == 1:
            self._loop.call_soon(call)
        else:
            self._loop.add_reader(fd, call)


async def test_who_is_called_for_nothing_waits_again() -> None:
    said = Introduction("192.0.2.7", 56324, "203.0.113.9", 443)
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        hasty = Hasty()
        reception = Reception(TrustedProxies.parse(["unix"]), hasty, 3.0)
        receiving = asyncio.ensure_future(reception.receive(near))
        for _ in range(5):
            await asyncio.sleep(0)
        assert hasty.calls == 2
        far.send(line.written(said))
        assert await receiving == Caller(said)

"""Step 2: however it is cut."""

import sys
from types import FrameType

import pytest

from reverseproxy.client_hello import (
    DECODE_ERROR,
    LONGEST,
    NOT_TLS,
    UNEXPECTED_MESSAGE,
    Hello,
    HelloReader,
    HelloRefused,
    record_end,
)
from tests.chapter_18.hellos import (
    GREASE,
    body,
    extension,
    long,
    made,
    message,
    naming,
    real,
    record,
    records,
    why,
)
from tests.support.steps import step

MESSAGE = message(body(extension(GREASE), naming(b"rose.test"), extension(21, bytes(200))))
ROSE = Hello("rose.test")

CALLS = 30
"""That a piece may cost, at most: of functions and methods, of ours and of others."""


def read(*pieces: bytes) -> Hello | str:
    """What is read when the pieces have come one after another; "more", or why it was refused."""
    reader, data = HelloReader(), b""
    try:
        for piece in pieces:
            data += piece
            if found := reader.read(data):
                return found
    except HelloRefused as error:
        return why(error)
    return "more"


def bytewise(data: bytes) -> list[bytes]:
    """It, a byte at a time."""
    return [data[at : at + 1] for at in range(len(data))]


@step(2)
def test_one_record_has_it_whole() -> None:
    """A ClientHello in one record, of any version of TLS: what it says.

    Why: that is how it comes, nearly always. In front of TLS 1.3 stands 3.1, or 3.3, or 3.0.
    Read: Step 2, "However it is cut".
    """
    assert read(real("rose.test")) == ROSE
    for minor in (1, 3, 0, 2, 4):
        said = read(record(MESSAGE, version=bytes((3, minor))))
        if said != ROSE:
            pytest.fail(f"a record of version 3.{minor} is one of TLS, and it was read as: {said}")


@step(2)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 50, 137, 200])
def test_several_records_have_it_whole(size: int) -> None:
    """The message goes on in the next record, and wherever it is cut: what it says.

    Why: "Handshake messages MAY be ... fragmented across several records", and some clients do.
    Read: Step 2, "However it is cut".
    """
    said = read(records(MESSAGE, size))
    if said != ROSE:
        pytest.fail(f"in records of {size} bytes it wants rose.test, and it was read as: {said}")


@step(2)
def test_half_of_it_is_no_reason_to_refuse() -> None:
    """Of each beginning of it: None, and with the last byte: what it says.

    Why: one that prefers new kinds of keys has more bytes than fit in one segment.
    Read: Step 2, "However it is cut".
    """
    for data in (record(MESSAGE), records(MESSAGE, 100), real("rose.test")):
        for length in range(len(data)):
            said = read(data[:length])
            if said != "more":
                pytest.fail(f"{length} of {len(data)} bytes: the rest may come, and it is: {said}")
        said = read(data)
        if said != ROSE:
            pytest.fail(f"all {len(data)} bytes of it are there, and it is: {said}")


@step(2)
def test_it_is_asked_again_when_more_has_come() -> None:
    """One reader, which sees the bytes grow by one, by seven or by a thousand: what it says.

    Why: what it has read before stands in front of what it reads now, in the same bytes.
    Read: Step 2, "However it is cut".
    """
    for data in (record(MESSAGE), records(MESSAGE, 1), records(MESSAGE, 60)):
        for size in (1, 7, 1000):
            said = read(*(data[at : at + size] for at in range(0, len(data), size)))
            if said != ROSE:
                pytest.fail(f"{len(data)} bytes came {size} at a time, and were read as: {said}")


@step(2)
def test_a_byte_at_a_time_costs_no_more() -> None:
    """Byte by byte, in as many records as there can be: each byte costs the same.

    Why: anybody can send like that. If each byte is read again with each byte, 16 KiB are a second
    of your proxy, for one client.
    Read: Step 2, "However it is cut".
    """
    data = records(MESSAGE, 1)
    calls, most = 0, CALLS * len(data)

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")
        if calls > most:
            sys.setprofile(before)
            pytest.fail(f"{len(data)} bytes, one at a time, cost more than {most} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        said = read(*bytewise(data))
    finally:
        sys.setprofile(before)
    assert said == ROSE


@step(2)
def test_what_is_not_tls_is_seen_at_once() -> None:
    """HTTP, SSH, a line end, TLS of no version there is: NOT_TLS, with the first byte that tells.

    Why: it may be all that comes for now. And it need not be wrong: see step 3.
    Read: Step 2, "However it is cut".
    """
    for data in (b"G", b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-rose\r\n", b"\n", b"\0", b"\x15\x03"):
        said = read(data)
        if said != NOT_TLS:
            pytest.fail(f"{data!r} is no TLS, and is not going to be, and it was read as: {said}")
    for data in (b"\x16\x02", b"\x16\x16\x03", b"\x80\x2e\x01\x03\x01"):
        said = read(data)
        if said != NOT_TLS:
            pytest.fail(f"TLS begins with 22 and 3, so {data!r} is none, and it is: {said}")
    for data in (b"", b"\x16", b"\x16\x03", b"\x16\x03\x01\x00"):
        said = read(data)
        if said != "more":
            pytest.fail(f"{data!r} may become TLS, and it was read as: {said}")


@step(2)
def test_it_is_one_message_to_its_end() -> None:
    """A record of something else in the middle of it: HelloRefused, with UNEXPECTED_MESSAGE.

    Why: it has begun, so it is TLS, and broken. Nothing may come in between.
    Read: Step 2, "However it is cut".
    """
    for between in (record(b"\x01\x00", 21), b"\x17", b"\x16\x02\x00", b"GET / HTTP/1.1\r\n\r\n"):
        said = read(record(MESSAGE[:60]) + between)
        if said == NOT_TLS:
            pytest.fail(f"half of it is there, and then {between!r}: not TLS is something else")
        if not str(said).endswith(f"(alert {UNEXPECTED_MESSAGE})"):
            pytest.fail(f"something else in the middle of it, {between!r}, and it is: {said}")


@step(2)
def test_another_message_is_none() -> None:
    """A handshake that begins with another message: HelloRefused, with UNEXPECTED_MESSAGE.

    Why: whoever begins in the middle does not want to speak with this port.
    Read: Step 2, "However it is cut".
    """
    for kind in (0, 2, 11):
        said = read(record(message(body(naming(b"rose.test")), kind)))
        if not str(said).endswith(f"(alert {UNEXPECTED_MESSAGE})"):
            pytest.fail(f"message {kind} is no ClientHello, and it was read as: {said}")


@step(2)
def test_an_empty_record_is_refused() -> None:
    """A record with nothing in it, first or in between: HelloRefused.

    Why: "Implementations MUST NOT send zero-length fragments of Handshake types". They would keep
    you busy for nothing.
    Read: Step 2, "However it is cut".
    """
    for data in (record(b""), record(b"") + record(MESSAGE), record(MESSAGE[:9]) + record(b"")):
        said = read(data)
        if not str(said).endswith(f"(alert {DECODE_ERROR})"):
            pytest.fail(f"a record is empty, and it was read as: {said}")


@step(2)
def test_it_ends_within_16_kib() -> None:
    """The last record ends at byte LONGEST: what it says. One more: HelloRefused.

    Why: all of it is kept, of everybody who likes to send it. nginx and HAProxy keep as much.
    Read: Step 2, "However it is cut".
    """
    for size in (LONGEST - 1, LONGEST):
        said = read(long(size))
        if said != ROSE:
            pytest.fail(f"it has {size} bytes, which are allowed, and it was read as: {said}")
    said = read(long(LONGEST + 1))
    if not str(said).endswith(f"(alert {DECODE_ERROR})"):
        pytest.fail(f"it has a byte more than are allowed, and it was read as: {said}")
    said = read(records(long(LONGEST)[5:], 5000))
    if not str(said).endswith(f"(alert {DECODE_ERROR})"):
        pytest.fail(f"in four records it has 15 bytes more than are allowed, and it is: {said}")


@step(2)
def test_what_is_too_long_is_refused_at_once() -> None:
    """The header of a record, or of the message, says that it is too long: HelloRefused.

    Why: to wait for the rest is to keep it.
    Read: Step 2, "However it is cut".
    """
    for data in (
        b"\x16\x03\x01\x3f\xfc",
        long(20_000)[:5],
        record(b"\x01\0\x40\0"),
        record(b"\x01\xff\xff\xff"),
    ):
        said = read(data)
        if not str(said).endswith(f"(alert {DECODE_ERROR})"):
            pytest.fail(f"{data!r} says that it is too long, and it was read as: {said}")
    data = record(message(bytes(16_000))[:9000])
    said = read(data + b"\x16\x03\x01\x20\0")
    if not str(said).endswith(f"(alert {DECODE_ERROR})"):
        pytest.fail(f"a second record goes beyond {LONGEST} bytes, and it was read as: {said}")


@step(2)
def test_what_comes_behind_it_is_not_its_business() -> None:
    """Other records behind it, whatever they are: what it says, and they are not looked at.

    Why: a client may send data before it hears anything (0-RTT), or end. All of it is passed on.
    Read: Step 2, "However it is cut".
    """
    early = record(b"\x01", 20) + record(b"rose", 23)
    for rest in (early, bytes(20_000), b"GET", b"\x16\x03", record(b"")):
        said = read(made(naming(b"rose.test")) + rest)
        if said != ROSE:
            pytest.fail(f"it is whole, {len(rest)} other bytes are behind it, and it is: {said}")


@step(2)
def test_nothing_else_is_in_its_records() -> None:
    """Bytes behind it in its own record: HelloRefused.

    Why: after a ClientHello, a client has to wait. Whatever that is, two would read it differently.
    Read: Step 2, "However it is cut".
    """
    for data in (record(MESSAGE + b"\0"), record(MESSAGE * 2), records(MESSAGE + b"\0", 50)):
        said = read(data)
        if not str(said).endswith(f"(alert {DECODE_ERROR})"):
            pytest.fail(f"something is behind it in its last record, and it was read as: {said}")


@step(2)
def test_a_record_is_read_when_it_has_ended() -> None:
    """The message is there, and its record says that more is to come: None.

    Why: whatever comes, it will be refused. Who is answered before that got past it.
    Read: Step 2, "However it is cut".
    """
    for data in (
        record(MESSAGE + bytes(9)),
        record(MESSAGE[:60]) + record(MESSAGE[60:] + bytes(9)),
    ):
        for left in (1, 8, 9):
            said = read(data[:-left])
            if said != "more":
                pytest.fail(f"{left} bytes of its record are to come, and it was read as: {said}")


@step(2)
def test_a_record_ends_where_its_header_says() -> None:
    """`record_end`: the header's five bytes and as many as its length, counted from the start.

    Why: where this one ends, the next one begins.
    Read: Step 2, "However it is cut".
    """
    for at in (0, 7):
        data = bytes(at) + record(b"rose") + b"more"
        end = record_end(data, at)
        if end != at + 9:
            pytest.fail(f"the record from byte {at} on ends at byte {at + 9}, and it was {end}")
        for length in range(5):
            assert record_end(data[: at + length], at) is None, f"{length} bytes of its header"

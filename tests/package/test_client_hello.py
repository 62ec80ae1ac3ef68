"""The ClientHello, by property: how it is cut makes no difference, and nothing breaks it."""

import itertools
import random
import ssl

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reverseproxy.client_hello import (
    DECODE_ERROR,
    HEADER,
    LONGEST,
    NOT_TLS,
    UNEXPECTED_MESSAGE,
    Hello,
    HelloReader,
    HelloRefused,
)
from tests.chapter_18.hellos import (
    GREASE,
    alert,
    asking,
    bare,
    body,
    counted,
    extension,
    long,
    made,
    message,
    naming,
    real,
    record,
    records,
)

LABELS = st.from_regex(r"[a-z0-9_]([a-z0-9_-]{0,20}[a-z0-9_])?", fullmatch=True)
VALID = st.builds(
    lambda labels, last: ".".join([*labels, last]),
    st.lists(LABELS, max_size=6),
    st.from_regex(r"[a-z]{1,12}", fullmatch=True),
)
"""Names of hosts; the last label has letters, or it would be an address."""

OTHERS = st.lists(st.builds(extension, st.integers(1, 0xFFFF), st.binary(max_size=60)), max_size=6)
"""Extensions that name nobody."""

BARES = st.builds(
    bare, st.binary(max_size=32), st.binary(max_size=60), st.sampled_from([b"\0", b"\1\0"])
)
VERSIONS = st.integers(0, 4).map(lambda minor: bytes((3, minor)))

REAL = [real("rose.test"), real(None), real("rose.test", ssl.TLSVersion.TLSv1_2)]

NEARLY = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(b"\x16\x03\x01".__add__),
    st.binary(max_size=300).map(record),
    st.binary(max_size=300).map(lambda data: record(message(data))),
    st.binary(max_size=300).map(lambda data: made(data)),
    st.binary(max_size=40).map(lambda data: made(extension(0, data))),
    st.lists(st.binary(max_size=40).map(record), max_size=5).map(b"".join),
)
"""Bytes that are a ClientHello, or nearly."""


def outcome(data: bytes, reader: HelloReader | None = None) -> Hello | str:
    """What a reader makes of it, or a new one: found, "more", or why it is refused."""
    try:
        return (reader or HelloReader()).read(data) or "more"
    except HelloRefused as error:
        return f"{error} {error.alert}"


def cut(data: bytes, cuts: set[int]) -> list[bytes]:
    """The pieces between those places, as far as they are within it."""
    places = [0, *sorted(each for each in cuts if 0 < each < len(data)), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places)]


CUTS = st.sets(st.integers(1, 600), max_size=40)


@given(BARES, OTHERS, OTHERS, VALID, VERSIONS, CUTS, CUTS, st.binary(max_size=20))
def test_however_it_is_cut_it_says_the_same(
    start: bytes,
    before: list[bytes],
    behind: list[bytes],
    name: str,
    version: bytes,
    within: set[int],
    between: set[int],
    rest: bytes,
) -> None:
    extensions = b"".join([*before, naming(name.upper().encode()), *behind])
    said = message(start + counted(extensions, 2))
    data = b"".join(record(piece, version=version) for piece in cut(said, within))
    reader, come = HelloReader(), b""
    for piece in cut(data, between):
        assert reader.read(come) is None
        come += piece
    assert reader.read(come + rest) == Hello(name)


@given(BARES, OTHERS, CUTS)
def test_who_names_nobody_is_read_as_well(
    start: bytes, others: list[bytes], within: set[int]
) -> None:
    said = message(start + counted(b"".join(others), 2))
    assert outcome(b"".join(map(record, cut(said, within)))) == Hello()
    assert outcome(record(message(start))) == Hello()


@settings(deadline=None)
@given(VALID, CUTS, st.sampled_from([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]))
def test_openssl_names_whom_it_wants(name: str, within: set[int], version: ssl.TLSVersion) -> None:
    data = real(name, version)
    assert outcome(data) == Hello(name)
    assert outcome(b"".join(map(record, cut(data[5:], within)))) == Hello(name)


@given(NEARLY)
@example(b"")
@example(made(naming(b"rose.test.")))
@example(made(naming(b"rose.test"), naming(b"rose.test")))
@example(record(message(bare() + b"\0")))
def test_any_bytes_are_found_refused_or_waited_for(data: bytes) -> None:
    outcome(data)


@settings(deadline=None)
@given(
    st.sampled_from([*REAL, asking("rose.test"), records(asking("rose.test")[5:], 100)]),
    st.lists(st.tuples(st.integers(0, 520), st.binary(max_size=4), st.integers(0, 4)), max_size=5),
)
def test_a_real_one_that_was_changed_breaks_nothing(
    data: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    for at, new, gone in changes:
        data = data[:at] + new + data[at + gone :]
    found = outcome(data)
    if isinstance(found, Hello) and found.name:
        assert found.name.encode() in data.lower() or b"\x16\x03" in data[5:]


@given(NEARLY | st.builds(lambda a, b: asking("rose.test")[:a] + b, st.integers(0, 320), NEARLY))
def test_a_longer_beginning_never_changes_the_answer(data: bytes) -> None:
    """What is found, or refused, by its beginning stays so; and to remember changes nothing."""
    settled: Hello | str = "more"
    reader = HelloReader()
    for length in range(len(data) + 1):
        now = outcome(data[:length])
        if settled == "more":
            settled = outcome(data[:length], reader)
        assert now == settled, data[:length]


@settings(max_examples=50)
@given(
    st.integers(0, 0xFFFFFF),
    st.lists(st.integers(1, LONGEST), min_size=1, max_size=4),
    st.integers(0, 1000),
)
def test_nobody_keeps_more_than_so_many_bytes(length: int, sizes: list[int], seed: int) -> None:
    """When as many have come, it is found, or refused: there is nothing more to wait for."""
    dice = random.Random(seed)
    said = b"\x01" + length.to_bytes(3) + bytes(LONGEST)
    data = b""
    while len(data) < LONGEST + HEADER:
        size = dice.choice(sizes)
        data, said = data + record(said[:size]), said[size:] + bytes(size)
    assert outcome(data[: LONGEST + HEADER - 1]) != "more"


def test_what_cannot_end_in_time_is_refused_at_once() -> None:
    most = LONGEST - HEADER - 4
    assert outcome(record(b"\x01" + most.to_bytes(3))) == "more"
    too_long = f"its ClientHello does not end within {LONGEST} bytes {DECODE_ERROR}"
    assert outcome(record(b"\x01" + (most + 1).to_bytes(3))) == too_long
    assert outcome(long(LONGEST)) == Hello("rose.test")
    assert outcome(long(LONGEST) + bytes(9)) == Hello("rose.test")


def test_four_thousand_extensions_are_read() -> None:
    many = extension(GREASE) * 4000
    assert outcome(made(many, naming(b"rose.test"))) == Hello("rose.test")


@pytest.mark.parametrize(
    "name", [b"a" * 63 + b".test", b"A_.b-.-c", b"127.0.0.1", b"7", b"xn--9ca.test"]
)
def test_upstreams_may_be_stricter_about_names(name: bytes) -> None:
    assert outcome(made(naming(name))) == Hello(name.decode().lower())


def test_a_name_has_253_bytes_at_most() -> None:
    name = ".".join(["a" * 63] * 4)[:253]
    assert outcome(made(naming(name.encode()))) == Hello(name)
    assert outcome(made(naming(name.encode() + b"a"))) == f"no host has such a name {DECODE_ERROR}"
    assert isinstance(outcome(made(naming(b"a" * 16_000))), str)


def test_what_a_client_is_told_is_an_alert() -> None:
    assert HelloRefused("it is broken").words == alert(DECODE_ERROR)
    assert HelloRefused("it is another", UNEXPECTED_MESSAGE).words == alert(UNEXPECTED_MESSAGE)
    assert HelloRefused("it is none", None).words == b""


def test_openssl_understands_the_alert() -> None:
    """An SSLError says what it was, and not that nobody can read it."""
    context = ssl.create_default_context()
    for number, words in (
        (112, "UNRECOGNIZED_NAME"),
        (109, "MISSING_EXTENSION"),
        (50, "DECODE_ERR"),
    ):
        comes = ssl.MemoryBIO()
        client = context.wrap_bio(comes, ssl.MemoryBIO(), server_hostname="rose.test")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        comes.write(HelloRefused("it is refused", number).words)
        with pytest.raises(ssl.SSLError, match=words):
            client.do_handshake()


def test_tls_of_another_time_is_none() -> None:
    """SSL 2 began with a length; whoever speaks it gets no further."""
    assert outcome(b"\x80\x2e\x01\x00\x02") == NOT_TLS
    assert outcome(record(body(), version=b"\x02\x00")) == NOT_TLS

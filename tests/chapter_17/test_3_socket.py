"""Step 3: a socket that encrypts."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from random import Random

import pytest

from tests.chapter_15.wires import break_off
from tests.chapter_17.lines import Line, Lines, lines
from tests.chapter_17.papers import Papers
from tests.support.steps import step

LONG = Random(17).randbytes(600_000)
"""More than all buffers between two ends hold here."""

SMALL = 16_384

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

both_versions = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def made(papers: Papers) -> Iterator[Lines]:
    """Connections."""
    with lines(papers) as them:
        yield them


def reads(line: Line, why: str, wanted: bytes | None) -> None:
    """Fails when the next thing to be read is another one. b"": the end; None: nothing yet."""
    try:
        got = line.read()
    except OSError as error:
        pytest.fail(f"{why}, and this was raised: {error!r}")
    if got != wanted:
        words = {None: "nothing yet", b"": "the end"}
        found, right = (words.get(it, f"{it!r}") for it in (got, wanted))
        pytest.fail(f"{why}: what is read is {found}, and should be {right}")


def breaks(line: Line, why: str) -> None:
    """Fails when reading is not an error."""
    line.waits()
    try:
        got = line.read()
    except OSError:
        return
    pytest.fail(f"{why}, and it is no error: what is read is {got!r}")


@step(3)
@both_versions
@pytest.mark.parametrize("is_server", [True, False], ids=["server", "client"])
def test_what_is_said_arrives(made: Lines, version: ssl.TLSVersion, is_server: bool) -> None:
    """Something is said, and something is answered: both arrive, and nobody on the way reads it.

    Why: that is what it is for.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version, is_server=is_server).shakes_hands()
    for word in (b"rose petal", b"thorn and leaf"):
        count = it.near.send(word)
        if count != len(word):
            pytest.fail(f"{len(word)} bytes are given, and all of them are gone: it counts {count}")
        for _ in range(3):
            if it.turn(100) and it.speaker.got:
                break
        assert it.speaker.got == word, f"{word!r} was said, and what arrives is {it.speaker.got!r}"
        it.speaker.got = b""

        it.says(word.upper())
        got, _ = it.reads(len(word))
        assert got == word.upper(), f"{word.upper()!r} was answered, and what is read is {got!r}"


@step(3)
def test_an_empty_piece_is_sent_at_once(made: Lines) -> None:
    """Nothing is given to `send`: it returns 0, and nothing is raised.

    Why: no room is needed for it.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line().shakes_hands()
    try:
        assert it.near.send(b"") == 0
    except BlockingIOError:
        pytest.fail("nothing was given, there is room for it, and send says that there is none")


@step(3)
def test_when_there_is_nothing_it_is_said_as_a_socket_says_it(made: Lines) -> None:
    """Nothing has come: `recv_into` raises BlockingIOError, and so it does the next time.

    Why: whoever reads knows sockets, and no TLS. Another error breaks the connection off.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line().shakes_hands()
    for _ in range(2):
        reads(it, "nothing has come", None)
    assert not it.near.has_more, "nothing has come, and there is more"


@step(3)
@both_versions
def test_half_a_record_is_nothing_yet(made: Lines, version: ssl.TLSVersion) -> None:
    """A record comes in three pieces: BlockingIOError until it is whole, and then what is in it.

    Why: TCP cuts where it likes, and only a whole record can be verified.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version).shakes_hands()
    record = it.speaker.says(b"rose")
    for piece in (record[:3], record[3:-1]):
        it.sends(piece)
        it.waits()
        reads(it, "a part of a record has come", None)
    it.sends(record[-1:])
    it.waits()
    reads(it, "a record has come, in three pieces", b"rose")


@step(3)
def test_what_tls_says_for_itself_is_nothing_yet(made: Lines) -> None:
    """A server sends tickets after the handshake, as it does in TLS 1.3: BlockingIOError. Then it
    says something, and that is read.

    Why: not all that comes is for us.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(ssl.TLSVersion.TLSv1_3, is_server=False).shakes_hands()
    it.waits()
    reads(it, "tickets have come, and no data", None)
    it.says(b"rose")
    assert it.reads(4)[0] == b"rose"


@step(3)
def test_what_came_with_the_handshake_is_read_first(made: Lines) -> None:
    """With the last message of the handshake comes data, and then more: all of it is read, in
    order, once. `has_more` says it, as the kernel knows nothing.

    Why: most clients speak first, and at once.
    Read: Step 3, "A socket that encrypts".
    """
    it = late(made, b"rose")
    assert it.near.has_more
    it.says(b" petal")
    it.waits()
    reads(it, "data came with the handshake, and more behind it", b"rose")
    assert not it.near.has_more, "what came with the handshake is read, and there is still more"
    reads(it, "what came with the handshake is read already", b" petal")
    reads(it, "all that came is read", None)


@step(3)
def test_an_end_that_came_with_the_handshake_is_an_end(made: Lines) -> None:
    """With the last message of the handshake come data and the end: both are read.

    Why: some clients say all they have to say, and that it was all, and then they listen.
    Read: Step 3, "A socket that encrypts".
    """
    it = late(made, b"rose", ends=True)
    reads(it, "data and the end came with the handshake", b"rose")
    assert it.near.has_more, "the end came with the handshake, nobody has read it: there is more"
    reads(it, "the data is read, and the end came with it", b"")


def late(made: Lines, data: bytes, *, ends: bool = False) -> Line:
    """A line whose far end says something together with its last message of the handshake."""
    it = made.line(ssl.TLSVersion.TLSv1_3)
    for _ in range(100):
        it.listens(1)
        if it.speaker.is_ready:
            break
        it.turn()
        with contextlib.suppress(ssl.SSLWantReadError):
            it.near.do_handshake()
    it.says(data, ends=ends)
    it.waits()
    it.near.do_handshake()
    return it


@step(3)
def test_all_that_has_come_is_read(made: Lines) -> None:
    """The other side says 600 kB, in records of 16 kB: all of it is read by one who reads when the
    kernel has something, or when `has_more` is true. So it is by one with room for two records.

    Why: what TLS has read and keeps to itself is not in the kernel any more. Nobody would ask.
    Read: Step 3, "A socket that encrypts".
    """
    for room in (262_144, 40_960):
        it = made.line().shakes_hands()
        it.says(LONG)
        got, then = it.reads(len(LONG), room)
        if len(got) < len(LONG):
            some = f"{len(LONG)} bytes were said, and there is room for {room} at a time"
            pytest.fail(f"{some}: {len(got)} are read, and then comes {then}")
        assert got == LONG, "all bytes are read, and not in the order in which they were said"


@step(3)
@both_versions
def test_an_end_is_an_end(made: Lines, version: ssl.TLSVersion) -> None:
    """The other side says something and that this was all, in one piece: that is read, then 0, and
    0 again. Until the first 0 there is more.

    Why: the kernel has given all it had. It will not call for the end.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version).shakes_hands()
    it.says(b"rose", ends=True)
    it.waits()
    reads(it, "data and the end came in one piece", b"rose")
    if not it.near.has_more:
        pytest.fail(
            "an end was in the same piece as the data, nobody read it, and has_more is False"
        )
    reads(it, "the data is read, and the end came behind it, in one piece", b"")
    if it.near.has_more:
        pytest.fail("the end is read, and has_more is still True: it would be read for ever")
    reads(it, "the end is read, and somebody reads again", b"")


@step(3)
@both_versions
@pytest.mark.parametrize("how", ["an end", "a reset"])
def test_an_end_without_a_word_is_no_end(made: Lines, version: ssl.TLSVersion, how: str) -> None:
    """The connection ends, or is reset, and the other side has not said that this was all: what it
    said is read, and then comes an OSError, never a 0. So it is in the middle of a record.

    Why: anybody on the way can end a connection, and cut off what was still to come.
    Read: Step 3, "A socket that encrypts".
    """
    for cut in (0, 10):
        it = made.line(version).shakes_hands()
        record = it.speaker.says(b"rose")
        it.sends(record + it.speaker.says(b"petal")[:cut])
        it.waits()
        reads(it, "a record came", b"rose")
        if how == "an end":
            it.far.close()
        else:
            break_off(it.far)
        breaks(it, f"the connection ended with {how}, {cut} bytes into a record")


@step(3)
@both_versions
def test_what_is_counted_is_gone(made: Lines, version: ssl.TLSVersion) -> None:
    """The kernel takes only a part: what `send` counts arrives, even if nobody calls it again. And
    where it counts nothing, it raises BlockingIOError.

    Why: what is counted, the one who gave it forgets.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version, out=SMALL).shakes_hands()
    counted = it.stuffs(LONG)
    got = it.arrives(counted)
    if len(got) < counted:
        pytest.fail(f"{counted} bytes were counted, nobody calls again, and {len(got)} arrive")
    assert got == LONG[: len(got)], "what arrives is not what was said"


@step(3)
@both_versions
def test_nothing_is_lost_and_nothing_is_said_twice(made: Lines, version: ssl.TLSVersion) -> None:
    """600 kB, and the kernel takes a little at a time: what was not counted is given again, as
    often as it takes. All of it arrives, once, in order, and then the next piece.

    Why: what is encrypted is encrypted. The other side counts records, and takes each one once.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version, out=SMALL).shakes_hands()
    for data in (LONG, b"rose"):
        it.speaker.got = b""
        counted = it.gives(data, 2 * len(data))
        got = it.arrives(len(data))
        if len(got) > len(data):
            pytest.fail(f"{len(data)} bytes were said, and {len(got)} arrive: some of them twice")
        if counted < len(data):
            pytest.fail(
                f"{len(data)} bytes were said, {len(got)} have arrived, and no more is sent"
            )
        assert got == data, f"{len(data)} bytes were said, and {len(got)} others arrive"


@step(3)
def test_what_goes_is_counted_on_the_way(made: Lines) -> None:
    """Of 600 kB, 300 kB have arrived: some of them are counted.

    Why: a relay where nothing is counted is idle. It would be cut off in the middle of its bytes.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(out=SMALL).shakes_hands()
    counted = it.gives(LONG, 300_000)
    got = len(it.speaker.got)
    if counted < got - 200_000:
        pytest.fail(f"{got} bytes of {len(LONG)} have arrived, and {counted} of them are counted")


@step(3)
@both_versions
def test_an_end_is_half_an_end(made: Lines, version: ssl.TLSVersion) -> None:
    """`shutdown`: the other side hears what was said, and that this was all. It goes on speaking,
    and what it says is read; then it ends, too.

    Why: a question that ends wants its answer.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version).shakes_hands()
    it.near.send(b"question")
    ends(it, "there is room for the end")
    it.arrives(8, end=True)
    assert it.speaker.got == b"question"
    if not it.speaker.has_end:
        pytest.fail("shutdown was called, and the other side was not told that this was all")
    for word in (b"answer", b"more of it"):
        it.says(word)
        it.waits()
        reads(it, "we have ended, and the other side still speaks", word)
    it.says(ends=True)
    it.waits()
    reads(it, "we have ended, and so has the other side", b"")


def ends(line: Line, why: str, how: int = socket.SHUT_WR) -> None:
    """Fails when the end cannot be said."""
    try:
        line.near.shutdown(how)
    except OSError as error:
        pytest.fail(f"{why}, and shutdown raises {error!r}")


@step(3)
@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_RDWR], ids=["RD", "RDWR"])
def test_an_end_is_the_same_whatever_how_is(made: Lines, how: int) -> None:
    """`shutdown` with another `how`: the other side hears that this was all, and what it says after
    that is read.

    Why: the kernel knows three kinds of it. TLS has one message.
    Read: Step 3, "A socket that encrypts".
    """
    it, called = made.line().shakes_hands(), f"shutdown was called with {how!r}"
    ends(it, called, how)
    it.arrives(0, end=True)
    if not it.speaker.has_end:
        pytest.fail(f"{called}, and the other side does not know that this was all")
    it.says(b"answer")
    it.waits()
    reads(it, f"{called}, and the other side still speaks", b"answer")


@step(3)
def test_an_end_that_cannot_be_said_is_an_error(made: Lines) -> None:
    """`shutdown` in the middle of a handshake: TLS has no word for an end yet, and raises an error.
    So does `shutdown`.

    Why: SSLWantReadError is the only one that means nothing here.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(is_server=False)
    with contextlib.suppress(ssl.SSLWantReadError):
        it.near.do_handshake()
    try:
        it.near.shutdown(socket.SHUT_WR)
    except OSError:
        return
    pytest.fail("TLS refuses to end in the middle of a handshake, and shutdown keeps it to itself")


@step(3)
@both_versions
def test_who_has_heard_the_end_can_answer(made: Lines, version: ssl.TLSVersion) -> None:
    """The other side ends first. What is said after that arrives, and so does our end.

    Why: a question that ends wants its answer. It may be the other side's.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version).shakes_hands()
    it.says(b"question", ends=True)
    it.waits()
    reads(it, "a question came, and that this was all", b"question")
    reads(it, "a question came, and that this was all", b"")
    assert it.near.send(b"answer") == 6
    ends(it, "the other side has ended already")
    it.arrives(6, end=True)
    assert (it.speaker.got, it.speaker.has_end) == (b"answer", True)


@step(3)
@both_versions
def test_an_end_in_the_middle_of_a_record(made: Lines, version: ssl.TLSVersion) -> None:
    """Half a record has come, and `shutdown` is called. Then comes the other half: what is in it is
    read.

    Why: two directions have nothing to do with each other.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version).shakes_hands()
    record = it.speaker.says(b"rose")
    it.sends(record[:9])
    it.waits()
    reads(it, "half a record has come", None)
    ends(it, "half a record has come, and there is room for the end")
    it.arrives(0, end=True)
    assert it.speaker.has_end
    it.sends(record[9:] + it.speaker.ends())
    it.waits()
    reads(it, "we ended between the halves of a record", b"rose")
    reads(it, "we ended between the halves of a record", b"")


@step(3)
@both_versions
def test_an_end_waits_for_room(made: Lines, version: ssl.TLSVersion) -> None:
    """The kernel has no room: `shutdown` raises BlockingIOError. It is called again once there is
    room: the other side hears everything that was counted, and then, once, the end.

    Why: over TCP, an end needs no room. Over TLS it is a message like others.
    Read: Step 3, "A socket that encrypts".
    """
    it = made.line(version, out=SMALL).shakes_hands()
    it.stuffs(LONG)
    try:
        it.near.shutdown(socket.SHUT_WR)
    except BlockingIOError:
        pass
    else:
        it.arrives(0, end=True)
        end = "it" if it.speaker.has_end else "no end"
        pytest.fail(f"no room for the end, and shutdown says nothing: the other side hears {end}")
    it.says(b"still here")
    assert it.reads(10)[0] == b"still here", "the end has to wait, and nothing more is read"
    for _ in range(100):
        it.turn(1)
        try:
            it.near.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            continue
        break
    it.arrives(0, end=True)
    assert it.speaker.got == LONG[: len(it.speaker.got)], "what arrives is not what was said"
    if not it.speaker.has_end:
        pytest.fail("there was no room for the end, then there was, and it never arrives")

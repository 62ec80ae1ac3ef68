"""What a TlsSocket does with bytes that nobody would send who means well."""

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from reverseproxy.tls import sockets
from reverseproxy.tls.sockets import TlsSocket
from tests.chapter_15.wires import wires
from tests.chapter_17.lines import Line, Lines, lines
from tests.chapter_17.papers import Papers, client

SMALL = 2048


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def made(papers: Papers) -> Iterator[Lines]:
    """Connections."""
    with lines(papers) as them:
        yield them


@pytest.mark.parametrize("seed", range(3))
def test_records_of_any_size_in_segments_of_any_size(made: Lines, seed: int) -> None:
    chance = Random(seed)
    said = [chance.randbytes(chance.choice([1, 100, 5000, 16_384])) for _ in range(60)]
    it = made.line().shakes_hands()
    wire, got = b"".join(map(it.speaker.says, said)) + it.speaker.ends(), b""
    while wire:
        count = chance.choice([1, 7, 1000, 20_481, 100_000])
        it.sends(wire[:count])
        wire = wire[count:]
        it.waits()
        piece = it.read(chance.choice([40_960, 262_144]))
        got += piece or b""
        while it.left or it.near.has_more or piece:
            it.turn()
            piece = it.read()
            got += piece or b""
    assert got == b"".join(said)
    assert not it.near.has_more


def test_what_was_good_is_read_before_the_error_behind_it(made: Lines) -> None:
    it = made.line().shakes_hands()
    good = it.speaker.says(b"rose")
    bad = bytearray(it.speaker.says(b"petal"))
    bad[-1] ^= 1
    it.sends(good + bad + it.speaker.says(b"thorn"))
    it.waits()
    assert it.read() == b"rose"
    assert it.near.has_more
    with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC"):
        it.read()
    with pytest.raises(ssl.SSLError, match="bad record mac"):  # it has been told
        it.speaker.hears(it.far.recv(1000))


def test_one_that_is_closed_has_nothing_more(made: Lines) -> None:
    it = made.line().shakes_hands()
    it.says(b"rose", ends=True)
    it.waits()
    assert it.read() == b"rose"
    assert it.near.has_more
    it.near.close()
    assert not it.near.has_more


def test_a_name_that_is_none_leaves_the_connection_to_its_owner() -> None:
    with wires() as made:
        _, near = made.pair()
        with pytest.raises(UnicodeError):
            TlsSocket(near, client(), "rose..test")
        assert near.fileno() >= 0


class Scribe:
    """Writes records of TLS 1.3 by hand, as the far end of a line.

    Source: RFC 8446, sections 4.6.3, 5.2, 7.1 and 7.2.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret, self._count = secret, 0

    @classmethod
    def of(cls, secrets: Path) -> "Scribe":
        """The client's, whose secrets are in a file, as SSLKEYLOGFILE has them."""
        for line in secrets.read_text().splitlines():
            if line.startswith("CLIENT_TRAFFIC_SECRET_0 "):
                return cls(bytes.fromhex(line.split()[2]))
        raise AssertionError("this is another version of TLS")

    def _expand(self, label: bytes, length: int) -> bytes:
        label = b"tls13 " + label
        info = length.to_bytes(2) + bytes((len(label),)) + label + b"\0"
        return HKDFExpand(SHA384(), length, info).derive(self._secret)

    def record(self, data: bytes, kind: int = 23) -> bytes:
        """One record. kind: 23 is data, 22 a message of TLS."""
        head = b"\x17\x03\x03" + (len(data) + 17).to_bytes(2)
        nonce = int.from_bytes(self._expand(b"iv", 12)) ^ self._count
        self._count += 1
        key = AESGCM(self._expand(b"key", 32))
        return head + key.encrypt(nonce.to_bytes(12), data + bytes((kind,)), head)

    def new_keys(self, *, asks: bool) -> bytes:
        """The message that all after it has new keys. asks: for new keys of the other side, too."""
        said = self.record(bytes((24, 0, 0, 1, asks)), 22)
        self._secret, self._count = self._expand(b"traffic upd", 48), 0
        return said


Spied = tuple[Line, Scribe]


@pytest.fixture
def spied(made: Lines, tmp_path: Path) -> Spied:
    """A line whose kernel holds little on the way out, and somebody who knows its secrets."""
    line = made.line(ssl.TLSVersion.TLSv1_3, out=SMALL)
    line.near.context.keylog_filename = str(tmp_path / "secrets")
    return line.shakes_hands(), Scribe.of(tmp_path / "secrets")


def test_new_keys_while_data_flows(spied: Spied) -> None:
    line, scribe = spied
    assert line.speaker.tls.cipher()[0] == "TLS_AES_256_GCM_SHA384"  # type: ignore[index]
    words = [os.urandom(100) for _ in range(10)]
    for number, word in enumerate(words):
        line.sends(scribe.record(word) + scribe.new_keys(asks=number % 2 == 0))
        line.waits()
        assert line.read() == word
        line.near.send(word)
    line.arrives(1000)
    assert line.speaker.got == b"".join(words)
    line.near.shutdown(socket.SHUT_WR)
    line.sends(scribe.new_keys(asks=True) + scribe.record(b"rose"))
    line.waits()
    assert line.read() == b"rose"


def test_one_who_asks_for_new_keys_and_takes_none_is_cut_off(
    spied: Spied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST", 3000)
    line, scribe = spied

    def ask() -> None:
        """Often, and reads nothing."""
        for _ in range(100):
            line.far.sendall(b"".join(scribe.new_keys(asks=True) for _ in range(20)))
            line.waits()
            assert line.read() is None

    with pytest.raises(ssl.SSLError, match="takes no answer"):
        ask()
    assert len(line.near._encrypted) < 3000 + 20 * 30

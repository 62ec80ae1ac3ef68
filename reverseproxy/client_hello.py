"""The ClientHello: the first message of TLS, which says in plain words whom a client wants.

Source: RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3.
"""

import re
from dataclasses import dataclass

from reverseproxy.errors import ExchangeError

LONGEST = 16_384
"""Bytes of a connection in which its ClientHello has to end."""

HEADER = 5
"""Bytes before a record's content: its type, a version, and its length."""

HANDSHAKE = b"\x16\x03"
"""How a record begins that is a part of a handshake: its type, and the first half of a version."""

CLIENT_HELLO = 1
"""The type of the message."""

SERVER_NAME = 0
"""The number of the extension; and in it, of a host's name."""

NAME = re.compile(rb"(?!.{254})[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
"""A host's: 253 bytes at most, and no dot behind it (RFC 6066, section 3)."""

UNEXPECTED_MESSAGE = 10
DECODE_ERROR = 50
MISSING_EXTENSION = 109
UNRECOGNIZED_NAME = 112


class HelloRefused(ExchangeError):
    """Of what a client says first, nothing can come."""

    def __init__(self, why: str, alert: int | None = DECODE_ERROR) -> None:
        """`alert`: what the client hears of it (RFC 8446, section 6.2); None: nothing."""
        super().__init__(why)
        self.alert = alert

    @property
    def words(self) -> bytes:
        """A record that says so; b"" if there is nothing to say (RFC 8446, section 6)."""
        return b"" if self.alert is None else bytes((21, 3, 3, 0, 2, 2, self.alert))


@dataclass(frozen=True, slots=True)
class Hello:
    """Whom a client wants: a name in lower case, or nobody in particular."""

    name: str | None = None
    is_tls: bool = True


NOT_TLS = Hello(is_tls=False)


class HelloReader:
    """Reads the ClientHello at the beginning of a connection, into however many records it is cut.

    It remembers how far it has come, so that a client that sends byte after byte costs no more.
    """

    def __init__(self) -> None:
        self._at = 0
        self._message = b""

    def read(self, data: bytes) -> Hello | None:
        """What it says; None as long as more of it has to come. `data`: all that has come.

        NOT_TLS as soon as it cannot be TLS. Raises HelloRefused for what is too long, or broken.
        """
        if not HANDSHAKE.startswith(data[: len(HANDSHAKE)]):
            return NOT_TLS
        while not is_whole(self._message):
            end = record_end(data, self._at)
            if end is None or len(data) < end:
                return None
            self._message += data[self._at + HEADER : end]
            self._at = end
        return hello(self._message[4:])


def record_end(data: bytes, at: int) -> int | None:
    """Where the record ends that begins there; None as long as its header is not whole.

    Raises HelloRefused, as soon as that is certain, for a record of something else, for an empty
    one and for one that ends beyond LONGEST.
    """
    header = data[at : at + HEADER]
    if not HANDSHAKE.startswith(header[: len(HANDSHAKE)]):
        raise HelloRefused("something else in the middle of its ClientHello", UNEXPECTED_MESSAGE)
    if len(header) < HEADER:
        return None
    length = int.from_bytes(header[3:])
    if not length:
        raise HelloRefused("an empty record in its ClientHello")
    if at + HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    return at + HEADER + length


def is_whole(message: bytes) -> bool:
    """Whether all of a ClientHello is there. Raises HelloRefused when it can be none."""
    if message and message[0] != CLIENT_HELLO:
        raise HelloRefused("it does not begin with a ClientHello", UNEXPECTED_MESSAGE)
    if len(message) < 4:
        return False
    length = 4 + int.from_bytes(message[1:4])
    if HEADER + length > LONGEST:
        raise HelloRefused(f"its ClientHello does not end within {LONGEST} bytes")
    if len(message) > length:
        raise HelloRefused("something more behind its ClientHello")
    return len(message) == length


def hello(body: bytes) -> Hello:
    """What the body of a ClientHello says. Raises HelloRefused for a broken one, and two names."""
    part = Part(body)
    part.take(2 + 32)  # a version, and random bytes
    for size in (1, 2, 1):  # the session, the ciphers and the compressions
        part.vector(size)
    extensions = part.vector(2) if part.rest else Part(b"")
    if part.rest:
        raise HelloRefused("something more behind the extensions")
    names = []
    while extensions.rest:
        kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
        if kind == SERVER_NAME:
            names.append(server_name(content))
    if len(names) > 1:
        raise HelloRefused("two names")
    return Hello(names[0] if names else None)


def server_name(content: "Part") -> str:
    """The name in the extension. Raises HelloRefused for none, for several and for no host's."""
    entries = content.vector(2)
    kind, name = entries.take(1)[0], entries.vector(2).rest
    if content.rest or entries.rest or kind != SERVER_NAME or not NAME.fullmatch(name):
        raise HelloRefused("no host has such a name")
    return name.decode("ascii").lower()


class Part:
    """Bytes that are taken from the front. Its methods raise HelloRefused when they are too few."""

    def __init__(self, rest: bytes) -> None:
        self.rest = rest

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if len(self.rest) < count:
            raise HelloRefused("a length that goes beyond the end")
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def vector(self, size: int) -> "Part":
        """A part with its length in front, in so many bytes."""
        return Part(self.take(int.from_bytes(self.take(size))))

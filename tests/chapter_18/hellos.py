"""ClientHellos, real ones and ones made by hand, and clients that say them."""

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

import trustme

from reverseproxy import TcpProxy
from reverseproxy.client_hello import HelloRefused
from tests.chapter_15.coming_in import errors_told
from tests.chapter_16.calling import serving

SOON = 1.0
"""Seconds after which something is taken never to come."""

GREASE = 0x0A0A
"""A number of an extension that means nothing, now and for ever (RFC 8701)."""


def counted(content: bytes, size: int) -> bytes:
    """It, with its length in front, in so many bytes."""
    return len(content).to_bytes(size) + content


def extension(kind: int, content: bytes = b"") -> bytes:
    """One extension."""
    return kind.to_bytes(2) + counted(content, 2)


def naming(*names: bytes, kind: int = 0) -> bytes:
    """The extension that says whom a client wants."""
    entries = b"".join(bytes((kind,)) + counted(name, 2) for name in names)
    return extension(0, counted(entries, 2))


def bare(
    session: bytes = b"\x07" * 32, ciphers: bytes = b"\x13\x01", nulls: bytes = b"\0"
) -> bytes:
    """The body of a ClientHello, up to its extensions."""
    start = b"\x03\x03" + bytes(range(32))
    return start + counted(session, 1) + counted(ciphers, 2) + counted(nulls, 1)


def body(*extensions: bytes) -> bytes:
    """The body of a ClientHello."""
    return bare() + counted(b"".join(extensions), 2)


def message(content: bytes, kind: int = 1) -> bytes:
    """A message of the handshake: a ClientHello is number 1."""
    return bytes((kind,)) + counted(content, 3)


def record(content: bytes, kind: int = 22, version: bytes = b"\x03\x01") -> bytes:
    """A record: number 22 is for messages of the handshake."""
    return bytes((kind,)) + version + counted(content, 2)


def records(content: bytes, size: int) -> bytes:
    """Records of so many bytes."""
    return b"".join(record(content[at : at + size]) for at in range(0, len(content), size))


def made(*extensions: bytes) -> bytes:
    """A ClientHello made by hand, in one record."""
    return record(message(body(*extensions)))


def asking(name: str) -> bytes:
    """A ClientHello of the usual kind, in one record, for a server of that name."""
    return made(extension(GREASE), naming(name.encode()), extension(21, bytes(200)))


def long(size: int) -> bytes:
    """One for rose.test, in one record, so many bytes in all."""
    rest = size - len(made(naming(b"rose.test"), extension(21)))
    return made(naming(b"rose.test"), extension(21, bytes(rest)))


def real(name: str | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """What OpenSSL says first to a server of that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version
    says = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), says, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return says.read()
    raise AssertionError("a handshake with nobody")


def alert(number: int) -> bytes:
    """The record in which a client is told why there is no connection."""
    return record(bytes((2, number)), 21, b"\x03\x03")


def why(error: HelloRefused) -> str:
    """A refusal, in a test's words."""
    return f"{error} (alert {error.alert})"


@functools.cache
def authority() -> trustme.CA:
    """The authority that all certificates are from: making one takes a while."""
    return trustme.CA()


@functools.cache
def site(name: str) -> ssl.SSLContext:
    """For an upstream with a certificate for that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(name).configure_cert(context)
    return context


def visitor(version: ssl.TLSVersion) -> ssl.SSLContext:
    """For a client that believes the authority and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    authority().configure_trust(context)
    return context


class Wire:
    """One end of a connection over TLS, which knows all bytes that went over it, encrypted."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext,
        name: str | None = None,
    ) -> None:
        """name: of the server that is to be at the other end; None: this is the server."""
        self._reader, self._writer = reader, writer
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, name is None, name)
        self.heard = self.said = b""

    async def begin(self) -> None:
        """Shakes hands."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._move()
            else:
                return self._say()

    async def read(self) -> bytes:
        """What comes next, decrypted."""
        while True:
            try:
                return self._tls.read(65_536)
            except ssl.SSLWantReadError:
                await self._move()

    def write(self, data: bytes) -> None:
        """Says that."""
        self._tls.write(data)
        self._say()

    async def _move(self) -> None:
        """Says what there is to be said, and hears something."""
        self._say()
        piece = await self._reader.read(65_536)
        if not piece:
            raise ConnectionResetError("the other side has ended")
        self.heard += piece
        self._in.write(piece)

    def _say(self) -> None:
        piece = self._out.read()
        self.said += piece
        self._writer.write(piece)


@contextlib.asynccontextmanager
async def served(proxy: TcpProxy) -> AsyncIterator[int]:
    """Serves the proxy; yields its port. What is raised inside is what a failing test tells."""
    with errors_told():
        async with serving(proxy) as port:
            yield port


@dataclass
class Heard:
    """What a client heard, and how that ended."""

    data: bytes
    end: str
    """Like "an end"."""

    def __str__(self) -> str:
        return f"{shortly(self.data)}, and then {self.end}"


def shortly(data: bytes) -> str:
    """It, or how much it is and how it begins."""
    if len(data) > 24:
        return f"{len(data)} bytes that begin with {data[:12]!r}"
    return repr(data) if data else "nothing"


async def tell(port: int, *pieces: bytes, leaves: bool = False, every: float = 0.0) -> Heard:
    """Says the pieces, one every so many seconds, and listens to the end.

    leaves: says as well that nothing more will come.
    """
    loop, sock = asyncio.get_running_loop(), socket.create_connection(("127.0.0.1", port))
    heard, end = b"", "a reset"
    with sock:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(SOON):
                for piece in pieces:
                    await loop.sock_sendall(sock, piece)
                    await asyncio.sleep(every)
                if leaves:
                    sock.shutdown(socket.SHUT_WR)
                while piece := await loop.sock_recv(sock, 65_536):
                    heard += piece
            end = "an end"
        except TimeoutError:
            end = "nothing more"
        except OSError:
            pass
    return Heard(heard, end)

"""Clients and upstreams that speak TLS, or do not, and a TcpProxy between them."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field

import pytest

from reverseproxy import Certificates, TcpProxy, TlsListener
from tests.chapter_15.coming_in import errors_told, stumble
from tests.chapter_17.speaking import Speaker, callbacks_told
from tests.support.loopback import listening

SOON = 1.0
"""Seconds after which something is taken never to happen."""


class Talker:
    """One end of a connection. Over TLS, when there is a speaker."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, speaker: Speaker | None
    ) -> None:
        self._reader, self._writer, self._speaker = reader, writer, speaker
        self._got = b""
        self._has_end = False

    @property
    def got(self) -> bytes:
        """All that the other side has said."""
        return self._speaker.got if self._speaker else self._got

    @property
    def has_end(self) -> bool:
        """The other side has said that this was all."""
        return self._speaker.has_end if self._speaker else self._has_end

    async def shakes_hands(self, first: bytes = b"", last: bytes | None = None) -> None:
        """Over TLS. `first` is in one piece with its first message, in front of it; `last` is said
        over TLS, in one piece with the last message, and so is the end.
        """
        speaker = self._speaker
        if not speaker:
            self._writer.write(first + (last or b""))
            if last is not None:
                self._writer.write_eof()
            return
        said = speaker.hears(b"")
        if not speaker.tls.server_side:
            self._writer.write(first + said)
        while not speaker.is_ready:
            said = speaker.hears(await self._piece())
            if speaker.is_ready and last is not None:
                said += speaker.says(last) + speaker.ends()
            self._writer.write(said)

    async def _piece(self) -> bytes:
        """What comes next. Raises ConnectionError when that is the end of all."""
        piece = await self._reader.read(65_536)
        if not piece:
            raise ConnectionAbortedError("an end in the middle of TLS")
        return piece

    def says(self, data: bytes) -> None:
        """Something."""
        self._writer.write(self._speaker.says(data) if self._speaker else data)

    def ends(self) -> None:
        """Says that this was all."""
        if self._speaker:
            self._writer.write(self._speaker.ends())
        else:
            self._writer.write_eof()

    async def hears(self, count: int | None = None) -> bytes:
        """What the other side says: to its end, or until it is so much. Raises ConnectionError."""
        while not self.has_end and (count is None or len(self.got) < count):
            if self._speaker:
                self._writer.write(self._speaker.hears(await self._piece()))
            elif piece := await self._reader.read(65_536):
                self._got += piece
            else:
                self._has_end = True
        return self.got

    def tells_why(self) -> None:
        """Sends what TLS has to say after an error."""
        if self._speaker:
            self._writer.write(self._speaker.alert())


@dataclass
class Listener:
    """An upstream that listens to the end of what is said, and then says how much it was.

    context: it speaks TLS. introduction: before that, it reads so many bytes, as they are.
    greeting: it says that, and that this is all, with its last message of the handshake.
    """

    context: ssl.SSLContext | None = None
    introduction: int = 0
    greeting: bytes | None = None
    url: str = ""
    count: int = 0
    """Connections that it has had."""
    introduced: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """With one client."""
        self.count += 1
        speaker = Speaker(self.context, is_server=True) if self.context else None
        talker = Talker(reader, writer, speaker)
        try:
            if self.introduction:
                self.introduced.append(await some(reader, self.introduction))
            await talker.shakes_hands(last=self.greeting)
            said = await talker.hears()
            self.heard.append(said)
            if self.greeting is not None:
                return
            talker.says(b"%d bytes" % len(said))
            talker.ends()
        except ssl.SSLError as error:
            self.heard.append(f"no TLS: {error.reason}".encode())
            talker.tells_why()


async def some(reader: asyncio.StreamReader, count: int) -> bytes:
    """So many bytes, or as many as there are."""
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as error:
        return error.partial


@contextlib.asynccontextmanager
async def listener(
    context: ssl.SSLContext | None = None,
    *,
    introduction: int = 0,
    greeting: bytes | None = None,
) -> AsyncIterator[Listener]:
    """Such an upstream."""
    it = Listener(context, introduction, greeting)
    scheme = "tls" if context else "tcp"
    async with listening(it.talk) as url:
        it.url = url.replace("http", scheme)
        yield it


@contextlib.asynccontextmanager
async def ending(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Something that is done meanwhile, and no longer. What it raises is raised in the end, if that
    is all that went wrong, or has not been written yet.
    """
    task = asyncio.ensure_future(work)
    is_good = False
    try:
        yield
        is_good = True
    finally:
        task.cancel()
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if error and (is_good or isinstance(error, NotImplementedError)):
            raise error


@contextlib.asynccontextmanager
async def serving(
    proxy: TcpProxy, certificates: Certificates | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serves a proxy, over TLS if there are certificates; yields its address.

    What is raised inside ends the test at once.
    """
    loop = asyncio.get_running_loop()
    sock = socket.create_server(("127.0.0.1", 0))
    address = sock.getsockname()
    place = TlsListener(sock, certificates) if certificates else sock
    clock = asyncio.timeout(2 * SOON)
    loop.set_exception_handler(lambda _, context: stumble(loop, context, clock))
    async with ending(proxy.serve(listen=place, grace=0.0)):
        with errors_told(), callbacks_told():
            async with clock:
                yield address


@contextlib.asynccontextmanager
async def visit(
    address: tuple[str, int], context: ssl.SSLContext | None = None, name: str = "rose.test"
) -> AsyncIterator[Talker]:
    """A client, before its handshake, if it speaks TLS."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield Talker(reader, writer, Speaker(context, name=name) if context else None)
    finally:
        writer.transport.abort()


async def ask(
    address: tuple[str, int],
    data: bytes,
    context: ssl.SSLContext | None = None,
    *,
    first: bytes = b"",
    is_at_once: bool = False,
    why: str = "",
) -> bytes:
    """Says that, and that this is all, and listens to the end. Fails when there is no answer.

    first: before everything else. is_at_once: all of it in as few pieces as possible. why: what a
    reader is to know of it.
    """
    why = why or f"a client has said {data[:40]!r}"
    try:
        async with visit(address, context) as client, asyncio.timeout(SOON):
            await client.shakes_hands(first, data if is_at_once else None)
            if not is_at_once:
                client.says(data)
                client.ends()
            return await client.hears()
    except TimeoutError:
        pytest.fail(f"{why}, and it waits for ever")
    except (ConnectionError, ssl.SSLError) as error:
        pytest.fail(f"{why}, and it hears no answer: {error!r}")

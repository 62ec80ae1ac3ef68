"""Real sockets on 127.0.0.1: an upstream with a script, a proxy that is served, a client.

Everything here speaks bytes, so that a test can say what was on the wire, and uses only public
names of the package, so that it outlives whatever engine carries the bytes.
"""

import asyncio
import atexit
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import h11

from reverseproxy import ReverseProxy, Timeouts

PATIENCE = 10.0
"""Seconds after which a test that waits is taken to hang."""

LAST_WORDS = 1.0
"""Seconds that requests have to end when their test has ended."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Fields:
    """Reads the fields of a message."""

    fields: list[tuple[bytes, bytes]]

    def values(self, name: str) -> list[str]:
        """The values of every line with that name, in order."""
        wanted = name.lower().encode()
        return [value.decode() for key, value in self.fields if key.lower() == wanted]


@dataclass
class Heard(Fields):
    """A request as an upstream heard it."""

    line: str
    fields: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class Answer(Fields):
    """A response as a client received it."""

    status: int
    fields: list[tuple[bytes, bytes]]
    body: bytes


@dataclass
class ScriptedUpstream:
    """An upstream that answers every request with the same bytes, and remembers what it heard."""

    url: str
    heard: list[Heard] = field(default_factory=list)


def closed_port() -> int:
    """A port of 127.0.0.1 where nobody listens, another one each time.

    It is held to the end, or the kernel would offer it to somebody who does. Whoever asks for it by
    its number gets it all the same.
    """
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    atexit.register(sock.close)
    return int(sock.getsockname()[1])


@contextlib.asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[str]:
    """A server that gives each connection to `handler`; yields its URL.

    An exception of the handler ends the test, and connections still open are closed at the end.
    """
    raised: list[BaseException] = []
    writers: set[asyncio.StreamWriter] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001 - the outermost frame of the server under test
            raised.append(error)
        finally:
            writer.close()
            writers.discard(writer)

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in list(writers):
            writer.transport.abort()
        await asyncio.sleep(0)
    if raised:
        raise raised[0]


@contextlib.asynccontextmanager
async def upstream(answer: bytes = OK) -> AsyncIterator[ScriptedUpstream]:
    """An upstream that answers each request on a connection with `answer`, byte for byte."""
    script = ScriptedUpstream(url="")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            script.heard.append(await hear(reader))
            writer.write(answer)
            await writer.drain()

    async with listening(handle) as script.url:
        yield script


async def hear(reader: asyncio.StreamReader) -> Heard:
    """Reads one request, body and all."""
    head = await reader.readuntil(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")[:-2]
    fields = [
        (n.encode(), v.strip().encode("latin-1")) for n, _, v in (x.partition(":") for x in rest)
    ]
    heard = Heard(line, fields, b"")
    if length := heard.values("content-length"):
        heard.body = await reader.readexactly(int(length[0]))
    elif heard.values("transfer-encoding") == ["chunked"]:
        while size := int((await reader.readline()).split(b";")[0], 16):
            heard.body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    return heard


def proxy_to(url: str, timeouts: Timeouts | None = None) -> ReverseProxy:
    """A proxy with one target."""
    proxy = ReverseProxy(timeouts=timeouts)
    proxy.add_target(url)
    return proxy


@contextlib.asynccontextmanager
async def serving(proxy: ReverseProxy, patience: float = PATIENCE) -> AsyncIterator[str]:
    """Serves `proxy` on a port of the kernel's choice; yields "127.0.0.1:port".

    What the application raised reaches the test, in place of the 500 that the client saw.
    """
    sock = socket.create_server(("127.0.0.1", 0))
    errors = ErrorsLogged()
    logging.getLogger().addHandler(errors)
    task = asyncio.ensure_future(proxy.serve(listen=sock))
    try:
        async with asyncio.timeout(patience):
            yield f"127.0.0.1:{sock.getsockname()[1]}"
    finally:
        logging.getLogger().removeHandler(errors)
        task.cancel()
        # Whoever fails in the middle of a request must not wait until that has had its time.
        if not (await asyncio.wait([task], timeout=LAST_WORDS))[0]:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if errors.raised:
            raise errors.raised[0]


class ErrorsLogged(logging.Handler):
    """Keeps the exceptions that were logged: a server logs what its application raises."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.raised: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the record's exception."""
        if record.exc_info and record.exc_info[1]:
            self.raised.append(record.exc_info[1])


async def ask(address: str, request: bytes) -> Answer:
    """Sends the bytes of one request and reads its response, as `exchange` does."""
    async with connection(address) as (reader, writer):
        return await exchange(reader, writer, request)


@contextlib.asynccontextmanager
async def connection(
    address: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client's connection to "127.0.0.1:port"."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> Answer:
    """Sends the bytes of one request and reads one final response, however it is framed.

    The connection stays usable: a response with more bytes than it announced is an error.
    """
    writer.write(request)
    method = request.split(b" ", 1)[0]
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    http.send(h11.EndOfMessage())
    answer = Answer(0, [], b"")
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        match event:
            case h11.Response():
                answer.status, answer.fields = event.status_code, event.headers.raw_items()
            case h11.Data():
                answer.body += event.data
            case h11.NEED_DATA:
                http.receive_data(await reader.read(65_536))
    assert not http.trailing_data[0], f"bytes after the response: {http.trailing_data[0]!r}"
    return answer

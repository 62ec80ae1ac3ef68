"""uvicorn's connection to a client, made to see what it overlooks."""

import asyncio
import contextlib
import socket
import struct

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from reverseproxy.errors import ClientStalled

PIPELINED = 8
"""Requests that one client may have waiting; above that, nothing more is read."""


class ClientConnection(HttpToolsProtocol):
    """A connection that hears its client leave, lets go of one that sleeps, and drops trailers.

    A client may ask again before it has its answer (RFC 9112, section 9.3.2). uvicorn then stops
    reading, so it does not see the client leave, and when it does, it tells the newest request
    alone. What a client sends behind its body as trailers, uvicorn takes for fields of the head.
    And its 400 for what is no HTTP may come in the middle of another request's answer.
    """

    def connection_made(  # type: ignore[override]  # as uvicorn has it
        self, transport: asyncio.Transport
    ) -> None:
        """Begins; from here on, a client that takes nothing is cut off."""
        super().connection_made(transport)
        send_at_once(transport)
        self._unanswered: list[RequestResponseCycle] = []
        self._in_head = False
        app = self.app

        async def or_abort(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except ClientStalled:
                cut_off(transport)
                raise

        self.app = or_abort

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those behind the body are left out."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A head is there: its request is answered now, or waits for the ones before it."""
        self._in_head = False
        super().on_headers_complete()
        self._unanswered = [*self._waiting(), self.cycle]
        # The parser drops what stands behind an upgrade, but only to the end of this piece.
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False
        if 0 < len(self.pipeline) < PIPELINED:
            self.flow.resume_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, unless another request would take that for its answer."""
        waiting = self._waiting()
        own = waiting == [self.cycle] and self.cycle.more_body and not self.cycle.response_started
        if waiting and not own:
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: every request that is not answered hears of it."""
        for cycle in self._waiting():
            cycle.disconnected = True
            cycle.message_event.set()
        super().connection_lost(exc)

    def _waiting(self) -> list[RequestResponseCycle]:
        """The requests that have no whole answer yet, the oldest first."""
        return [cycle for cycle in self._unanswered if not cycle.response_complete]


def send_at_once(transport: asyncio.Transport) -> None:
    """Lets small pieces go out before the pieces in front of them have been confirmed.

    A client may take 40 ms to confirm a head, and the body would wait for that. Event loops see to
    it themselves, but asyncio's only for sockets that were made in one of several ways.
    """
    sock = transport.get_extra_info("socket")
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def cut_off(transport: asyncio.WriteTransport) -> None:
    """Ends a connection at once: a close would wait until the client has read everything.

    Without lingering, the kernel forgets what it holds for the client, too, and sends an RST.
    """
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError, ValueError):  # it is closed: there is nothing to forget
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()

"""The HTTP probe: does it answer as it should?"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

import h11

from reverseproxy.errors import ConfigurationError
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http.outgoing import reason, tls_context
from reverseproxy.settings import check_statuses
from reverseproxy.upstream import Upstream

LONGEST = 65_536
"""Bytes of a body that are looked through."""


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """Passes when a GET is answered with one of `statuses`, and `contains` is in the body.

    `path` is asked of the upstream's site, whatever base path the upstream has. An https upstream
    is verified. Only the first 64 KiB of a body are looked through.

    Raises ConfigurationError for a path or a status that is none.
    """

    path: str = "/"
    statuses: Collection[int] = range(200, 400)
    contains: str = ""
    host: str | None = None
    """The Host that is asked for; the upstream's own when it is None."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"/[!-~]*", self.path):
            raise ConfigurationError("probe path", self.path, "starts with / and is escaped")
        object.__setattr__(self, "statuses", check_statuses("probe statuses", self.statuses))

    async def probe(self, upstream: Upstream) -> None:
        """Asks. Raises ProbeFailed for another answer, or for none."""
        try:
            status, body = await self._ask(upstream)
        except (OSError, EOFError, h11.RemoteProtocolError) as error:
            raise ProbeFailed(reason(error)) from error
        self.judge(status, body)

    def judge(self, status: int, body: bytes) -> None:
        """Raises ProbeFailed when this is not the answer of an upstream that is well."""
        if status not in self.statuses:
            raise ProbeFailed(f"status {status}")
        if self.contains.encode() not in body:
            raise ProbeFailed(f"{self.contains!r} is not in the answer")

    async def _ask(self, upstream: Upstream) -> tuple[int, bytes]:
        """Status and beginning of the body."""
        origin = upstream.origin
        tls = tls_context() if origin.scheme == "https" else None
        reader, writer = await asyncio.open_connection(origin.host, origin.port, ssl=tls)
        try:
            http = h11.Connection(h11.CLIENT)
            host = self.host or upstream.authority.decode()
            fields = [("Host", host), ("Connection", "close"), ("User-Agent", "reverseproxy probe")]
            asked = http.send(h11.Request(method="GET", target=self.path, headers=fields))
            writer.write((asked or b"") + (http.send(h11.EndOfMessage()) or b""))
            return await self._answer(http, reader)
        finally:
            writer.transport.abort()

    async def _answer(
        self, http: h11.Connection, reader: asyncio.StreamReader
    ) -> tuple[int, bytes]:
        """Reads as much as the probe needs: the head, and a body only when it is looked at."""
        status, body = 0, b""
        async for event in events(http, reader):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            if status and (not self.contains or len(body) >= LONGEST):
                break
        return status, body


async def events(http: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[h11.Event]:
    """What the upstream says, up to the end of its answer."""
    while not isinstance(event := http.next_event(), h11.EndOfMessage):
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(LONGEST))
        elif isinstance(event, h11.ConnectionClosed):
            raise EOFError("closed without an answer")
        elif isinstance(event, h11.Event):
            yield event

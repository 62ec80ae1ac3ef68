"""The HTTP probe: does it answer as it should?"""

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass

import h11

from reverseproxy.errors import ConfigurationError
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http.outgoing import reason, tls_context
from reverseproxy.settings import check_statuses
from reverseproxy.upstream import Upstream

LONGEST = 65_536
"""Bytes of a body that are looked through."""

VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """Passes when a GET is answered with one of `statuses`, and `contains` is in the body.

    `path` is asked of the upstream's site, whatever base path the upstream has. An https upstream
    is verified. Of a body, the first 64 KiB are looked through, and a head may have 16 KiB. The
    addresses of a name are tried one after another, as long as there is time.

    Raises ConfigurationError for a path, a status or a host that is none.
    """

    path: str = "/"
    statuses: Collection[int] = range(200, 400)
    contains: str = ""
    host: str | None = None
    """The Host that is asked for; the upstream's own when it is None."""

    def __post_init__(self) -> None:
        if not VISIBLE.fullmatch(self.path) or not self.path.startswith("/"):
            raise ConfigurationError("probe path", self.path, "starts with / and is escaped")
        if self.host is not None and not VISIBLE.fullmatch(self.host):
            raise ConfigurationError("probe host", self.host, "is a host and, perhaps, a port")
        object.__setattr__(self, "statuses", check_statuses("probe statuses", self.statuses))

    async def probe(self, upstream: Upstream) -> None:
        """Asks. Raises ProbeFailed for another answer, or for none."""
        try:
            status, body = await self._ask(upstream)
        except (OSError, UnicodeError, EOFError, h11.RemoteProtocolError) as error:
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
        """Reads no more than the probe needs to know: an answer may go on for ever."""
        status, body, wanted = 0, b"", self.contains.encode()
        while not isinstance(event := await next_event(http, reader), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body = (body + event.data)[:LONGEST]
            is_enough = wanted in body or len(body) == LONGEST
            if status and (is_enough or status not in self.statuses):
                break
        return status, body


async def next_event(http: h11.Connection, reader: asyncio.StreamReader) -> object:
    """What the upstream says next. Raises EOFError when it leaves without an answer."""
    while (event := http.next_event()) is h11.NEED_DATA:
        data = await reader.read(LONGEST)
        if not data and http.their_state is h11.SEND_RESPONSE:
            raise EOFError("closed without an answer")
        http.receive_data(data)
    return event

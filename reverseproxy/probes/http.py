"""The HTTP probe: does it answer as it should?"""

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass

import h11

from reverseproxy.errors import ConfigurationError
from reverseproxy.health.active import ProbeFailed
from reverseproxy.http.outgoing import HTTP
from reverseproxy.probes.tcp import failure
from reverseproxy.settings import check_statuses
from reverseproxy.tls.contexts import upstream_context
from reverseproxy.upstream import Upstream

LONGEST = 65_536
"""Bytes of a body that are looked through."""

MOST = 2 * LONGEST
"""Bytes on the wire that are read for it, heads and the framing of chunks included."""

PIECE = 4096
"""Bytes that are read and taken apart at a time; then the others have a turn."""

MOST_INTERIM = 10
"""Interim responses that are listened to."""

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
        """Asks. Raises ProbeFailed for another answer, or what `failure` makes of having none."""
        try:
            status, body = await self._ask(upstream)
        except (OSError, UnicodeError, EOFError, h11.RemoteProtocolError) as error:
            raise failure(error) from error
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
        tls = upstream_context(upstream.tls, HTTP) if origin.is_secure else None
        name = upstream.tls.name if tls else None
        reader, writer = await asyncio.open_connection(
            origin.host, origin.port, ssl=tls, server_hostname=name
        )
        try:
            http = h11.Connection(h11.CLIENT)
            host = self.host or upstream.authority.decode()
            fields = [("Host", host), ("Connection", "close"), ("User-Agent", "reverseproxy probe")]
            asked = http.send(h11.Request(method="GET", target=self.path, headers=fields))
            writer.write((asked or b"") + (http.send(h11.EndOfMessage()) or b""))
            return await self._answer(Events(http, reader))
        finally:
            writer.transport.abort()

    async def _answer(self, events: "Events") -> tuple[int, bytes]:
        """Reads no more than the probe needs to know: an answer may go on for ever."""
        status, body, wanted, seen = 0, bytearray(), self.contains.encode(), 0
        while not isinstance(event := await events.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                seen = max(0, len(body) - len(wanted))  # the words are not in what was looked at
                body += event.data[: LONGEST - len(body)]
            is_enough = body.find(wanted, seen) >= 0 or len(body) == LONGEST
            if status and (is_enough or status not in self.statuses):
                break
        return status, bytes(body)


class Events:
    """What an upstream says, event by event.

    A thousand of them may come at once. They must not hold up all requests, nor go on for ever.
    """

    def __init__(self, http: h11.Connection, reader: asyncio.StreamReader) -> None:
        self._http = http
        self._reader = reader
        self._wire = 0
        self._interim = 0

    async def next_event(self) -> object:
        """Raises EOFError when the upstream leaves without an answer, or says far too much."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            await self._read()
        if isinstance(event, h11.InformationalResponse):
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise EOFError(f"more than {MOST_INTERIM} interim responses")
        return event

    async def _read(self) -> None:
        """Reads a piece, and gives way: a read that finds something there already does not."""
        data = await self._reader.read(PIECE)
        await asyncio.sleep(0)
        self._wire += len(data)
        if self._wire > MOST:
            raise EOFError(f"an answer of more than {MOST} bytes")
        if not data and self._http.their_state is h11.SEND_RESPONSE:
            raise EOFError("closed without an answer")
        self._http.receive_data(data)

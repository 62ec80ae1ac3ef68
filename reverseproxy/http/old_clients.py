"""Clients of HTTP/1.0, who know no chunks: they are told a length, or read on for ever."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import IO

from reverseproxy.errors import ResponseBroken
from reverseproxy.http.outgoing import UpstreamResponse

HELD = 1_048_576
"""Bytes of an answer that are held in memory; what is more goes to disk."""

LONGEST = 1_073_741_824
"""Bytes of an answer that are held at all."""

PIECE = 65_536
"""Bytes that are read from there at a time."""

FRAMING = (b"content-length", b"transfer-encoding")


@contextlib.asynccontextmanager
async def measured(
    exchange: AbstractAsyncContextManager[UpstreamResponse], method: str
) -> AsyncIterator[UpstreamResponse]:
    """The answer of `exchange`, with a length: if it has none, its body is held until it is whole.

    Most of these clients are old proxies and scripts. What streams without an end never arrives:
    raises ResponseBroken above LONGEST.
    """
    async with exchange as answer:
        if method == "HEAD" or answer.status in (204, 304) or has_length(answer):
            yield answer
            return
        with tempfile.SpooledTemporaryFile(max_size=HELD) as held:
            async for piece in answer.body:
                if held.tell() + len(piece) > LONGEST:
                    raise ResponseBroken("too long to be held for a client of HTTP/1.0")
                held.write(piece)
            length = (b"content-length", b"%d" % held.tell())
            fields = [field for field in answer.fields if field[0].lower() not in FRAMING]
            held.seek(0)
            yield replace(answer, fields=[*fields, length], body=read(held))


def has_length(answer: UpstreamResponse) -> bool:
    """Whether the answer says how long it is; chunks are stronger than a Content-Length."""
    names = {name.lower() for name, _ in answer.fields}
    return b"content-length" in names and b"transfer-encoding" not in names


async def read(held: IO[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a file."""
    while piece := held.read(PIECE):
        yield piece

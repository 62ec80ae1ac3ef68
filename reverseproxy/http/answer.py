"""The answer to a client: a head at once, a body in pieces, and no false end."""

import asyncio

from starlette.types import Message, Send

from reverseproxy.errors import AnswerBroken, ClientGone, ClientStalled, UpstreamError
from reverseproxy.hop import end_to_end
from reverseproxy.http.outgoing import UpstreamResponse
from reverseproxy.message import Field


async def pass_on(answer: UpstreamResponse, method: str, send: Send, patience: float) -> None:
    """Sends the head at once and every piece when it is there: all but the last message.

    `method` is the request's; `patience` is how many seconds the client may take for one piece.

    Raises AnswerBroken when the upstream breaks off, and what `deliver` raises.
    """
    fields = fields_for_client(answer, method)
    head: Message = {"type": "http.response.start", "status": answer.status, "headers": fields}
    await deliver(send, head, patience)
    try:
        async for piece in answer.body:
            await deliver(send, body_message(piece, more=True), patience)
    except UpstreamError as error:
        raise AnswerBroken(str(error)) from error


async def deliver(send: Send, message: Message, patience: float) -> None:
    """Hands one message to the server, which waits as long as the client's buffer is full.

    Raises ClientGone when the client has left, ClientStalled when it took nothing for `patience`
    seconds.
    """
    try:
        async with asyncio.timeout(patience):
            await send(message)
            await asyncio.sleep(0)  # an upstream may have sent many small pieces: others get a turn
    except TimeoutError as error:
        raise ClientStalled(f"the client took nothing for {patience} s") from error
    except OSError as error:  # ASGI, 2.4: what a server raises when nobody is there
        raise ClientGone from error


def body_message(piece: bytes, *, more: bool) -> Message:
    """A piece of a body, as ASGI has it; `more` is False for the last one."""
    return {"type": "http.response.body", "body": piece, "more_body": more}


def fields_for_client(answer: UpstreamResponse, method: str) -> list[Field]:
    """The answer's fields that travel on, names in small letters, as ASGI asks.

    Content-Length is left out beside chunks, which win (RFC 9112, section 6.3), and for a 204 or
    304: it may be true there, but uvicorn would wait for the body.
    """
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in answer.fields)
    no_length = method != "HEAD" and (chunked or answer.status in (204, 304))
    fields = [(name.lower(), value) for name, value in end_to_end(answer.fields)]
    return [field for field in fields if not (no_length and field[0] == b"content-length")]

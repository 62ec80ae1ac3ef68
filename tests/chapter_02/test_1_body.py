"""Step 1: a body flows in."""

import asyncio

import pytest

from reverseproxy.errors import ClientGone, RequestTimeout
from reverseproxy.http.incoming import Incoming
from tests.support.asgi import Messages, body_piece, left
from tests.support.steps import step


@step(1)
async def test_each_piece_comes_out_before_the_next_is_asked_for() -> None:
    """Three messages of a body become three pieces, one read for each piece.

    Why: reading is how the proxy says "more, please" to the client. A proxy that reads ahead says
    it before it knows where to put what comes, and a large upload ends up in its memory.
    Read: Step 1, "A body flows in".
    """
    messages = Messages(body_piece(b"ro"), body_piece(b"se"), body_piece(b"s", more=False))
    pieces = []
    async for piece in Incoming(messages.receive, has_body=True, patience=1.0).body():
        pieces.append(piece)
        if messages.taken > len(pieces):
            pytest.fail("the next message was read before this piece was used")

    assert b"".join(pieces) == b"roses"
    assert messages.taken == 3, f"3 messages make the body, and {messages.taken} were read"


@step(1)
async def test_a_client_that_leaves_in_the_middle_is_not_the_end_of_a_body() -> None:
    """http.disconnect before the last piece raises ClientGone.

    Why: end the loop instead, and the upstream gets half a file with every sign of being whole.
    Read: Step 1, "A body flows in".
    """
    messages = Messages(body_piece(b"half"), left())
    body = Incoming(messages.receive, has_body=True, patience=1.0).body()
    assert await anext(body) == b"half"
    try:
        rest = [piece async for piece in body]
    except ClientGone:
        return
    assert not any(rest), f"pieces came from nowhere: {rest}"
    pytest.fail("the client left in the middle, and the body ended as if it were whole")


@step(1)
async def test_an_empty_piece_is_not_the_end() -> None:
    """A message without bytes, in the middle, ends nothing; one without `more_body` ends the body.

    Why: a server may send an empty piece at any time, and may leave out what is the default. Take
    the one for the end, and a body is cut off; wait for more after the other, and it never ends.
    Read: "Who leaves, and how we hear of it", the table.
    """
    last = {"type": "http.request"}
    messages = Messages(body_piece(b"ro"), body_piece(b""), body_piece(b"se"), last)
    try:
        async with asyncio.timeout(1.0):
            body = Incoming(messages.receive, has_body=True, patience=5.0).body()
            whole = b"".join([piece async for piece in body])
    except TimeoutError:
        pytest.fail("the last message has no `more_body`, and the body waits for more")
    assert whole == b"rose", f"b'ro', b'', b'se' and the end came out as {whole!r}"


@step(1)
@pytest.mark.parametrize("way", ["read to its end", "left by its client", "given up"])
async def test_however_a_body_ends_the_next_reader_may_begin(way: str) -> None:
    """body_is_read is set at the end of the body: also when the client left or nobody reads on.

    Why: after the body, somebody else listens for the client's leaving. If nobody is told that the
    body is over, nobody ever listens.
    Read: Step 1, "A body flows in".
    """
    last = left() if way == "left by its client" else body_piece(b"b", more=False)
    messages = Messages(body_piece(b"a"), last)
    incoming = Incoming(messages.receive, has_body=True, patience=1.0)
    body = incoming.body()

    await anext(body)
    assert not incoming.body_is_read.is_set(), "there is still something to read"
    if way == "given up":
        await body.aclose()  # type: ignore[attr-defined]  # it is a generator
    else:
        try:
            async for _ in body:
                pass
        except ClientGone:
            pass

    assert incoming.body_is_read.is_set(), f"a body that was {way} did not set body_is_read"


@step(1)
async def test_a_client_that_falls_silent_is_not_waited_for_for_ever() -> None:
    """Nothing comes for `patience` seconds: RequestTimeout.

    Why: a client that sends half a request and then nothing holds a connection of the proxy's and
    one of the upstream's. A thousand of them hold a thousand, and that is an old attack.
    Read: Step 1, "A body flows in".
    """
    messages = Messages(body_piece(b"half"))
    body = Incoming(messages.receive, has_body=True, patience=0.01).body()

    assert await anext(body) == b"half"
    with pytest.raises(RequestTimeout):
        await anext(body)

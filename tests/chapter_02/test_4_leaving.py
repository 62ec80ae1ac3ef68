"""Step 4: somebody leaves."""

import asyncio

import pytest

from reverseproxy.errors import ClientGone, ResponseBroken
from reverseproxy.http.incoming import Incoming
from tests.support.asgi import Messages, body_piece, left
from tests.support.steps import step


def listening_to(messages: Messages, *, has_body: bool = False) -> Incoming:
    """The client's side of a request, fed from `messages`."""
    return Incoming(messages.receive, has_body=has_body, patience=1.0)


@step(4)
async def test_a_client_that_leaves_cancels_the_block() -> None:
    """The client leaves while the block waits: the block is cancelled, and ClientGone comes out.

    Why: whatever the block waits for (an upstream that thinks for a minute), nobody wants it any
    more. Ten impatient reloads of a slow page are ten queries that run for nobody.
    Read: Step 4, "Somebody leaves".
    """
    messages, cleaned = Messages(body_piece(b"", more=False)), False

    async def wait_for_ever() -> None:
        nonlocal cleaned
        async with listening_to(messages).while_connected():
            messages.bring(left())
            try:
                await asyncio.Event().wait()
            finally:
                cleaned = True

    try:
        async with asyncio.timeout(1.0):
            await wait_for_ever()
    except ClientGone:
        assert cleaned
    except TimeoutError:
        pytest.fail("the client left, and the block went on for nobody")


@step(4)
async def test_when_the_block_is_done_nobody_listens_any_more() -> None:
    """The block ends by itself: while_connected ends with it, and leaves no task behind.

    Why: most clients do not leave. A listener that outlives its request waits for ever, or takes
    the next request's message.
    Read: Step 4, "Somebody leaves".
    """
    messages = Messages(body_piece(b"", more=False))
    try:
        async with asyncio.timeout(1.0), listening_to(messages).while_connected():
            await asyncio.sleep(0)
    except TimeoutError:
        pytest.fail("the block was done, and somebody still listened for its client")

    assert asyncio.all_tasks() == {asyncio.current_task()}


@step(4)
async def test_the_body_is_read_by_one_and_the_leaving_by_the_other() -> None:
    """While the body is read, nobody else reads from `receive`; after it, leaving is noticed.

    Why: a listener beside the body would take pieces that belong to the upstream, and a request
    would arrive with holes.
    Read: Step 4, "Somebody leaves".
    """
    messages = Messages(body_piece(b"ro"))
    incoming, pieces = listening_to(messages, has_body=True), []

    async def read_and_wait() -> None:
        async with asyncio.timeout(1.0), incoming.while_connected():
            async for piece in incoming.body():
                pieces.append(piece)
                await asyncio.sleep(0)
                messages.bring(body_piece(b"se", more=False))
            messages.bring(left())
            await asyncio.Event().wait()

    with pytest.raises(ClientGone):
        await read_and_wait()
    assert pieces == [b"ro", b"se"]


@step(4)
async def test_an_error_of_the_block_comes_out_as_itself() -> None:
    """ResponseBroken in the block is ResponseBroken outside, not a group with one error in it.

    Why: the code around it says `except UpstreamError`, and must be right.
    Read: Step 4, "Somebody leaves".
    """
    messages = Messages()

    async def fail() -> None:
        async with listening_to(messages).while_connected():
            raise ResponseBroken("nonsense")

    try:
        await fail()
    except ExceptionGroup:
        pytest.fail("the block's error came out inside an ExceptionGroup")
    except ResponseBroken:
        pass
    assert asyncio.all_tasks() == {asyncio.current_task()}

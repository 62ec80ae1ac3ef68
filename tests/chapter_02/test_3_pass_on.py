"""Step 3: a body flows out."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from reverseproxy.errors import AnswerBroken, ClientGone, ResponseBroken
from reverseproxy.http.answer import pass_on
from reverseproxy.http.outgoing import UpstreamResponse
from tests.support.asgi import Message, Sent
from tests.support.steps import step


async def roses(asked: list[bytes]) -> AsyncIterator[bytes]:
    """Two pieces; each is noted when it is asked for."""
    for piece in (b"ro", b"se"):
        asked.append(piece)
        yield piece


@step(3)
async def test_the_head_goes_out_before_the_body_is_asked_for() -> None:
    """Status and fields are sent first; the first piece is asked for after that.

    Why: an event stream says "200, it begins" and then perhaps nothing for an hour. Until the head
    is there, a browser does not know that anybody answered.
    Read: Step 3, "A body flows out".
    """
    asked: list[bytes] = []
    heads: list[tuple[int, list[bytes]]] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            heads.append((message["status"], list(asked)))

    fields = [(b"Content-Type", b"text/event-stream")]
    await pass_on(UpstreamResponse(200, fields, roses(asked)), "GET", send, 1.0)

    assert heads, "no head was sent"
    assert heads[0] == (200, []), f"before the head was sent, {heads[0][1]} was asked for"


@step(3)
async def test_a_piece_is_asked_for_when_the_last_one_has_been_taken() -> None:
    """While `send` waits for a slow client, the upstream is not asked for more.

    Why: this waiting is all there is to backpressure. A proxy that asks meanwhile has to put the
    pieces somewhere, and the somewhere has no end.
    Read: Step 3, "A body flows out".
    """
    asked: list[bytes] = []
    sent, taken = asyncio.Queue[bytes](), asyncio.Semaphore(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            sent.put_nowait(message["body"])
            await taken.acquire()

    answer = UpstreamResponse(200, [], roses(asked))
    async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
        group.create_task(pass_on(answer, "GET", send, 1.0))
        for number, piece in enumerate((b"ro", b"se"), 1):
            assert await sent.get() == piece
            for _ in range(5):  # whoever wants to ask for more may do so now
                await asyncio.sleep(0)
            if len(asked) > number:
                pytest.fail("the upstream was asked for more while the client had not taken this")
            taken.release()


@step(3)
async def test_an_answer_that_breaks_off_has_no_end() -> None:
    """The upstream breaks off: AnswerBroken, and no message says that the body is complete.

    Why: the last message makes the server write the end of the body. Half a file that ends well is
    kept by caches and believed by people.
    Read: Step 3, "A body flows out".
    """

    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        raise ResponseBroken("peer closed connection")

    sent = Sent()
    with pytest.raises(AnswerBroken, match="peer closed connection"):
        await pass_on(UpstreamResponse(200, [], half()), "GET", sent.send, 1.0)

    ends = [m for m in sent.messages if m["type"].endswith("body") and not m.get("more_body")]
    assert not ends, "half an answer was given an end"


@step(3)
@pytest.mark.parametrize(
    ("trouble", "raised"),
    [("asleep", AnswerBroken), ("gone", ClientGone)],
)
async def test_a_client_that_takes_nothing_is_given_up(
    trouble: str, raised: type[Exception]
) -> None:
    """`send` does not return for `patience` seconds: AnswerBroken. It raises OSError: ClientGone.

    Why: `deliver` knows both. A bare `send` waits for ever for a client that sleeps, and an
    upstream's connection waits with it.
    Read: Step 3, "A body flows out".
    """

    async def send(message: Message) -> None:
        if trouble == "gone":
            raise BrokenPipeError
        await asyncio.Event().wait()

    try:
        async with asyncio.timeout(1.0):
            await pass_on(UpstreamResponse(200, [], roses([])), "GET", send, 0.01)
    except TimeoutError:
        pytest.fail("the client took nothing, and was waited for all the same")
    except (AnswerBroken, ClientGone, OSError) as error:
        came = type(error)
    assert issubclass(came, raised), f"a client that is {trouble} came out as {came.__name__}"


@step(3)
async def test_the_end_is_left_to_the_caller() -> None:
    """Everything is sent but the last message, and every piece says that more comes.

    Why: after the last message the server takes the next request, and tells this one that its
    client is gone. The upstream's connection must be closed by then.
    Read: Step 3, "A body flows out".
    """
    sent = Sent()
    fields = [(b"Connection", b"close"), (b"X-Rose", b"red")]
    await pass_on(UpstreamResponse(200, fields, roses([])), "GET", sent.send, 1.0)

    head, *pieces = sent.messages
    assert head["headers"] == [(b"x-rose", b"red")]
    assert [(m["body"], m["more_body"]) for m in pieces] == [(b"ro", True), (b"se", True)]

"""Step 3: the same body again."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from reverseproxy.http.replay import Replay
from tests.support.steps import step

PIECES = [b"ro", b"se", b"s are ", b"red"]
WHOLE = b"".join(PIECES)


class Client:
    """A client that sends pieces, one when it is asked for one."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.asked = 0

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces."""
        for piece in self.pieces:
            self.asked += 1
            yield piece


async def take(replay: Replay, pieces: int) -> bytes:
    """What one try reads, until its upstream dies."""
    read = b""
    body = replay.again()
    assert body is not None
    for _ in range(pieces):
        with contextlib.suppress(StopAsyncIteration):
            read += await anext(body)
    close = getattr(body, "aclose", None)
    if close:
        await close()
    return read


async def rest(replay: Replay) -> bytes:
    """What a try reads whose upstream takes everything."""
    body = replay.again()
    assert body is not None
    return b"".join([piece async for piece in body])


@step(3)
async def test_the_first_try_reads_each_piece_when_it_sends_it() -> None:
    """After each piece, the client was asked for as many as were sent: nothing is read ahead.

    Why: chapter 2's promise. A client that uploads a film must not fill your memory only because
    its request may one day be sent again.
    Read: Step 3, "The same body again".
    """
    client = Client(*PIECES)
    replay = Replay(client.body(), 100)
    body = replay.again()
    assert body is not None
    for count, piece in enumerate(PIECES, 1):
        sent = await anext(body)
        if client.asked > count:
            due = "one was" if count == 1 else f"{count} were"
            pytest.fail(f"the client was asked for {client.asked} pieces when {due} to be sent")
        assert sent == piece


@step(3)
@pytest.mark.parametrize("sent", range(len(PIECES) + 2))
async def test_the_second_try_sends_all_of_it(sent: int) -> None:
    """However many pieces the first try had sent, the second sends the body from its beginning.

    Why: the first upstream took what it had heard into its grave.
    Read: Step 3, "The same body again".
    """
    replay = Replay(Client(*PIECES).body(), 100)
    await take(replay, sent)
    got = await rest(replay)

    assert replay.is_whole
    if got == WHOLE:
        return
    if got == WHOLE[len(b"".join(PIECES[:sent])) :]:
        pytest.fail(f"the second upstream got {got!r}: only what the first had not heard")
    if got == b"".join(PIECES[:sent]):
        pytest.fail(f"the second upstream got {got!r}: the first try has closed the client's body")
    if got == b"".join(PIECES[: sent - 1] + PIECES[sent:]):
        pytest.fail(f"the second upstream got {got!r}: the piece that was under way is lost")
    assert got == WHOLE


@step(3)
async def test_a_third_try_sends_all_of_it_too() -> None:
    """The second upstream dies sooner than the first, or later: the third gets everything, once.

    Why: what is kept must be there for each try. And a piece that is sent for the second time has
    not come a second time.
    Read: Step 3, "The same body again".
    """
    for first, second in (2, 1), (1, 3), (2, 2):
        replay = Replay(Client(*PIECES).body(), 100)
        await take(replay, first)
        await take(replay, second)
        got = await rest(replay)
        assert got == WHOLE, f"after {first} pieces and then {second}, the third got {got!r}"


@step(3)
async def test_up_to_the_limit_it_is_whole() -> None:
    """With a limit of 13 bytes, 13 are kept; with a limit of 12, is_whole is False in the end.

    Why: `is_whole` decides whether there is another try. If it says yes and a byte is missing, an
    upstream stores a file with a hole.
    Read: Step 3, "The same body again".
    """
    fits, too_long = (Replay(Client(*PIECES).body(), limit) for limit in (13, 12))
    for replay in fits, too_long:
        assert await rest(replay) == WHOLE
    assert fits.is_whole, "13 bytes are not whole with a limit of 13"
    assert await rest(fits) == WHOLE
    assert not too_long.is_whole, "13 bytes were sent, 12 may be kept, and all of it is still here"


@step(3)
async def test_a_body_that_is_too_long_is_let_go() -> None:
    """A megabyte goes through a buffer of ten thousand bytes; behind these, nothing is kept.

    Why: what cannot be sent again is of no use. A hundred uploads that keep a part each are a
    hundred times that part, for hours.
    Read: Step 3, "The same body again".
    """
    replay = Replay(Client(*[b"x" * 1000] * 1000).body(), 10_000)
    sent = 0
    body = replay.again()
    assert body is not None
    async for piece in body:
        sent += len(piece)
        held = bytes_in(vars(replay))
        assert held <= 10_000, f"{held} bytes are held, and the limit is 10000"
        if held and sent > 10_000:
            pytest.fail(f"{sent} were sent, {held} bytes are still held, and nobody can use them")
    assert sent == 1_000_000


def bytes_in(value: object) -> int:
    """How many bytes there are in a value, and in what it holds."""
    if isinstance(value, bytes | bytearray):
        return len(value)
    if isinstance(value, dict):
        return sum(map(bytes_in, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(bytes_in, value))
    return 0

"""A request's body that can be sent again, while little of it was sent."""

from collections.abc import AsyncIterator


class Replay:
    """Keeps what was sent of a body, up to `limit` bytes."""

    def __init__(self, body: AsyncIterator[bytes] | None, limit: int) -> None:
        self._body = body
        self._limit = limit
        self._kept = bytearray()
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether all that was sent is still here."""
        return self._size <= self._limit

    def again(self) -> AsyncIterator[bytes] | None:
        """The body from its beginning, for one more try; None when there is no body.

        What earlier tries have sent comes first, and then the rest as it arrives.
        """
        return None if self._body is None else self._pieces(self._body)

    async def _pieces(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """What is kept, and then the rest of `body`, each piece kept before it is given away."""
        if self._kept:
            yield bytes(self._kept)
        async for piece in body:
            self._keep(piece)
            yield piece

    def _keep(self, piece: bytes) -> None:
        """Keeps a piece, or lets go of all when they are too many bytes."""
        self._size += len(piece)
        if self.is_whole:
            self._kept += piece
        else:
            self._kept.clear()

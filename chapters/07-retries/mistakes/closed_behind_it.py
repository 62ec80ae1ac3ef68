# step: 3
# file: reverseproxy/http/replay.py
# message: the first try has closed the client's body
# why: a generator should be closed by whoever reads it; but the next try reads on


class Replay:
    async def _pieces(self, body):
        if self._kept:
            yield bytes(self._kept)
        try:
            async for piece in body:
                self._keep(piece)
                yield piece
        finally:
            await body.aclose()

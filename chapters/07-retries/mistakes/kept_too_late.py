# step: 3
# file: reverseproxy/http/replay.py
# message: the piece that was under way is lost
# why: keeps what was sent, and a piece is not sent while it is being sent


class Replay:
    async def _pieces(self, body):
        if self._kept:
            yield bytes(self._kept)
        async for piece in body:
            yield piece
            self._keep(piece)

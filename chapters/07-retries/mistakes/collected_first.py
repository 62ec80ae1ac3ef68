# step: 3
# file: reverseproxy/http/replay.py
# message: the client was asked for 4 pieces when one was to be sent
# why: what is to be sent twice had better be here first


class Replay:
    async def _pieces(self, body):
        async for piece in body:
            self._keep(piece)
        yield bytes(self._kept)

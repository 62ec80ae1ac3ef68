# step: 3
# file: reverseproxy/http/replay.py
# message: bytes are still held, and nobody can use them
# why: stops to keep at the limit, and holds on to what cannot be used any more


class Replay:
    def _keep(self, piece):
        self._size += len(piece)
        if self.is_whole:
            self._kept += piece

# step: 1
# file: reverseproxy/lines/cutter.py
# message: it ends in one piece with rose and bu
# why: the long line ends in this piece, so the next piece is a good one to begin with


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            self._is_skipping = b"\n" not in piece
            return b""
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

# step: 1
# file: reverseproxy/lines/cutter.py
# message: only the newline of a long line was left
# why: find says where the newline is, and the piece goes on one byte behind it


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            at = piece.find(b"\n")
            if at < 0:
                return b""
            self._is_skipping = False
            piece = piece[at:]
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

# step: 1
# file: reverseproxy/lines/cutter.py
# message: what comes out is bytes, and this was a bytearray
# why: what is kept is a bytearray, and so is all that is put behind it


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        end = piece.rfind(b"\n") + 1
        whole = self._rest + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

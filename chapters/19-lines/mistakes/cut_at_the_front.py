# step: 1
# file: reverseproxy/lines/cutter.py
# message: 20 bytes of 8 are too long, up to the end, then comes bud
# why: the long line is thrown away; that more of it comes is easily forgotten


class Cutter:
    def cut(self, piece):
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

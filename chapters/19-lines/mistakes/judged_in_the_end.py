# step: 1
# file: reverseproxy/lines/cutter.py
# message: one is too long already, not 0
# why: how long a line is, is known when its end is there; until then it is kept


class Cutter:
    def cut(self, piece):
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._rest += piece[end:]
        return whole if len(whole) <= self._longest else self._short(whole)

    def end(self):
        last = bytes(self._rest)
        self._rest.clear()
        return self._short(last + b"\n") if last else b""

# step: 1
# file: reverseproxy/lines/cutter.py
# message: one line was too long,
# why: what has no newline begins a line, and what is skipped has none


class Cutter:
    def cut(self, piece):
        if self._is_skipping and b"\n" in piece:
            _, _, piece = piece.partition(b"\n")
            self._is_skipping = False
            self._rest.clear()
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

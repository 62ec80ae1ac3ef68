# step: 1
# file: reverseproxy/lines/cutter.py
# message: 8 bytes, and the stream ends, of 8 with the newline
# why: the line has as many bytes as it may have; its end comes later and is not counted


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._rest += piece[end:]
        if len(self._rest) > self._longest:
            self._rest.clear()
            self._is_skipping = True
            self._too_long += 1
        return whole if len(whole) <= self._longest else self._short(whole)

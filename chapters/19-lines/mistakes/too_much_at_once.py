# step: 1
# file: reverseproxy/lines/cutter.py
# message: a hundred lines of 6 bytes
# why: what is whole is compared with the limit, and it is one line so often


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        if len(whole) <= self._longest:
            return whole
        self._too_long += 1
        return b""

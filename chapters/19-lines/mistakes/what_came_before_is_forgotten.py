# step: 1
# file: reverseproxy/lines/cutter.py
# message: pe has come before, now comes the rest of petal
# why: the piece at hand is looked at, and it has a whole line in it


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        end = piece.rfind(b"\n") + 1
        whole = piece[:end]
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

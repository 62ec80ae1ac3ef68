# step: 1
# file: reverseproxy/lines/cutter.py
# message: two empty lines, rose
# why: what is left of a split is often empty, and easily filtered out with the rest


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        *lines, begun = (bytes(self._rest) + piece).split(b"\n")
        self._rest.clear()
        self._keep(begun)
        return self._short(b"".join(line + b"\n" for line in lines if line))

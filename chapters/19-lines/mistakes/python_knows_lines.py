# step: 1
# file: reverseproxy/lines/cutter.py
# message: and then a newline is one line
# why: there is a method for it; a carriage return ends a line there as well


class Cutter:
    def cut(self, piece):
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        lines = (bytes(self._rest) + piece).splitlines(keepends=True)
        self._rest.clear()
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            self._keep(lines.pop())
        return b"".join(line for line in lines if len(line) <= self._longest)

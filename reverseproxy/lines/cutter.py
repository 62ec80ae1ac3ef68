"""The cutter: from pieces of a stream to whole lines."""


class Cutter:
    """Cuts a stream at the ends of its lines, in whatever pieces it comes.

    What it gives out always ends with the end of a line: the lines of several streams can follow
    one another, and nothing is fused. A line that is too long is left out and counted, whether its
    end has come or not: less than `longest` bytes of a line are kept.
    """

    def __init__(self, longest: int) -> None:
        """`longest`: bytes that a line may have, its end included."""
        self._longest = longest
        self._rest = bytearray()
        self._is_skipping = False
        """Whether what comes belongs to a line that is too long already: up to its end."""
        self._too_long = 0

    def cut(self, piece: bytes) -> bytes:
        """All lines that are whole now, as they came; b"" if none is. A newline ends a line.

        `piece` begins and ends anywhere: what has begun in it is kept till its end comes (`_keep`).
        Lines that are too long are left out (`_short`), and so is the rest of one (`_is_skipping`).
        """
        if self._is_skipping:
            _, its_end, piece = piece.partition(b"\n")
            self._is_skipping = not its_end
        end = piece.rfind(b"\n") + 1
        whole = bytes(self._rest) + piece[:end] if end else b""
        if end:
            self._rest.clear()
        self._keep(piece[end:])
        return whole if len(whole) <= self._longest else self._short(whole)

    def _keep(self, begun: bytes) -> None:
        """A line has begun, or goes on. One that is too long already is not kept any longer."""
        self._rest += begun
        if len(self._rest) >= self._longest:
            self._rest.clear()
            self._is_skipping = True
            self._too_long += 1

    def _short(self, whole: bytes) -> bytes:
        """Those of the lines that are not too long."""
        lines = [line + b"\n" for line in whole.split(b"\n")[:-1]]
        kept = [line for line in lines if len(line) <= self._longest]
        self._too_long += len(lines) - len(kept)
        return b"".join(kept)

    def end(self) -> bytes:
        """The stream has ended: its last line, which gets the end that never came; b"" if none.

        The rest of a line that is too long is none, and what was given out once is none any more.
        """
        last = bytes(self._rest)
        self._rest.clear()
        return last + b"\n" if last else b""

    @property
    def has_begun(self) -> bool:
        """Whether there is a line whose end has not come yet."""
        return bool(self._rest)

    def take_too_long(self) -> int:
        """How many lines were too long, and are left out, since the last call."""
        count, self._too_long = self._too_long, 0
        return count

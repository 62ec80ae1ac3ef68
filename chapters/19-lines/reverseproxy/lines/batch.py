"""A batch: whole lines that go the same way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole lines, and how many they are."""

    data: bytes
    lines: int

    @classmethod
    def of(cls, data: bytes) -> "Batch":
        """Counts them."""
        return cls(data, data.count(b"\n"))

    def after(self, lines: int) -> "Batch":
        """What is left of it without its first `lines` lines."""
        begin = 0
        for _ in range(lines):
            begin = self.data.index(b"\n", begin) + 1
        return Batch(self.data[begin:], self.lines - lines)

"""How many, lately: a sum over the last seconds."""

from collections import deque

SLOTS = 10


class Window:
    """The sum of what was added in the last `seconds`, in a memory that does not grow.

    Time is cut into slots, ten a window, and a slot is forgotten as a whole: what is summed up is
    the slot of now and the nine before it.
    """

    def __init__(self, seconds: float) -> None:
        self._width = seconds / SLOTS
        self._slots: deque[tuple[int, float]] = deque()

    def add(self, amount: float, now: float) -> None:
        """Adds an amount at the time `now`, in seconds: never an earlier one than before."""
        slot = self._forget(now)
        if self._slots and self._slots[-1][0] == slot:
            amount += self._slots.pop()[1]
        self._slots.append((slot, amount))

    def total(self, now: float) -> float:
        """What was added in the window that ends now."""
        self._forget(now)
        return sum(amount for _, amount in self._slots)

    def _forget(self, now: float) -> int:
        """Drops what is too old; returns the number of the slot of now."""
        slot = int(now // self._width)
        while self._slots and self._slots[0][0] <= slot - SLOTS:
            self._slots.popleft()
        return slot

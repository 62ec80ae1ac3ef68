"""The queue: batches that wait for a connection, and connections that wait for a batch."""

from collections import OrderedDict, deque
from collections.abc import Callable

from reverseproxy.lines.batch import Batch

Call = Callable[[], object]


class Waiting:
    """Those who wait for something, one behind the other."""

    def __init__(self) -> None:
        self._calls: OrderedDict[Call, None] = OrderedDict()
        self._wakes = 0

    def append(self, call: Call) -> None:
        """It waits, behind the others."""
        self._calls[call] = None

    def forget(self, call: Call) -> None:
        """It waits no more, if it ever did."""
        self._calls.pop(call, None)

    def clear(self) -> None:
        """Nobody waits any more."""
        self._calls.clear()

    def wake(self, is_there: Callable[[], bool]) -> None:
        """Calls who has waited longest, if there is what it waits for.

        What that does may wake the next one, who does the same: when a call is under way already,
        its turn comes after that. Inside of it, a thousand calls would be a thousand calls deep.
        """
        self._wakes += 1
        if self._wakes > 1:
            return
        try:
            while self._wakes:
                if self._calls and is_there():
                    self._calls.popitem(last=False)[0]()
                self._wakes -= 1
        finally:
            self._wakes = 0


class Queue:
    """Stands between clients and connections. While it is full, clients have to wait."""

    def __init__(self, size: int) -> None:
        """`size`: batches."""
        self._size = size
        self._batches: deque[Batch] = deque()
        self._takers, self._givers = Waiting(), Waiting()
        self._is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether no client may bring a batch."""
        return len(self._batches) >= self._size

    @property
    def lines(self) -> int:
        """Lines that wait."""
        return sum(batch.lines for batch in self._batches)

    def put(self, batch: Batch) -> None:
        """One more, behind the others."""
        self._batches.append(batch)
        self._wake_taker()

    def put_back(self, batches: list[Batch]) -> None:
        """They have waited before: they go in front of the others, however full it gets.

        When all are in their places, somebody who waits for a batch is called for each of them
        (`_wake_taker`). A closed queue takes them too, so that they are not lost without a word.
        """
        self._batches.extendleft(reversed(batches))
        for _ in batches:
            self._wake_taker()

    def take(self, call: Call) -> Batch | None:
        """The oldest one; None when there is none, and then `call` is called when there is, once.

        Who has waited longer is called first. When there is room after this, whoever waits for that
        is called (`wake_giver`). A closed queue gives out nothing, and calls nobody.
        """
        if self._is_closed:
            return None
        if not self._batches:
            self._takers.append(call)
            return None
        batch = self._batches.popleft()
        self.wake_giver()
        return batch

    def wait_for_room(self, call: Call) -> None:
        """Calls `call` when there is room, after those who have waited longer."""
        self._givers.append(call)

    def wake_giver(self) -> None:
        """If there is room, whoever has waited for it longest may bring something."""
        self._givers.wake(lambda: not self.is_full)

    def forget(self, call: Call) -> None:
        """Nobody waits there any more."""
        self._takers.forget(call)
        self._givers.forget(call)

    def close(self) -> int:
        """Gives nothing out any more. Returns how many lines had been waiting, and forgets them."""
        lines = self.lines
        self._is_closed = True
        self._batches.clear()
        self._takers.clear()
        return lines

    def _wake_taker(self) -> None:
        self._takers.wake(lambda: bool(self._batches))

"""A disk in memory, which says in which order it was used, and what a power cut leaves of it."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from reverseproxy.lines.ledger import Ledger
from reverseproxy.lines.queue import Queue
from reverseproxy.lines.spool.frames import Point
from reverseproxy.lines.spool.log import Log
from reverseproxy.lines.spool.outlet import Outlet

Operation = tuple[object, ...]
"""What was done: a word, the file or the names, and what else there is to know."""


class Survival:
    """What a power cut leaves of what was not synced."""

    def names(self, pending: list[Operation]) -> list[Operation]:
        """Those of the changes of names that were made since the last sync."""
        raise NotImplementedError

    def writes(self, pending: list[Operation]) -> list[Operation]:
        """Those of the changes of one file, or parts of them."""
        raise NotImplementedError


@dataclass(frozen=True)
class Simple(Survival):
    """All of the first ones; of the next one a part; none after it."""

    names_kept: float
    """A share of them; below zero: of the last ones."""
    writes_kept: float
    part: int | float = 0
    """Bytes of the next write, or a share of them; below zero: of its end."""
    is_zeroed: bool = False
    """Whether the rest of that write is there as well, as zeros."""

    def names(self, pending: list[Operation]) -> list[Operation]:
        """Those of them: the first ones, or the last ones, for nobody promises an order."""
        count = round(len(pending) * abs(self.names_kept))
        return pending[:count] if self.names_kept >= 0 else pending[len(pending) - count :]

    def writes(self, pending: list[Operation]) -> list[Operation]:
        """Those of them."""
        kept = int(len(pending) * self.writes_kept)
        rest = pending[kept : kept + 1]
        return pending[:kept] + [self._part(each) for each in rest if each[0] == "write"]

    def _part(self, write: Operation) -> Operation:
        data = write[2]
        assert isinstance(data, bytes)
        count = int(len(data) * self.part) if isinstance(self.part, float) else self.part
        some = data[:count]
        return (*write[:2], some.ljust(len(data), b"\0") if self.is_zeroed else some)


SURVIVALS = [
    Simple(names, writes, part, zeroed)
    for names in (0.0, 0.5, -0.34, 1.0)
    for writes, part, zeroed in (
        (0.0, 0, False),
        (0.0, 1, False),
        (0.0, 30, False),
        (0.0, 0.5, False),
        (0.0, 0.5, True),
        (0.0, -1, False),
        (0.0, 0, True),
        (0.5, 0.5, False),
        (1.0, 0, False),
    )
]
"""Nothing, everything, and what is between: the names and the bytes do not depend on each other."""


@dataclass
class MemoryFile:
    """An open file of it."""

    disk: "MemoryDisk"
    number: int

    def write(self, data: memoryview) -> int:
        """Appends as much as the disk lets it."""
        count = self.disk.before("write", self.number, bytes(data))
        some = bytes(data[: len(data) if count is None else count])
        self.disk.files[self.number] += some
        self.disk.operations.append(("write", self.number, some))
        return len(some)

    def truncate(self, size: int) -> None:
        """Cuts it."""
        self.disk.before("truncate", self.number)
        del self.disk.files[self.number][size:]
        self.disk.operations.append(("truncate", self.number, size))

    def sync(self) -> None:
        """Makes its bytes safe."""
        self.disk.before("sync", self.number)
        self.disk.operations.append(("sync", self.number))

    def close(self) -> None:
        """Nothing to do."""


@dataclass
class MemoryDisk:
    """Files, by numbers, and names for them."""

    names_of: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytearray] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    faults: list[Callable[..., int | None]] = field(default_factory=list)
    """Each is told of everything before it is done; raises OSError, or says how much of it."""

    def before(self, word: str, *what: object) -> int | None:
        """Something is about to be done."""
        found = [fault(word, *what) for fault in list(self.faults)]
        return next((count for count in found if count is not None), None)

    def open(self) -> None:
        """Nothing to do."""

    def names(self) -> list[str]:
        """Those of the files."""
        return list(self.names_of)

    def append(self, name: str) -> MemoryFile:
        """Opens a file."""
        self.before("open", name)
        if name not in self.names_of:
            number = self.names_of[name] = len(self.files)
            self.files[number] = bytearray()
            self.operations.append(("name", name, number))
        return MemoryFile(self, self.names_of[name])

    def read(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """What is there."""
        self.before("read", name)
        if name not in self.names_of:
            raise FileNotFoundError(errno.ENOENT, "ENOENT")
        data = bytes(self.files[self.names_of[name]][offset:])
        return data if size is None else data[:size]

    def rename(self, old: str, new: str) -> None:
        """Gives a file another name."""
        self.before("rename", old, new)
        self.names_of[new] = self.names_of.pop(old)
        self.operations.append(("rename", old, new, self.names_of[new]))

    def link(self, name: str, second: str) -> None:
        """Gives a file a second name."""
        self.before("link", name, second)
        self.names_of[second] = self.names_of[name]
        self.operations.append(("name", second, self.names_of[name]))

    def unlink(self, name: str) -> None:
        """Takes a name away."""
        self.before("unlink", name)
        if name not in self.names_of:
            raise FileNotFoundError(errno.ENOENT, "ENOENT")
        del self.names_of[name]
        self.operations.append(("unlink", name))

    def sync(self) -> None:
        """Makes the names safe."""
        self.before("sync names")
        self.operations.append(("sync names",))

    def close(self) -> None:
        """Nothing to do."""

    def after_power_cut(self, count: int, survival: Survival) -> "MemoryDisk":
        """The disk that is found after a power cut that came after so many operations."""
        synced: dict[object, bytearray] = {}
        pending: dict[object, list[Operation]] = {}
        names: dict[object, object] = {}
        changes: list[Operation] = []
        for operation in self.operations[:count]:
            word, what = operation[0], operation[1] if operation[1:] else None
            if word in ("write", "truncate"):
                pending.setdefault(what, []).append(operation)
            elif word == "sync":
                carry_out(synced.setdefault(what, bytearray()), pending.pop(what, []))
            elif word == "sync names":
                change(names, changes)
                changes.clear()
            else:
                changes.append(operation)
        change(names, survival.names(changes))
        for what, operations in pending.items():
            carry_out(synced.setdefault(what, bytearray()), survival.writes(operations))
        files = {name: synced.get(number, bytearray()) for name, number in names.items()}
        return disk_with({str(name): bytes(data) for name, data in files.items()})


def carry_out(data: bytearray, operations: list[Operation]) -> None:
    """Does to the bytes of a file what is said there."""
    for word, _, what in operations:
        if word == "write":
            assert isinstance(what, bytes)
            data += what
        else:
            assert isinstance(what, int)
            del data[what:]


def change(names: dict[object, object], operations: list[Operation]) -> None:
    """Does to names what is said there."""
    for word, name, *other in operations:
        if word == "name":
            names[name] = other[0]
        elif word == "rename":
            names.pop(name, None)
            names[other[0]] = other[1]
        else:
            names.pop(name, None)


def disk_with(files: dict[str, bytes]) -> MemoryDisk:
    """A disk with these files."""
    disk = MemoryDisk()
    for number, (name, data) in enumerate(files.items()):
        disk.names_of[name] = number
        disk.files[number] = bytearray(data)
    return disk


def failing(word: str, number: int, *, times: int = 1) -> Callable[..., None]:
    """A fault: that operation fails, so many times."""
    left = [times]

    def fault(its: str, *_: object) -> None:
        if its == word and left[0]:
            left[0] -= 1
            raise OSError(number, errno.errorcode[number])

    return fault


def short(*counts: int) -> Callable[..., int | None]:
    """A fault: so many bytes are written, and no more, at the first writes."""
    left = list(counts)

    def fault(its: str, *_: object) -> int | None:
        return left.pop(0) if its == "write" and left else None

    return fault


def numbered(first: int, count: int, width: int = 6) -> bytes:
    """Lines that one can tell apart."""
    return b"".join(b"%0*d\n" % (width, number) for number in range(first, first + count))


def recovered(disk: MemoryDisk, segment: int = 100) -> tuple[list[bytes], Ledger]:
    """All lines that a new program finds there and would deliver, and how it counts them."""
    log, queue, ledger = Log(disk, segment), Queue(10**6), Ledger()
    mark, begin = log.open()
    ledger.accepted = log.end.line - mark.line
    outlet = Outlet(queue, mark, begin, lambda: None, lambda: None)
    for frames in iter(lambda: log.read(outlet.next, 1000), []):
        for frame in frames:
            ledger.drop(outlet.add(frame), "corrupt")
    ledger.drop(outlet.skip(log.end), "corrupt")
    lines = list(taken(queue))
    assert ledger.lines(len(lines)).missing == 0
    return lines, ledger


def taken(queue: Queue) -> Iterator[bytes]:
    """Yields the lines that are in the queue."""
    while batch := queue.take(lambda: None):
        assert batch.data.count(b"\n") == batch.lines
        yield from batch.data.splitlines(keepends=True)


def point(line: int, position: int) -> Point:
    """Somewhere."""
    return Point(position, line)

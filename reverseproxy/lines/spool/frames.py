"""Frames: how lines stand in a file, so that one can tell which of them are whole."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

MAGIC = b"\0SPL"
"""Each frame begins with it. In lines it is rare, and nothing depends on that."""

HEAD = struct.Struct("!4sQQIII")
"""Magic, position, line, how many lines, how many bytes, and the checksum of all of it."""

CHECKED = HEAD.size - 4
"""Bytes of the head that come before the checksum, which covers them and the lines."""

LONGEST = 2**63
"""Bytes that no stream has, and so no number in a name."""

NAME = re.compile(r"([0-9]{20})-([0-9]{20})\.lines")


class Point(NamedTuple):
    """A place in the stream of all lines that ever came, cut into files as it may be."""

    position: int
    """Bytes before it, frames' heads included."""
    line: int
    """Lines before it."""

    @property
    def name(self) -> str:
        """That of the file that begins there."""
        return f"{self.position:020}-{self.line:020}.lines"


def point(name: str) -> Point | None:
    """Where the file of that name begins; None if it is another kind of file."""
    parts = NAME.fullmatch(name)
    at = Point(int(parts[1]), int(parts[2])) if parts else None
    return at if at and max(at) < LONGEST else None


class Frame(NamedTuple):
    """Lines that became safe together."""

    at: Point
    lines: int
    payload: bytes

    @property
    def begin(self) -> int:
        """The position of its first line's first byte."""
        return self.at.position + HEAD.size

    @property
    def end(self) -> Point:
        """Where the next one begins."""
        return Point(self.begin + len(self.payload), self.at.line + self.lines)

    @property
    def data(self) -> bytes:
        """How it stands in a file.

        The checksum is zlib's CRC-32. CRC-32C would find as much of what disks do, but the standard
        library has none, and in Python it would take a hundred times as long as the disk.
        """
        position, line = self.at
        head = HEAD.pack(MAGIC, position, line, self.lines, len(self.payload), 0)[:CHECKED]
        return b"".join((head, checksum(head, self.payload).to_bytes(4), self.payload))


def checksum(head: bytes, payload: bytes) -> int:
    """That of a frame."""
    return zlib.crc32(payload, zlib.crc32(head))


def size(data: bytes, position: int) -> int:
    """Bytes of the frame whose head this is, if it stands at that position; else 0."""
    if len(data) < HEAD.size:
        return 0
    magic, its, _, _, length, _ = HEAD.unpack_from(data)
    return HEAD.size + int(length) if (magic, its) == (MAGIC, position) else 0


def claimed(data: bytes) -> Point | None:
    """Where it says that it stands, if it begins with a head: nobody has checked that."""
    if len(data) < HEAD.size or not data.startswith(MAGIC):
        return None
    _, position, line, *_ = HEAD.unpack_from(data)
    return Point(position, line)


def is_torn(data: bytes, position: int, most: int) -> bool:
    """Whether it can be what one write has left that was broken off, and stands at that position.

    `most`: bytes of lines that are written together. A head may be missing, or be the first thing
    that is there; but if it says that its frame ends here, or that this is another place, or if it
    comes later, then there was more than one frame.
    """
    if length := size(data, position):
        return len(data) <= length
    return len(data) <= HEAD.size + most and MAGIC not in data


def whole(data: bytes, position: int, offset: int = 0) -> Frame | None:
    """The frame that begins at `offset`, which is that position; None if it is not whole."""
    head = data[offset : offset + HEAD.size]
    end = offset + size(head, position)
    payload = data[offset + HEAD.size : end]
    if end == offset or end > len(data):
        return None
    _, _, line, lines, _, check = HEAD.unpack(head)
    if checksum(head[:CHECKED], payload) != check:
        return None
    return Frame(Point(position, line), lines, payload)


def row(data: bytes, position: int) -> Iterator[Frame]:
    """Yields the frames in it that are whole, up to the first one that is not."""
    offset = 0
    while frame := whole(data, position + offset, offset):
        yield frame
        offset = frame.end.position - position


def frames(data: bytes, position: int) -> Iterator[Frame]:
    """Yields each frame in it that is whole, and skips what is not; it begins at that position.

    A frame says itself where it stands. So what looks like a frame inside of somebody's lines is
    none: it would have to know its place in advance.
    """
    offset = data.find(MAGIC)
    while offset >= 0:
        if frame := whole(data, position + offset, offset):
            yield frame
        offset = data.find(MAGIC, frame.end.position - position if frame else offset + 1)

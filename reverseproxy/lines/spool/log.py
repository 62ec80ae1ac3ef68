"""The log: a stream of lines in files, and how far it is safe. All of it waits for the disk."""

import contextlib
import logging
from collections.abc import Iterator

from reverseproxy.lines.spool import mark as marks
from reverseproxy.lines.spool.files import File, Files, read, write
from reverseproxy.lines.spool.frames import HEAD, Frame, Point, frames, row, size
from reverseproxy.lines.spool.recovery import ASIDE, cut_tail, segments

logger = logging.getLogger(__name__)

MARK = "delivered"
"""The file that says up to where everything is delivered."""


class Log:
    """Frames, one behind the other, in segments: files that are named for where they begin."""

    def __init__(self, files: Files, segment: int) -> None:
        """`segment`: bytes after which another file is begun."""
        self._files, self._segment = files, segment
        self._segments: list[Point] = []
        self._file: File | None = None
        self.end = Point(0, 0)
        """Up to there everything is safe."""

    @property
    def kept(self) -> int:
        """Bytes that the segments have."""
        return self.end.position - self._segments[0].position if self._segments else 0

    def open(self) -> tuple[Point, Point]:
        """Finds what is there: from where on it was not delivered, and where to read for that.

        What was written last, and not as a whole, is cut off: nobody was told that it is safe.
        Raises ConfigurationError and OSError.
        """
        self._files.open()
        self._segments = segments(self._files)
        mark = self._saved() if MARK in self._files.names() else Point(0, 0)
        if self._segments:
            mark = self._at_least(self._segments[0], mark)
            self.end = cut_tail(self._files, self._segments[-1])
        self.end = max(self.end, mark)
        self._delete(mark)
        return mark, self._frame_at(mark)

    def _at_least(self, first: Point, mark: Point) -> Point:
        """What was before the first file has been delivered, even if the mark does not say so.

        On a full disk files are deleted though it cannot be written. But it may be a loss as well.
        """
        if mark < first:
            text = "%d lines before %s count as delivered, and nobody noted that: is a file gone?"
            logger.warning(text, first.line - mark.line, first.name)
        return max(mark, first)

    def _saved(self) -> Point:
        """The mark, as it was when that was last written down."""
        at = marks.decode(read(self._files, MARK))
        if at is None:
            logger.error("the file %r is damaged: all that is here is delivered again", MARK)
        return at or Point(0, 0)

    def _frame_at(self, mark: Point) -> Point:
        """Where the frame begins in which the mark stands; the mark itself if it is in none."""
        for base, end in self._spans():
            if base.position <= mark.position < end.position:
                for frame in frames(read(self._files, base.name), base.position):
                    if frame.at.position <= mark.position < frame.end.position:
                        return frame.at
        return mark

    def _spans(self) -> Iterator[tuple[Point, Point]]:
        """Each segment, and where the next one begins: what it has beyond that was given up."""
        return zip(self._segments, [*self._segments[1:], self.end], strict=False)

    def append(self, payload: bytes, lines: int) -> Frame:
        """Appends lines. When it returns, they are safe.

        Raises OSError. Then they are not, and may be appended again: that goes into a new segment.
        Of this one nobody knows what the disk has of it. An fsync that failed says that something
        was lost, and the next one would not say so again.
        """
        frame = Frame(self.end, lines, payload)
        try:
            file = self._file = self._file or self._create()
            write(file, frame.data)
            file.sync()
            if self.end == self._segments[-1]:
                self._files.sync()  # the name is new, too
        except OSError:
            self._give_up()
            raise
        self.end = frame.end
        if self.end.position - self._segments[-1].position >= self._segment:
            self._file = None
            with contextlib.suppress(OSError):
                file.close()
        return frame

    def _create(self) -> File:
        """A new segment. If there is one of that name, nothing in it ever was safe."""
        if self._segments and self._segments[-1] == self.end:
            self._unlink(self.end)
        file = self._files.append(self.end.name)
        self._segments.append(self.end)
        return file

    def _give_up(self) -> None:
        """Leaves the segment that is written to as it was, as far as the disk lets us."""
        file, self._file = self._file, None
        if file:
            with contextlib.suppress(OSError):
                file.truncate(self.end.position - self._segments[-1].position)
            with contextlib.suppress(OSError):
                file.close()

    def read(self, at: Point, enough: int) -> list[Frame]:
        """The next frames from there on: those that are whole in so many bytes, at least one.

        Where something is damaged, a frame begins later than the one before it has ended. Raises
        OSError.
        """
        for base, end in self._spans():
            begin = max(at.position, base.position)
            if begin < end.position and (found := self._read(base, begin, end.position, enough)):
                return found
        return []

    def _read(self, base: Point, begin: int, end: int, enough: int) -> list[Frame]:
        """The next frames of a segment between these two positions; [] if there are none."""
        offset = begin - base.position
        data = read(self._files, base.name, offset, min(enough, end - begin))
        if found := list(row(data, begin)):
            return found
        needed = min(max(size(data, begin), HEAD.size), end - begin)
        if needed > enough:  # the next one is longer
            return self._read(base, begin, end, needed)
        frame = next(frames(read(self._files, base.name, offset, end - begin), begin), None)
        self._keep_aside(base, (frame.at.position if frame else end) - begin)
        return [frame] if frame else []

    def _keep_aside(self, base: Point, lost: int) -> None:
        """A segment is damaged: gives the file a second name, which nobody here deletes."""
        name = base.name + ASIDE
        logger.error("%s is corrupt: %d bytes of it are skipped; see %s", base.name, lost, name)
        with contextlib.suppress(OSError):
            self._files.link(base.name, name)

    def forget(self, mark: Point) -> None:
        """Writes down that all before the mark is delivered, and deletes what nobody needs.

        Raises OSError. Even then files are deleted if they can be: on a full disk, that helps.
        """
        try:
            self._save(mark)
        finally:
            self._delete(mark)

    def _save(self, mark: Point) -> None:
        """Writes the mark to a file of its own, which takes the place of the one before."""
        new = MARK + ".new"
        file = self._files.append(new)
        try:
            file.truncate(0)
            write(file, marks.encode(mark))
            file.sync()
        finally:
            file.close()
        self._files.rename(new, MARK)
        self._files.sync()

    def _delete(self, mark: Point) -> None:
        """Deletes segments that are delivered as a whole, the oldest one first."""
        for base, end in list(self._spans()):
            if end.position > mark.position or (self._file and base == self._segments[-1]):
                break
            self._unlink(base)
            self._files.sync()  # or a later one might be gone, and this one back

    def _unlink(self, base: Point) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.unlink(base.name)
        self._segments.remove(base)

    def close(self, mark: Point | None = None) -> None:
        """Lets go of the directory, and writes down the mark before. Raises OSError; then, too."""
        file, self._file = self._file, None
        try:
            if file:
                file.close()
            if mark:
                self.forget(mark)
        finally:
            self._files.close()

"""Recovery: what a program finds when it begins, and what to believe of it."""

import contextlib
import logging

from reverseproxy.lines.spool.files import Files, read
from reverseproxy.lines.spool.frames import (
    HEAD,
    NAME,
    Point,
    claimed,
    frames,
    is_torn,
    point,
    whole,
)
from reverseproxy.lines.spool.incoming import GROUP

logger = logging.getLogger(__name__)

ASIDE = ".corrupt"
"""At the end of the second name of a damaged file: nobody here deletes that."""


def segments(files: Files) -> list[Point]:
    """Where they begin, in order. Raises OSError."""
    names = filter(NAME.fullmatch, files.names())
    return sorted(at for at in [renamed(files, name) for name in sorted(names)] if at)


def renamed(files: Files, name: str) -> Point | None:
    """Where that file begins; if its name is wrong, it gets the right one.

    None if that cannot be, and it is left out.
    """
    at = point(name)
    if at and claimed(read(files, name, 0, HEAD.size)) in (at, None):
        return at
    data = read(files, name)
    claim = claimed(data)
    frame = whole(data, claim.position) if claim else None
    if at and not frame:
        return at  # it is the head that is damaged
    right = frame.at if frame and frame.at.name not in files.names() else None
    new = right.name if right else name + ASIDE
    logger.error("%s is not what it is named for: it is %s now", name, new)
    files.rename(name, new)
    return right


def cut_tail(files: Files, base: Point) -> Point:
    """Cuts off what is not whole at the end of a segment, and returns where that is.

    What is more than a torn write is left where it is, and kept. Raises OSError.

    What is whole may be in the kernel's memory only, if it was this program that was killed. So all
    of it is synced before anybody relies on it.
    """
    data = read(files, base.name)
    end = base
    for frame in frames(data, base.position):
        end = frame.end
    tail = data[end.position - base.position :]
    torn = len(tail) if is_torn(tail, end.position, GROUP) else 0
    if len(tail) > torn:
        text = "%s is corrupt: its last %d bytes are skipped; see %s"
        logger.error(text, base.name, len(tail), base.name + ASIDE)
        with contextlib.suppress(FileExistsError):
            files.link(base.name, base.name + ASIDE)
    file = files.append(base.name)
    try:
        if torn:
            logger.warning("%s: cut off its last %d bytes: not whole", base.name, torn)
            file.truncate(len(data) - torn)
        file.sync()
    finally:
        file.close()
    files.sync()
    return end

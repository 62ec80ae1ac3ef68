"""What an exception means to the reader of a chapter: its words, and their line behind it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = "reverseproxy"


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception in a few words; the fields are described in `checkpoint_plugin`."""

    message: str
    exception: str
    where: str
    unwritten: str

    @classmethod
    def by(cls, error: BaseException, root: Path, test: Path) -> Raised:
        """Describes `error`, raised while `test` ran; paths are given relative to `root`."""
        stub = next(filter(is_stub, causes(error)), None)
        error = stub or innermost(error)
        return cls(
            message=words(error),
            exception=type(error).__name__,
            where=place(error, root, test),
            unwritten=str(stub) if stub else "",
        )

    def as_record(self) -> dict[str, str]:
        return asdict(self)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, the members of a group, and all that led to them; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        members = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += [*members, *filter(None, (one.__cause__, one.__context__))]


def is_stub(error: BaseException) -> bool:
    return isinstance(error, NotImplementedError) and str(error).startswith("Chapter ")


def innermost(error: BaseException) -> BaseException:
    """The exception behind pytest's wrapping of an import error; of a group, the first."""
    while True:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif type(error).__name__ == "CollectError" and error.__cause__ is not None:
            error = error.__cause__
        else:
            return error


def words(error: BaseException) -> str:
    """The exception's own text; its type's name in front of it where the text alone says little."""
    text = str(error)
    if isinstance(error, SyntaxError):
        shown = f"\n{error.text.strip()}" if error.text else ""
        return f"{type(error).__name__}: {error.msg}{shown}"
    if isinstance(error, AssertionError) or type(error).__name__ == "Failed":
        return text or "the assertion does not hold"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def place(error: BaseException, root: Path, test: Path) -> str:
    """`path:line` of the innermost frame in the package, else in the test, else nothing."""
    frames = [(Path(f.filename), f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((Path(error.filename), error.lineno))
    for home in (root / PACKAGE, test):
        for path, line in reversed(frames):
            if path.is_relative_to(home):
                return f"{path.relative_to(root).as_posix()}:{line}"
    return ""

"""Listings: code included by address, where it stands, and which of its lines are new.

An address is `path`, `path:Symbol`, `path:Symbol:head` (a class up to its first method, a function
up to its body) or `path:Symbol:changed` (what is new, with two lines around, the rest left out);
`path::changed` is the same for a whole file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from chapters.errors import CourseError
from chapters.source import find, head_spans, joined_spans, symbols

AROUND = 2
PARTS = ("head", "changed")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a listing, with its number in the file."""

    number: int
    text: str
    new: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Code ready to be shown."""

    path: str
    symbol: str | None
    what: str
    """The symbol in words: "class Mux", "the head of class Mux"; "" for a whole file."""
    state: str
    """What the chapter did to it: "new", "changed: 4 lines", "as before"."""
    lines: tuple[Line, ...]

    @property
    def location(self) -> str:
        """The line above a listing: "reverseproxy/proxy.py, class ReverseProxy, new"."""
        return ", ".join(part for part in (self.path, self.what, self.state) if part)

    @property
    def code(self) -> str:
        """The lines and nothing else: what a reader copies."""
        return "\n".join(line.text for line in self.lines)

    @property
    def marks_lines(self) -> bool:
        """Does it help to mark the new lines? Not where all of them are."""
        return self.state.startswith("changed")


@dataclass(frozen=True, slots=True)
class Spec:
    """An address taken apart."""

    path: str
    symbol: str | None
    part: str | None

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Raises CourseError for what is no address; it says what one looks like."""
        path, *rest = text.strip().split(":")
        symbol, part = [*rest, "", ""][:2]
        complete = all(rest) or rest == ["", "changed"]
        if not path or len(rest) > 2 or not complete or part not in ("", *PARTS):
            allowed = "path, path:Symbol, path:Symbol:head, path:Symbol:changed or path::changed"
            raise CourseError(f"{text!r} is not the address of a listing: write {allowed}")
        return cls(path, symbol or None, part or None)


def listing_of(text: str, tree: Mapping[str, bytes], before: Mapping[str, bytes]) -> Listing:
    """The listing at an address of a tree; new is what the tree `before` does not have.

    Raises CourseError for an address that leads nowhere; it names what there is.
    """
    spec = Spec.parse(text)
    source = read(spec.path, tree)
    old = before[spec.path].decode("utf-8") if spec.path in before else None
    numbers = numbers_of(spec.symbol, source, spec.path)
    fresh, lost = compare(spec, numbers, source, old)
    shown = part_of(spec, numbers, fresh, source)
    lines = source.splitlines()
    return Listing(
        path=spec.path,
        symbol=spec.symbol,
        what=in_words(spec, source),
        state=state_of(fresh.intersection(shown), lost, is_new=not is_there(spec, old)),
        lines=tuple(Line(number, lines[number - 1], number in fresh) for number in shown),
    )


def read(path: str, tree: Mapping[str, bytes]) -> str:
    if path not in tree:
        close = get_close_matches(path, tree, n=3, cutoff=0.4)
        raise CourseError(f"there is no file {path}{did_you_mean(close)}")
    return tree[path].decode("utf-8")


def did_you_mean(close: Collection[str]) -> str:
    return f"; there is {', '.join(close)}" if close else ""


def is_there(spec: Spec, old: str | None) -> bool:
    return old is not None and (spec.symbol is None or spec.symbol in symbols(old))


def numbers_of(symbol: str | None, source: str, path: str) -> list[int]:
    """The line numbers of a symbol, or of the whole file, in their order."""
    if symbol is None:
        return list(range(1, len(source.splitlines()) + 1))
    try:
        return flat(joined_spans(source, find(source, symbol)))
    except CourseError as error:
        raise CourseError(f"{path}: {error}") from error
    except SyntaxError as error:
        raise CourseError(f"{path} is not Python, so it has no symbol {symbol!r}") from error


def flat(spans: Iterable[tuple[int, int]]) -> list[int]:
    return [number for start, end in spans for number in range(start, end + 1)]


def compare(spec: Spec, numbers: list[int], source: str, old: str | None) -> tuple[set[int], int]:
    """Which of the lines are new, and how many lines there were that are gone."""
    if old is None or not is_there(spec, old):
        return set(numbers), 0
    lines, old_lines = source.splitlines(), old.splitlines()
    now = [lines[number - 1] for number in numbers]
    then = [old_lines[number - 1] for number in numbers_of(spec.symbol, old, spec.path)]
    fresh: set[int] = set()
    lost = 0
    matcher = SequenceMatcher(None, then, now, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            fresh.update(numbers[start:end])
            lost += last - first
    return fresh, lost


def part_of(spec: Spec, numbers: list[int], fresh: set[int], source: str) -> list[int]:
    """The lines that are shown of those that there are."""
    if spec.part == "head" and spec.symbol is not None:
        return flat(head_spans(source, spec.symbol))
    if spec.part == "changed":
        if not fresh:
            whole = f"{spec.path}:{spec.symbol}" if spec.symbol else spec.path
            raise CourseError(f"no line of {whole} is new here: leave :changed out")
        near = {number + step for number in fresh for step in range(-AROUND, AROUND + 1)}
        return [number for number in numbers if number in near]
    return numbers


def state_of(fresh: Collection[int], lost: int, *, is_new: bool) -> str:
    if is_new:
        return "new"
    if fresh:
        return f"changed: {len(fresh)} line{'s' * (len(fresh) != 1)}"
    return f"changed: {lost} line{'s' * (lost != 1)} gone" if lost else "as before"


def in_words(spec: Spec, source: str) -> str:
    if spec.symbol is None:
        return ""
    kind: str = find(source, spec.symbol).kind
    owner, _, name = spec.symbol.rpartition(".")
    if name == "__doc__":
        return f"the docstring of {owner}" if owner else "the docstring"
    if kind == "function" and owner:
        kind = "method"
    named = f"{kind} {spec.symbol}" if kind in ("class", "function", "method") else spec.symbol
    return f"the head of {named}" if spec.part == "head" else named

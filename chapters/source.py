"""Symbols of a Python file: addresses such as `reverseproxy/proxy.py:ReverseProxy.serve`.

A symbol is everything that one qualified name is in a file: all its definitions (overloads, a
property and its setter), each from the comments directly above it or its first decorator to its
last line. A module's docstring is `__doc__`, a class's `Class.__doc__`; a statement that binds no
name is named by its first line.
"""

import ast
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Self

from chapters.errors import CourseError
from chapters.pieces import Piece, parse, walk
from chapters.statements import FUNCTIONS, Kind


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A place in the package: a file, or a symbol of one. As text, `path` or `path:symbol`."""

    path: str
    symbol: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address in `text`. Raises CourseError when it has no path or an empty symbol."""
        path, colon, symbol = text.partition(":")
        absolute = path.startswith("/") or ".." in path.split("/") or "\\" in path
        if not path.strip() or absolute or (colon and not symbol.strip()):
            allowed = "path/to/file.py or path/to/file.py:Class.method"
            raise CourseError(f"{text!r} is not an address; write {allowed}")
        return cls(path, symbol.strip() if colon else None)

    def __str__(self) -> str:
        return f"{self.path}:{self.symbol}" if self.symbol else self.path

    def covers(self, other: "Address") -> bool:
        """Whether `other` is this, or in this: a file covers its symbols, a class its members."""
        if self.path != other.path:
            return False
        if self.symbol is None or self.symbol == other.symbol:
            return True
        return other.symbol is not None and other.symbol.startswith(f"{self.symbol}.")


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where a qualified name is defined, in lines from 1, both ends included.

    `spans` has one entry a definition; `start` is the first line of the first, `end` the last line
    of the last.
    """

    name: str
    kind: Kind
    spans: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        """The first line of the first definition, comments above and decorators included."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """The last line of the last definition."""
        return self.spans[-1][1]


def symbols(text: str) -> dict[str, Symbol]:
    """The symbols of a Python file by qualified name, in the order of their first definitions.

    Raises SyntaxError when the text is not Python.
    """
    found: dict[str, list[Piece]] = {}
    for piece in walk(parse(text)):
        for name in piece.names:
            found.setdefault(name, []).append(piece)
    return {name: _symbol(name, pieces) for name, pieces in found.items()}


def text_of(text: str, name: str) -> str:
    """The symbol's text as it stands in the file, indentation and comments above included.

    Raises CourseError when the file has no such symbol.
    """
    lines = text.split("\n")
    chunks = [lines[start - 1 : end] for start, end in joined_spans(text, find(text, name))]
    return "\n".join("\n".join(chunk) for chunk in chunks) + "\n"


def head_spans(text: str, name: str) -> list[tuple[int, int]]:
    """The lines of a symbol without what it does, one span a definition.

    A function's signature and docstring, a class up to its first method, anything else whole.
    Raises CourseError when the file has no such symbol.
    """
    find(text, name)
    lines = text.split("\n")
    return [
        (piece.start, head_last(lines, piece)) for piece in walk(parse(text)) if name in piece.names
    ]


def find(text: str, name: str) -> Symbol:
    """The symbol of that name. Raises CourseError, with the names there are, for an unknown one."""
    known = symbols(text)
    if name not in known:
        choices = ", ".join(each for each, symbol in known.items() if symbol.kind != "import")
        raise CourseError(f"there is no {name!r} in it; it has: {choices or 'no symbols'}")
    return known[name]


def joined_spans(text: str, symbol: Symbol) -> list[tuple[int, int]]:
    """The spans of a symbol, as one where only blank lines lie between."""
    lines = text.split("\n")
    joined = [symbol.spans[0]]
    for start, end in symbol.spans[1:]:
        if any(line.strip() for line in lines[joined[-1][1] : start - 1]):
            joined.append((start, end))
        else:
            joined[-1] = (joined[-1][0], end)
    return joined


def head_last(lines: Sequence[str], piece: Piece) -> int:
    """The last line of a definition's head."""
    node = piece.nodes[0]
    if isinstance(node, FUNCTIONS):
        return docstring_end(node) or signature_end(lines, node)
    if not piece.branches:
        return piece.last
    branch = piece.branches[0]
    last = piece.start + len(branch.head) - 1
    for child in branch.children:
        if child.kind in ("function", "class", "guard"):
            break
        last = child.last
    return last


def docstring_end(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int | None:
    """The last line of a function's docstring, None when it has none."""
    return node.body[0].end_lineno if ast.get_docstring(node, clean=False) is not None else None


def signature_end(lines: Sequence[str], node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The line on which a function's signature ends: the one with its colon."""
    return node.lineno + colon(lines[node.lineno - 1 :])[0]


def colon(lines: Sequence[str]) -> tuple[int, int]:
    """Where the signature that begins on the first of these lines ends.

    The index of the line with its colon, and the column just behind the colon.
    """
    depth = 0
    for token in tokenize.generate_tokens(StringIO("\n".join(lines) + "\n").readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == ":" and depth == 0:
                return token.end[0] - 1, token.end[1]
    raise ValueError(f"no signature begins at {lines[0]!r}")


def _symbol(name: str, pieces: list[Piece]) -> Symbol:
    kinds = [piece.kind for piece in pieces]
    kind = next((each for each in kinds if each != "import"), kinds[0])
    return Symbol(name, kind, tuple((piece.start, piece.last) for piece in pieces))

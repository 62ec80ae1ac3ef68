"""A Python file as a tree of pieces: each line belongs to one, so joining them gives the file back.

A piece is a statement with the comments directly above it. A class holds the pieces of its body; so
does a *guard*, an `if`, `try` or `with` around definitions or imports, once for each of its
branches. Whatever else has a body is one piece.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chapters.statements import Kind, describe, sharing_lines, whole

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A body: the lines that open it, its pieces, and the blank lines and comments after them."""

    head: Lines
    children: tuple["Piece", ...]
    tail: Lines
    indent: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement (or several that share a line).

    `names` are the qualified names that it binds; a statement that binds none is named by its first
    line. `gap` holds the blank lines and detached comments before it, `lines` its text from the
    comments directly above on; a class and a guard have `branches` instead. `first` is the line on
    which the gap starts, `last` the last line, both counted from 1. `leads` tells the first of a
    body from the others.
    """

    kind: Kind
    names: tuple[str, ...]
    nodes: tuple[ast.stmt, ...]
    gap: Lines
    lines: Lines
    branches: tuple[Branch, ...]
    first: int
    last: int
    leads: bool
    origin: str

    @property
    def start(self) -> int:
        """The line of the first comment above it, decorator or keyword."""
        return self.first + len(self.gap)

    @property
    def own_lines(self) -> Lines:
        """Its text without the gap, and without what its branches hold."""
        return self.branches[0].head if self.branches else self.lines

    @property
    def indent(self) -> int:
        """How many columns it is indented."""
        return self.nodes[0].col_offset


@lru_cache(maxsize=1024)
def parse(text: str, origin: str = "") -> Branch:
    """The pieces of a file. `origin` is copied into each, for telling two files' pieces apart.

    Raises SyntaxError when the text is not Python.
    """
    lines = text.split("\n")
    splitter = _Splitter(lines, origin)
    children, tail = splitter.body(ast.parse(text).body, 1, len(lines), "", documented=True)
    return Branch((), children, tail, "")


def lines_of(branch: Branch) -> Iterator[str]:
    """The lines of a body; one that lost all its pieces gets a `pass`."""
    yield from branch.head
    for piece in branch.children:
        yield from piece_lines(piece)
    if branch.head and not branch.children:
        yield f"{branch.indent}pass"
    yield from branch.tail


def piece_lines(piece: Piece) -> Iterator[str]:
    """The lines of a piece, from its gap on."""
    yield from piece.gap
    yield from piece.lines
    for branch in piece.branches:
        yield from lines_of(branch)


def join(branch: Branch) -> str:
    """The text of a body: `join(parse(text)) == text`."""
    return "\n".join(lines_of(branch))


def walk(branch: Branch) -> Iterator[Piece]:
    """Every piece in a body, outer ones before what they hold."""
    for piece in branch.children:
        yield piece
        for inner in piece.branches:
            yield from walk(inner)


def is_aside(line: str) -> bool:
    """Whether a line is blank or only a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def first_line(node: ast.stmt) -> int:
    """The line on which a statement, or its first decorator, begins."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def head_end(lines: Sequence[str], body: Sequence[ast.stmt]) -> int:
    """The line with the colon that opens this body, which must not start on that line."""
    line = first_line(body[0]) - 1
    while is_aside(lines[line - 1]):
        line -= 1
    return line


def is_inline(lines: Sequence[str], body: Sequence[ast.stmt]) -> bool:
    """Whether a body starts on the line of its colon, as in `def f(x): return x`."""
    before = lines[body[0].lineno - 1].encode()[: body[0].col_offset]
    return bool(before.strip())


class _Splitter:
    """Cuts the lines of one file along its syntax tree."""

    def __init__(self, lines: Sequence[str], origin: str) -> None:
        self.lines = lines
        self.origin = origin

    def body(
        self,
        statements: Sequence[ast.stmt],
        first: int,
        last: int,
        prefix: str,
        *,
        documented: bool,
    ) -> tuple[tuple[Piece, ...], Lines]:
        """The pieces of the statements in lines `first` to `last`, and the lines after them."""
        pieces: list[Piece] = []
        groups = list(sharing_lines(statements))
        for index, group in enumerate(groups):
            after = first_line(groups[index + 1][0]) if index + 1 < len(groups) else last + 1
            docstring = documented and not pieces
            piece = self._piece(group, first, after, prefix, documented=docstring)
            pieces.append(replace(piece, leads=index == 0))
            first = piece.last + 1
        return tuple(pieces), tuple(self.lines[first - 1 : last])

    def _piece(
        self, group: list[ast.stmt], first: int, after: int, prefix: str, *, documented: bool
    ) -> Piece:
        start = first_line(group[0])
        while start > first and self.lines[start - 2].lstrip().startswith("#"):
            start -= 1
        end = self._end(group[-1], after)
        node = group[0]
        kind, names = describe(node, documented=documented)
        branches: tuple[Branch, ...] = ()
        if len(group) > 1:
            names = tuple(name for each in group for name in describe(each)[1])
        elif kind in ("class", "guard"):
            inner = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
            branches = self._branches(node, start, end, inner)
            if not branches and kind == "guard":
                kind, names = whole(node)
        if not names and kind == "statement":
            names = (self.lines[node.lineno - 1].strip().removesuffix(":"),)
        return Piece(
            kind=kind,
            names=tuple(prefix + name for name in names),
            nodes=tuple(group),
            gap=tuple(self.lines[first - 1 : start - 1]),
            lines=() if branches else tuple(self.lines[start - 1 : end]),
            branches=branches,
            first=first,
            last=end,
            leads=False,
            origin=self.origin,
        )

    def _end(self, node: ast.stmt, after: int) -> int:
        """The last line of a statement, with the deeper comments that follow its body."""
        end = node.end_lineno or node.lineno
        if not hasattr(node, "body"):
            return end
        for number in range(end + 1, after):
            line = self.lines[number - 1]
            if line.strip() and len(line) - len(line.lstrip()) > node.col_offset:
                end = number
            elif line.strip():
                break
        return end

    def _branches(self, node: ast.stmt, start: int, end: int, prefix: str) -> tuple[Branch, ...]:
        """The bodies of a class or guard; none when one of them stands on the line of its colon."""
        blocks = list(self._blocks(node))
        if any(is_inline(self.lines, body) for _, body in blocks):
            return ()
        heads = [head_end(self.lines, body) for _, body in blocks]
        starts = [line or head for (line, _), head in zip(blocks, heads, strict=True)]
        starts = [start, *starts[1:], end + 1]
        return tuple(
            self._branch(body, (starts[i], heads[i], starts[i + 1] - 1), prefix, node)
            for i, (_, body) in enumerate(blocks)
        )

    def _branch(
        self, body: list[ast.stmt], span: tuple[int, int, int], prefix: str, owner: ast.stmt
    ) -> Branch:
        start, head, end = span
        documented = isinstance(owner, ast.ClassDef)
        children, tail = self.body(body, head + 1, end, prefix, documented=documented)
        line = self.lines[first_line(body[0]) - 1]
        indent = line[: len(line) - len(line.lstrip())]
        return Branch(tuple(self.lines[start - 1 : head]), children, tail, indent)

    def _blocks(self, node: ast.stmt) -> Iterator[tuple[int | None, list[ast.stmt]]]:
        """Each body of a statement with its keyword's line; None for `else` and `finally`."""
        yield node.lineno, getattr(node, "body", [])
        for handler in getattr(node, "handlers", []):
            yield handler.lineno, handler.body
        orelse: list[ast.stmt] = getattr(node, "orelse", [])
        if orelse and self.lines[orelse[0].lineno - 1].lstrip().startswith("elif"):
            yield from self._blocks(orelse[0])
        elif orelse:
            yield None, orelse
        if final := getattr(node, "finalbody", []):
            yield None, final

"""Turns a function into the beginning of an exercise: its signature, its docstring and an error."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from chapters.pieces import Lines, Piece, first_line, is_inline
from chapters.source import colon
from chapters.statements import FUNCTIONS

WIDTH = 100


def stub(piece: Piece, message: str) -> Piece:
    """The function without its body, which raises NotImplementedError(message) instead.

    Decorators stay; so does a `yield`, which makes a generator one. Comments above and in the body
    go, for they may tell the answer. An overload has no body to lose and stays as it is.
    """
    node = piece.nodes[0]
    assert isinstance(node, FUNCTIONS), "exercises were checked to be functions"
    gap = tuple(takewhile(lambda line: not line.strip(), piece.gap))
    if _is_overload(node):
        return replace(piece, gap=gap)
    return replace(piece, gap=gap, lines=tuple(_lines(piece.lines, piece.start, node, message)))


def _lines(
    lines: Lines, start: int, node: ast.FunctionDef | ast.AsyncFunctionDef, message: str
) -> Iterator[str]:
    line, column = colon(lines[node.lineno - start :])
    signature_end = node.lineno - start + line
    inline = is_inline(("",) * (start - 1) + lines, node.body)
    yield from lines[first_line(node) - start : signature_end]
    yield lines[signature_end][:column] if inline else lines[signature_end]
    indent = _indent(lines[node.lineno - start]) + "    "
    if not inline:
        indent = _indent(lines[node.body[0].lineno - start])
    if ast.get_docstring(node, clean=False) is not None:
        yield from _docstring(lines, start, node.body[0], indent)
    yield from _error(message, indent)
    if is_generator(node):
        yield f"{indent}yield"


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _docstring(lines: Lines, start: int, node: ast.stmt, indent: str) -> Iterator[str]:
    """The docstring, without what may stand before and behind it on its lines."""
    end = (node.end_lineno or node.lineno) - start
    kept = [line.encode() for line in lines[node.lineno - start : end + 1]]
    kept[-1] = kept[-1][: node.end_col_offset]
    kept[0] = kept[0][node.col_offset :]
    yield indent + kept[0].decode()
    for line in kept[1:]:
        yield line.decode()


def _error(message: str, indent: str) -> Iterator[str]:
    quote = "'" if '"' in message and "'" not in message else '"'
    escaped = message.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    whole = f"{indent}raise NotImplementedError({quote}{escaped}{quote})"
    if len(whole) <= WIDTH:
        yield whole
    else:
        yield f"{indent}raise NotImplementedError("
        yield f"{indent}    {quote}{escaped}{quote}"
        yield f"{indent})"


def is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function yields: itself, not a function within it."""
    return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own(node.body))


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield node
            yield from _own(ast.iter_child_nodes(node))


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {getattr(each, "attr", getattr(each, "id", "")) for each in node.decorator_list}
    return "overload" in names

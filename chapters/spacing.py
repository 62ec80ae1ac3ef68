"""Blank lines between pieces that were not neighbours in the file that they come from."""

from dataclasses import replace
from itertools import dropwhile, takewhile

from chapters.importing import section
from chapters.pieces import Branch, Piece


def spaced(branch: Branch, *, nested: bool = False) -> Branch:
    """The same pieces with the usual distances; what stood together already stays as it was."""
    result: list[Piece] = []
    for piece in branch.children:
        inner = tuple(spaced(each, nested=True) for each in piece.branches)
        piece = replace(piece, branches=inner)
        result.append(_apart(result[-1] if result else None, piece, nested=nested))
    return replace(branch, children=tuple(result))


def _apart(before: Piece | None, piece: Piece, *, nested: bool) -> Piece:
    if before is None and piece.leads:
        return piece
    if before and before.origin == piece.origin and before.last + 1 == piece.first:
        return piece
    comments = tuple(dropwhile(_is_blank, piece.gap))
    blank = len(tuple(takewhile(_is_blank, piece.gap)))
    if before is None:
        wanted = 0
    elif {before.kind, piece.kind} == {"import"}:
        wanted = int(section(before) != section(piece))
    else:
        wanted = max(blank, _least(before, piece, nested=nested))
    return replace(piece, gap=("",) * wanted + comments)


def _least(before: Piece, piece: Piece, *, nested: bool) -> int:
    pair = {before.kind, piece.kind}
    if pair & {"function", "class"}:
        return 1 if nested else 2
    return 1 if pair & {"import", "docstring", "guard"} else 0


def _is_blank(line: str) -> bool:
    return not line.strip()

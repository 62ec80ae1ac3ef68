"""Import statements as text: which names they bring, and writing them with fewer."""

import ast
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from chapters.history import PACKAGE
from chapters.pieces import Lines, Piece
from chapters.statements import bound_name

WIDTH = 100

Import = ast.Import | ast.ImportFrom


def statement(piece: Piece) -> Import | None:
    """The one import that a piece consists of, if it does."""
    node = piece.nodes[0]
    if len(piece.nodes) == 1 and isinstance(node, ast.Import | ast.ImportFrom):
        return node
    return None


def thinned(piece: Piece, wanted: Callable[[Import, ast.alias], bool]) -> Piece | None:
    """The piece with those of its imported names that are wanted; None when there are none.

    What is more than one import statement, such as a `try` around one, is kept whole or not at all.
    """
    node = statement(piece)
    if node is None:
        inside = [each for top in piece.nodes for each in ast.walk(top)]
        imports = [each for each in inside if isinstance(each, ast.Import | ast.ImportFrom)]
        kept = any(wanted(each, alias) for each in imports for alias in each.names)
        return piece if kept else None
    kept_aliases = [alias for alias in node.names if wanted(node, alias)]
    if len(kept_aliases) == len(node.names):
        return piece
    return rewritten(piece, kept_aliases) if kept_aliases else None


def rewritten(piece: Piece, aliases: Sequence[ast.alias]) -> Piece:
    """An import with other names, in one line where that is short enough."""
    node = statement(piece)
    assert node is not None, "only a single import is written anew"
    above = piece.lines[: node.lineno - piece.start]
    indent = piece.lines[len(above)][: node.col_offset]
    opening = f"{indent}{_opening(node)}"
    names = [f"{each.name} as {each.asname}" if each.asname else each.name for each in aliases]
    line = f"{opening}{', '.join(names)}{_remark(piece.lines[-1], node)}"
    lines: Lines = (line,)
    if len(line) > WIDTH and isinstance(node, ast.ImportFrom):
        lines = (f"{opening}(", *(f"{indent}    {name}," for name in names), f"{indent})")
    bound = tuple(bound_name(node, alias) for alias in aliases)
    fewer = ast.copy_location(_with_names(node, aliases), node)
    return replace(piece, lines=(*above, *lines), names=bound, nodes=(fewer,))


def joined(piece: Piece, other: Piece) -> Piece | None:
    """One import instead of two from the same module; None when they are not that."""
    left, right = statement(piece), statement(other)
    if not (isinstance(left, ast.ImportFrom) and isinstance(right, ast.ImportFrom)):
        return None
    if (left.module, left.level) != (right.module, right.level):
        return None
    aliases = {(each.name, each.asname): each for each in [*left.names, *right.names]}
    ordered = sorted(aliases.values(), key=lambda each: _name_order(each.name))
    return replace(rewritten(piece, ordered), last=other.last)


def order(piece: Piece) -> tuple[int, int, int, str]:
    """Where a piece belongs among imports: section, form, relative depth, module."""
    node = statement(piece)
    if isinstance(node, ast.Import):
        return section(piece), 0, 0, node.names[0].name.lower()
    if isinstance(node, ast.ImportFrom):
        return section(piece), 1, -node.level, (node.module or "").lower()
    return section(piece), 2, 0, ""


def section(piece: Piece) -> int:
    """The part it belongs to: __future__, standard library, installed, ours, relative, guarded."""
    node = statement(piece)
    if node is None:
        return 5
    if isinstance(node, ast.ImportFrom) and node.level:
        return 4
    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    top = (module or "").split(".")[0]
    if top == "__future__":
        return 0
    return 1 if top in sys.stdlib_module_names else 3 if top in (PACKAGE, "tests") else 2


def is_future(node: Import) -> bool:
    """Whether this switches on a language feature."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def keys(piece: Piece) -> Collection[tuple[str, str | None, int, str, bool]]:
    """What each imported name stands for, for telling whether two imports bring the same."""
    return {
        (
            bound_name(node, alias),
            node.module if isinstance(node, ast.ImportFrom) else None,
            node.level if isinstance(node, ast.ImportFrom) else 0,
            alias.name,
            node.col_offset > 0,
        )
        for top in piece.nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _opening(node: Import) -> str:
    if isinstance(node, ast.Import):
        return "import "
    return f"from {'.' * node.level}{node.module or ''} import "


def _remark(line: str, node: Import) -> str:
    """The comment behind a one-line import: it may be a pragma."""
    if node.lineno != node.end_lineno:
        return ""
    behind = line.encode()[node.end_col_offset :].decode().strip()
    return f"  {behind}" if behind.startswith("#") else ""


def _with_names(node: Import, aliases: Sequence[ast.alias]) -> Import:
    if isinstance(node, ast.Import):
        return ast.Import(names=list(aliases))
    return ast.ImportFrom(module=node.module, names=list(aliases), level=node.level)


def _name_order(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name

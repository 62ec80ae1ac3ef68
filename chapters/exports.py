"""`__all__` and the package's `__init__.py` files, cut down to what a tree has."""

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from chapters.errors import CourseError
from chapters.history import PACKAGE, is_init
from chapters.importing import WIDTH, Import, thinned
from chapters.names import bound_names, exported, used_names
from chapters.pieces import Branch, Piece, join, parse
from chapters.spacing import spaced


def fit(package: Mapping[str, bytes]) -> dict[str, bytes]:
    """The package with each `__init__.py` less what it imports that the package does not have.

    Raises CourseError when such a file uses a name that it could not import.
    """
    result = dict(package)
    inits = sorted(filter(is_init, package), key=lambda path: (-path.count("/"), path))
    for path in inits:
        result[path] = _fitted(path, result).encode()
    return result


def with_exports(branch: Branch, new: str, extra: Sequence[str] = ()) -> Branch:
    """The file with its `__all__` less what only the new version binds, and with extra names."""
    bound = bound_names(join(branch))
    lacking = bound_names(new) - bound
    extra = [name for name in extra if name in bound]
    children = tuple(_exporting(piece, lacking, extra) for piece in branch.children)
    return replace(branch, children=children)


def exports(text: str) -> list[str]:
    """What `__all__` lists."""
    values = [_value(piece) for piece in parse(text).children]
    return [name for value in values if value is not None for name in exported(value)]


def missing(text: str, *versions: str) -> list[str]:
    """Names that the text uses and does not bind, though one of these other versions does."""
    elsewhere = {name for version in versions for name in bound_names(version)}
    return sorted((used_names(text) - bound_names(text)) & elsewhere)


def _fitted(path: str, package: Mapping[str, bytes]) -> str:
    newest = package[path].decode()
    branch = parse(newest)
    home = tuple(path.split("/")[:-1])

    def has(node: Import, alias: ast.alias) -> bool:
        return _has(node, alias, home, package)

    children = tuple(piece for each in branch.children if (piece := _kept(each, has)))
    kept = replace(branch, children=children)
    if kept == branch:
        return newest
    text = join(with_exports(spaced(kept), newest))
    if names := missing(text, newest):
        raise CourseError(
            f"{path} uses {', '.join(names)}, which a tree without that module does not have;"
            " an __init__.py may only import and list such names"
        )
    return text


def _kept(piece: Piece, has: Callable[[Import, ast.alias], bool]) -> Piece | None:
    if piece.kind == "import":
        return thinned(piece, has)
    if piece.kind != "guard":
        return piece
    branches = tuple(
        replace(
            each, children=tuple(kept for child in each.children if (kept := _kept(child, has)))
        )
        for each in piece.branches
    )
    return replace(piece, branches=branches) if any(each.children for each in branches) else None


def _has(
    node: Import, alias: ast.alias, home: tuple[str, ...], package: Mapping[str, bytes]
) -> bool:
    """Whether what is imported is in the package, or is none of its business."""
    if isinstance(node, ast.Import):
        parts = tuple(alias.name.split("."))
        return parts[0] != PACKAGE or _file(parts, package) is not None
    above = home[: len(home) - node.level + 1] if node.level else ()
    module = (*above, *(node.module.split(".") if node.module else ()))
    if module[0] != PACKAGE:
        return True
    if _file((*module, alias.name), package) is not None:
        return True
    file = _file(module, package)
    if file is None or module == home:
        return False
    return alias.name == "*" or alias.name in bound_names(package[file].decode())


def _file(module: tuple[str, ...], package: Collection[str]) -> str | None:
    """The file of a module, None when the package does not have it."""
    base = "/".join(module)
    return next((each for each in (f"{base}.py", f"{base}/__init__.py") if each in package), None)


def _value(piece: Piece) -> ast.expr | None:
    """What a piece assigns to `__all__`, if that is what it does."""
    node = piece.nodes[0]
    if piece.names != ("__all__",) or not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    return node.value


def _exporting(piece: Piece, lacking: Collection[str], extra: Sequence[str]) -> Piece:
    value = _value(piece)
    if not isinstance(value, ast.List | ast.Tuple):
        return piece
    listed = exported(value)
    names = [name for name in [*listed, *extra] if name not in lacking]
    if names == listed:
        return piece
    return replace(piece, lines=(*_above(piece), *_assignment(piece, value, names)))


def _above(piece: Piece) -> tuple[str, ...]:
    return piece.lines[: piece.nodes[0].lineno - piece.start]


def _assignment(piece: Piece, value: ast.List | ast.Tuple, names: Sequence[str]) -> list[str]:
    first, last = value.lineno - piece.start, (value.end_lineno or value.lineno) - piece.start
    opening = piece.lines[first].encode()[: value.col_offset].decode()
    left, right = ("[", "]") if isinstance(value, ast.List) else ("(", ")")
    quoted = [f'"{name}"' for name in names]
    comma = "," if isinstance(value, ast.Tuple) and len(names) == 1 else ""
    line = f"{opening}{left}{', '.join(quoted)}{comma}{right}"
    if (first == last and len(line) <= WIDTH) or not names:
        return [line]
    return [f"{opening}{left}", *(f"    {name}," for name in quoted), right]

"""Which imports a file needs that is made from an old and a new version of itself.

Those of the new version that the code uses (or that the new version itself does not use: they are
there for another reason), and those of the old version that old code still uses.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chapters.importing import Import, is_future, joined, keys, order, statement, thinned
from chapters.names import used_in_part, used_names
from chapters.pieces import Branch, Piece, join, parse, piece_lines, walk
from chapters.statements import bound_name


def settle(merged: Branch, old: str, new: str) -> Branch:
    """The merged file with the imports that it needs and no other."""
    needs = _Needs(merged, old, new)
    tree = replace(merged, children=_with_old(needs, merged.children, parse(old, "old").children))
    while True:
        used = used_names(join(tree))
        thinner = replace(tree, children=_pruned(needs, tree.children, used))
        if thinner == tree:
            return replace(tree, children=_together(tree.children))
        tree = thinner


class _Needs:
    """What is known of a merged file's names before its imports are chosen."""

    def __init__(self, merged: Branch, old: str, new: str) -> None:
        self.used_by_new = used_names(new)
        pieces = [each for each in walk(merged) if each.origin == "old" and each.kind != "import"]
        leaves = [each for each in pieces if each.kind != "guard"]
        self.used_by_old = {name for each in leaves for name in used_in_part(piece_lines(each))}
        self.has_old = bool(leaves)
        level = list(_module_level(merged.children))
        self.defined = {name for each in level if each.kind != "import" for name in each.names}
        self.left = {name for each in level if each.origin == "old" for name in each.names}
        new_keys = {key[0]: key for key in _all_keys(parse(new))}
        old_keys = {key[0]: key for key in _all_keys(parse(old))}
        both = set(new_keys) & set(old_keys)
        self.same = {name for name in both if new_keys[name] == old_keys[name]}
        self.from_old = {name for name in both - self.same if name in self.used_by_old}
        level_of_new = _module_level(parse(new).children)
        brought = {name for each in level_of_new if each.kind == "import" for name in each.names}
        self.from_new = brought - self.from_old

    def wants(self, origin: str, node: Import, alias: ast.alias, used: frozenset[str]) -> bool:
        """Whether an imported name stays, where the code uses these names."""
        name = bound_name(node, alias)
        if is_future(node):
            return origin != "old" or (self.has_old and name not in self.from_new)
        return self._wants_name(origin, name, used)

    def wants_any(self, piece: Piece, used: frozenset[str]) -> bool:
        """Whether a statement with imports in it stays, such as a `try`, for any of its names."""
        return any(self._wants_name(piece.origin, name, used) for name in piece.names)

    def _wants_name(self, origin: str, name: str, used: frozenset[str]) -> bool:
        if origin != "old":
            needed = name in used or name not in self.used_by_new
            return needed and name not in self.from_old and name not in self.left
        return name in used and name not in self.from_new and name not in self.defined


def _with_old(needs: _Needs, children: Sequence[Piece], old: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with the old version's imports among them."""
    result = list(children)
    for piece in old:
        if piece.kind == "import":
            result.insert(_place(result, piece), piece)
        elif piece.kind == "guard" and not any(each.first == piece.first for each in _old(result)):
            _add_guard(needs, result, piece)
    return tuple(result)


def _add_guard(needs: _Needs, result: list[Piece], guard: Piece) -> None:
    for index, piece in enumerate(result):
        if same_heads(piece, guard):
            branches = tuple(
                replace(ours, children=_with_old(needs, ours.children, theirs.children))
                for ours, theirs in zip(piece.branches, guard.branches, strict=True)
            )
            result[index] = replace(piece, branches=branches)
            return
    if imports := only_imports(guard):
        result.insert(_place(result, imports), imports)


def same_heads(piece: Piece, other: Piece) -> bool:
    """Whether two guards test the same, branch by branch."""
    heads = [tuple(branch.head) for branch in piece.branches]
    return piece.kind == other.kind == "guard" and heads == [each.head for each in other.branches]


def only_imports(guard: Piece) -> Piece | None:
    """A guard with nothing but its imports; None when it has none."""
    branches = []
    for branch in guard.branches:
        kept = [only_imports(each) if each.kind == "guard" else each for each in branch.children]
        imports = tuple(each for each in kept if each and each.kind in ("import", "guard"))
        branches.append(replace(branch, children=imports))
    if not any(branch.children for branch in branches):
        return None
    return replace(guard, branches=tuple(branches))


def _place(pieces: Sequence[Piece], piece: Piece) -> int:
    """Where an import belongs among the pieces: in the usual order, else behind the docstring."""
    place = 0
    for index, each in enumerate(pieces):
        if each.kind in ("function", "class"):
            break
        if each.kind == "docstring":
            place = index + 1
        elif each.kind == "import" or (each.kind == "guard" and only_imports(each) == each):
            if order(each) > order(piece):
                break
            place = index + 1
    return place


def _pruned(needs: _Needs, children: Sequence[Piece], used: frozenset[str]) -> tuple[Piece, ...]:
    kept = (_kept(needs, piece, used) for piece in children)
    return tuple(piece for piece in kept if piece)


def _together(children: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces, with an old and a new import of names from one module made one."""
    result: list[Piece] = []
    for piece in children:
        branches = tuple(
            replace(branch, children=_together(branch.children)) for branch in piece.branches
        )
        mixed = bool(result) and result[-1].origin != piece.origin
        if mixed and (both := joined(result[-1], piece)):
            result[-1] = both
        else:
            result.append(replace(piece, branches=branches) if piece.kind == "guard" else piece)
    return tuple(result)


def _kept(needs: _Needs, piece: Piece, used: frozenset[str]) -> Piece | None:
    if piece.kind == "import" and statement(piece):
        return thinned(piece, lambda node, alias: needs.wants(piece.origin, node, alias, used))
    if piece.kind == "import":
        return piece if needs.wants_any(piece, used) else None
    if piece.kind != "guard":
        return piece
    branches = tuple(
        replace(branch, children=_pruned(needs, branch.children, used)) for branch in piece.branches
    )
    return replace(piece, branches=branches) if any(each.children for each in branches) else None


def _all_keys(branch: Branch) -> Iterator[tuple[str, str | None, int, str, bool]]:
    for piece in _module_level(branch.children):
        if piece.kind == "import":
            yield from keys(piece)


def _module_level(children: Sequence[Piece]) -> Iterator[Piece]:
    for piece in children:
        yield piece
        if piece.kind == "guard":
            for branch in piece.branches:
                yield from _module_level(branch.children)


def _old(pieces: Sequence[Piece]) -> Iterator[Piece]:
    return (piece for piece in pieces if piece.origin == "old")

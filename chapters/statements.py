"""What a statement of a module or class body is, and which names it binds."""

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

Kind = Literal[
    "function", "class", "assignment", "import", "statement", "docstring", "filler", "guard"
]

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
GUARDS = (ast.If, ast.Try, ast.TryStar, ast.With)
LEAVES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)


def describe(node: ast.stmt, *, documented: bool = False) -> tuple[Kind, tuple[str, ...]]:
    """The kind of a statement and the names that it binds.

    `documented` says whether a string would be a docstring here.
    """
    if isinstance(node, FUNCTIONS):
        return "function", (node.name,)
    if isinstance(node, ast.ClassDef):
        return "class", (node.name,)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import", tuple(bound_name(node, alias) for alias in node.names)
    if isinstance(node, ast.Pass | ast.Expr):
        return _expression(node, documented=documented)
    if isinstance(node, GUARDS) and (_defines(node) or _imports(node)):
        return "guard", ()
    return whole(node)


def whole(node: ast.stmt) -> tuple[Kind, tuple[str, ...]]:
    """The same for a statement that is taken as one: with a body, it binds what its body binds."""
    inside = list(_own(node))
    imported = [each for each in inside if isinstance(each, ast.Import | ast.ImportFrom)]
    names = [bound_name(each, alias) for each in imported for alias in each.names]
    for each in inside:
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            names.append(each.id)
        elif isinstance(each, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler)) and each.name:
            names.append(each.name)
    unique = tuple(dict.fromkeys(names))
    if imported:
        return "import", unique
    return ("assignment" if unique else "statement"), unique


def bound_name(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """The name that a part of an import binds: a for `import a.b`, c for `import b as c`."""
    if alias.asname:
        return alias.asname
    return alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name


def sharing_lines(statements: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Statements in groups that are not divided.

    Those on one line are a group; so are an assignment and the string below that explains it.
    """
    group: list[ast.stmt] = []
    for node in statements:
        end = group[-1].end_lineno or 0 if group else 0
        if group and node.lineno > end and not _explains(node, group[-1]):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _expression(node: ast.Pass | ast.Expr, *, documented: bool) -> tuple[Kind, tuple[str, ...]]:
    if isinstance(node, ast.Pass):
        return "filler", ()
    if isinstance(node.value, ast.Constant) and node.value.value is ...:
        return "filler", ()
    if documented and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return "docstring", ("__doc__",)
    return whole(node)


def _explains(node: ast.stmt, before: ast.stmt) -> bool:
    """Whether this is the string directly below an assignment that says what it is for."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return False
    follows = node.lineno == (before.end_lineno or 0) + 1
    is_text = isinstance(node.value.value, str)
    return is_text and follows and isinstance(before, ast.Assign | ast.AnnAssign)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Everything in a node, but not what functions, classes and lambdas keep to themselves."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, LEAVES):
            yield from _own(child)


def _bodies(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements in the branches of a guard, and in guards within."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ExceptHandler):
            yield from _bodies(child)
        elif isinstance(child, ast.stmt):
            yield child
            if isinstance(child, GUARDS):
                yield from _bodies(child)


def _defines(node: ast.stmt) -> bool:
    return any(isinstance(each, (*FUNCTIONS, ast.ClassDef)) for each in _bodies(node))


def _imports(node: ast.stmt) -> bool:
    """Whether this is an `if` with imports, such as `if TYPE_CHECKING:`."""
    inside = _bodies(node) if isinstance(node, ast.If) else iter(())
    return any(isinstance(each, ast.Import | ast.ImportFrom) for each in inside)

"""Which names a module's code refers to, and which it binds: what decides about imports."""

import ast
import functools
from collections.abc import Iterable, Iterator

from chapters.pieces import parse
from chapters.statements import FUNCTIONS, bound_name

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)


@functools.lru_cache(maxsize=10_000)
def used_names(text: str) -> frozenset[str]:
    """The module-level and built-in names that code refers to.

    Names in quoted annotations and in `__all__` count.
    """
    reader = _Reader()
    reader.visit(ast.parse(text))
    return frozenset(reader.found)


def used_in_part(lines: Iterable[str]) -> frozenset[str]:
    """The same for some lines of a file, which may be indented."""
    return used_names("\n".join(["if 1:", *(f" {line}" for line in lines)]))


def bound_names(text: str) -> set[str]:
    """The names that a module binds at its top level."""
    names: set[str] = set()
    for piece in _outer(text):
        names.update(piece)
    return names


def _outer(text: str) -> Iterator[tuple[str, ...]]:
    waiting = [parse(text)]
    while waiting:
        for piece in waiting.pop().children:
            yield piece.names
            if piece.kind == "guard":
                waiting.extend(piece.branches)


class _Reader(ast.NodeVisitor):
    """Walks code and notes each name that no enclosing function binds."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.local: tuple[frozenset[str], ...] = ()
        # What the class body bound so far: seen in the body itself, not in its functions.
        self.members: frozenset[str] = frozenset()

    def visit_Name(self, node: ast.Name) -> None:
        self._use(node.id) if not isinstance(node.ctx, ast.Store) else None

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in [*node.decorator_list, *_defaults(node.args)]:
            self.visit(each)
        for argument in _arguments(node.args):
            self._annotation(argument.annotation)
        self._annotation(node.returns)
        self._inside(_parameters(node.args) | _bound(node.body), node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(each)
        outer, self.members = self.members, frozenset()
        for statement in node.body:
            self.visit(statement)
            self.members |= _bound([statement])
        self.members = outer

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for each in _defaults(node.args):
            self.visit(each)
        self._inside(_parameters(node.args), [node.body])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.visit(node.target)
        if node.value:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets):
            self.found.update(exported(node.value))
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if _called(node.value)[:1].isupper():
            self._strings(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = _called(node.func)
        if called == "cast" and node.args:
            self._annotation(node.args[0])
        if called in ("TypeVar", "NewType"):
            for each in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
                self._annotation(each)
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, COMPREHENSIONS):
            targets = _bound([each.target for each in node.generators])
            self._inside(targets, list(ast.iter_child_nodes(node)))
        else:
            super().generic_visit(node)

    def _inside(self, local: frozenset[str], nodes: Iterable[ast.AST]) -> None:
        outer = self.local, self.members
        self.local, self.members = (*self.local, local), frozenset()
        for node in nodes:
            self.visit(node)
        self.local, self.members = outer

    def _use(self, name: str) -> None:
        if not any(name in scope for scope in (*self.local, self.members)):
            self.found.add(name)

    def _annotation(self, node: ast.expr | None) -> None:
        """Visits a type, in which a string is one as well."""
        if node is not None:
            self.visit(node)
            self._strings(node)

    def _strings(self, node: ast.expr) -> None:
        """Visits the types that a type quotes."""
        for text in _quoted(node):
            try:
                self._annotation(ast.parse(text.strip(), mode="eval").body)
            except SyntaxError:
                continue


def exported(value: ast.expr) -> list[str]:
    """The names in the list that is assigned to `__all__`."""
    elements = getattr(value, "elts", [])
    values = [each.value for each in elements if isinstance(each, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def _quoted(node: ast.AST) -> Iterator[str]:
    """The strings of a type that stand for types: not in Literal, nor the notes of Annotated."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Subscript):
        called = _called(node.value)
        if called == "Literal":
            return
        if called == "Annotated" and isinstance(node.slice, ast.Tuple):
            children = list(node.slice.elts[:1])
    for child in children:
        yield from _quoted(child)


def _called(node: ast.expr) -> str:
    """The last name in what is called or subscripted."""
    name = getattr(node, "attr", getattr(node, "id", ""))
    return name if isinstance(name, str) else ""


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*every, *(each for each in (arguments.vararg, arguments.kwarg) if each)]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(argument.arg for argument in _arguments(arguments))


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(each for each in arguments.kw_defaults if each)]


def _bound(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """What a function binds in its own scope."""
    names: set[str] = set()
    shared: set[str] = set()
    for node in _scope(nodes):
        if isinstance(node, ast.Global | ast.Nonlocal):
            shared.update(node.names)
        names.update(_binds(node))
    return frozenset(names - shared)


def _scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        yield node
        if not isinstance(node, SCOPES):
            yield from _scope(ast.iter_child_nodes(node))


def _binds(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [bound_name(node, alias) for alias in node.names]
    if isinstance(node, COMPREHENSIONS):
        return [each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
    named = (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
    if isinstance(node, named) and node.name:
        return [node.name]
    return [node.rest] if isinstance(node, ast.MatchMapping) and node.rest else []

"""The `outline` block: the package as it stands, a line a file."""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator

from chapters.course import PACKAGE, Tree
from chapters.fences import Fence
from chapters.site.markup import inline, tag
from chapters.site.page import SitePage, bare, only


def outline(fence: Fence, page: SitePage) -> str:
    """Every file of the package: what it is for, its public names, and which of them are new."""
    only(fence, options=("tree",))
    bare(fence)
    tree, before = page.tree(fence), page.before(fence)
    items = "".join(item(path, tree, before) for path in package_files(tree))
    return tag("ul", items, class_="outline")


def package_files(tree: Tree) -> list[str]:
    """The package's Python files that say something: an empty `__init__.py` does not."""
    files = [path for path in tree if path.startswith(f"{PACKAGE}/") and path.endswith(".py")]
    return [path for path in sorted(files) if tree[path].strip()]


def item(path: str, tree: Tree, before: Tree) -> str:
    module = ast.parse(tree[path])
    old = set(public_names(ast.parse(before.get(path, b""))))
    names = "".join(name(each, each not in old) for each in public_names(module))
    fresh = tag("span", "new", class_="mark-new") if path not in before else ""
    about = (ast.get_docstring(module) or "").partition("\n")[0]
    return tag(
        "li",
        tag("span", tag("code", html.escape(path)) + fresh, class_="outline-file")
        + tag("span", inline(about), class_="outline-about")
        + (tag("span", names, class_="outline-names") if names else ""),
    )


def name(text: str, is_new: bool) -> str:
    if not is_new:
        return tag("code", html.escape(text))
    return tag("code", html.escape(text), class_="name-new", title="new in this chapter")


def public_names(module: ast.Module) -> Iterator[str]:
    """The names that a module defines for others, in the order of its text."""
    for statement in module.body:
        for each in defined(statement):
            if not each.startswith("_") and each != "logger":
                yield each


def defined(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name
        case ast.Assign():
            yield from (each.id for each in statement.targets if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name

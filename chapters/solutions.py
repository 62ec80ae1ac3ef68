"""The book's code: of one step, and of a whole chapter as a diff."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from chapters.course import Chapter, Course, Step
from chapters.source import symbols, text_of
from chapters.trees import Tree

NOTHING = "/dev/null"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a file: where it is ("path" or "path:line"), and its text."""

    where: str
    text: str


def solution(course: Course, chapter: Chapter, step: Step) -> list[Excerpt]:
    """The code of a step's symbols, the imports that are new with it, and what it needs besides."""
    tree = course.tree(chapter.number)
    found = list(new_imports(course, chapter, step))
    for address in [*step.withheld, *step.symbols]:
        text = tree[address.path].decode() if address.path in tree else ""
        if address.symbol is None:
            found.append(Excerpt(address.path, text))
        elif symbol := symbols(text).get(address.symbol):
            where = f"{address.path}:{symbol.start}"
            found.append(Excerpt(where, text_of(text, address.symbol)))
        else:
            found.append(Excerpt(address.path, f"# {address.symbol} is not there any more\n"))
    return found


def new_imports(course: Course, chapter: Chapter, step: Step) -> Iterator[Excerpt]:
    """For each file, the imports that are there with the step's code and not before it."""
    before = course.at(chapter.number, step.number - 1)
    after = course.at(chapter.number, step.number)
    for path in sorted({address.path for address in [*step.symbols, *step.withheld]}):
        if not path.endswith(".py") or path not in after or path not in before:
            continue
        had = set(imports(before[path]))
        added = [line for line in imports(after[path]) if line not in had]
        if added:
            yield Excerpt(f"{path}: imports", "\n".join(added) + "\n")


def imports(content: bytes) -> list[str]:
    """The imports of a module, one name a line."""
    found = []
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Import):
            found += [ast.unparse(ast.Import([name])) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [
                ast.unparse(ast.ImportFrom(node.module, [name], node.level)) for name in node.names
            ]
    return found


def chapter_diff(
    course: Course, chapter: Chapter, *, from_start: bool = False, tests: bool = False
) -> str:
    """What a chapter changes, as `git diff` would show it.

    Args:
        course: the whole course.
        chapter: the chapter.
        from_start: only what its exercises change, from the chapter's start to its end.
        tests: with the tests.
    """
    number = chapter.number
    old = course.start(number) if from_start else course.tree(number - 1)
    return tree_diff(without_tests(old, tests), without_tests(course.tree(number), tests))


def without_tests(tree: Tree, keep: bool) -> Tree:
    return {path: tree[path] for path in tree if keep or not path.startswith("tests/")}


def tree_diff(old: Tree, new: Tree) -> str:
    """A unified diff of two trees of text files; "" when they are equal."""
    parts = []
    for path in sorted({*old, *new}):
        if old.get(path) == new.get(path):
            continue
        names = (f"a/{path}" if path in old else NOTHING, f"b/{path}" if path in new else NOTHING)
        before, after = lines_of(old, path), lines_of(new, path)
        parts.append(f"diff --git a/{path} b/{path}\n")
        if path not in old or path not in new:
            parts.append(f"{'new' if path in new else 'deleted'} file mode 100644\n")
        parts += map(ended, difflib.unified_diff(before, after, names[0], names[1]))
    return "".join(parts)


def lines_of(tree: Tree, path: str) -> list[str]:
    return tree.get(path, b"").decode(errors="replace").splitlines(keepends=True)


def ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"

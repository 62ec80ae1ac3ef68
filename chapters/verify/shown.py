"""Invariant 4: a page shows every line that its chapter adds or changes, and tells what goes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from chapters.course import PACKAGE, Chapter, Course
from chapters.exports import exports
from chapters.source import Address, symbols
from chapters.trees import Tree
from chapters.verify.finding import Finding, Report, count
from chapters.verify.pages import Source, included, pages_of
from chapters.verify.told import judge_removals

UNSHOWN = 0.05
"""The part of a chapter's lines that chapter.toml may excuse."""

GAP = 10
"""Lines that one finding may reach over: a docstring, blanks."""

Function = ast.FunctionDef | ast.AsyncFunctionDef

Lines = dict[str, set[int]]
"""Line numbers by file."""


def check_shown(course: Course) -> Report:
    """Invariant 4."""
    pages, findings = pages_of(course)
    by_chapter = {source.chapter: source for source in pages}
    lines = 0
    for chapter in course.chapters:
        source = by_chapter.get(chapter.number)
        if source is None:
            name = chapter.page.relative_to(course.root).as_posix()
            findings.append(Finding(name, "the chapter has no page", "a page for each chapter"))
            continue
        fresh = fresh_lines(course, chapter)
        lines += sum(map(len, fresh.values()))
        findings += judge_lines(course, chapter, source, fresh)
        findings += judge_removals(course, chapter, source)
    chapters = count(len(course.chapters), "chapter")
    return Report.of(f"{count(lines, 'line')} of {chapters}", findings)


def fresh_lines(course: Course, chapter: Chapter) -> Lines:
    """The lines of the package that the chapter adds or changes and that need to be shown."""
    before, after = course.tree(chapter.number - 1), course.tree(chapter.number)
    exercises = {address for step in chapter.steps for address in step.symbols}
    made = {f"{name}.__init__" for name in exports(after[f"{PACKAGE}/__init__.py"].decode())}
    found: Lines = {}
    for path in package_files(after):
        text = after[path].decode()
        old = before[path].decode().splitlines() if path in before else []
        new = text.splitlines()
        kept = set(carried(old, new).values())
        excused = asides(text, {one.symbol for one in exercises if one.path == path} | made)
        lines = {number for number, line in enumerate(new, 1) if line.strip()} - kept - excused
        if lines:
            found[path] = lines
    return found


def package_files(tree: Tree) -> list[str]:
    return [path for path in tree if path.startswith(f"{PACKAGE}/") and path.endswith(".py")]


def carried(old: list[str], new: list[str]) -> dict[int, int]:
    """The lines of `old` that are in `new` too: their numbers there, by their numbers here."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {
        first + offset + 1: second + offset + 1
        for first, second, size in blocks
        for offset in range(size)
    }


def asides(text: str, told: set[str | None]) -> set[int]:
    """Lines that need no listing: imports, `__all__`, the file's docstring, contracts.

    `told` are functions whose docstrings are elsewhere: the exercises', which the page tells, and
    those of constructors, which are on the reference page.
    """
    tree = ast.parse(text)
    nodes = docstring_of(tree)
    nodes += [node for node in ast.walk(tree) if is_import(node) or is_all(node)]
    for name, function in functions(tree.body):
        if name in told:
            nodes += docstring_of(function)
    spans = ((getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)) for node in nodes)
    return {line for start, end in spans for line in range(start, end + 1)}


def is_import(node: ast.AST) -> bool:
    """Whether it imports; `if TYPE_CHECKING:` around nothing but imports does, too."""
    if isinstance(node, ast.If):
        return not node.orelse and all(map(is_import, node.body))
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_all(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return False


def functions(body: Iterable[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function and method with its qualified name; not those inside functions."""
    for node in body:
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, f"{prefix}{node.name}.")
        else:
            inner = (one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt))
            yield from functions(inner, prefix)


def docstring_of(node: ast.Module | Function) -> list[ast.AST]:
    documented = ast.get_docstring(node, clean=False) is not None
    return [node.body[0]] if documented else []


def judge_lines(
    course: Course, chapter: Chapter, source: Source, fresh: Lines
) -> Iterator[Finding]:
    """Findings for the lines that no listing shows, as far as chapter.toml does not excuse them."""
    after = course.tree(chapter.number)
    seen = seen_lines(course, source, after)
    missing = {path: lines - seen.get(path, set()) for path, lines in fresh.items()}
    excused = 0
    for exception in chapter.unshown:
        path = exception.address.path
        lines = missing.get(path, set()) & lines_at(exception.address, after)
        missing[path] = missing.get(path, set()) - lines
        excused += len(lines)
        if not lines:
            where = f"{chapter.slug}/chapter.toml"
            found = f"unshown {exception.address} excuses no line: all of it is shown"
            yield Finding(where, found, "exceptions that are needed")
    total = sum(map(len, fresh.values()))
    if excused > UNSHOWN * total:
        found = f"{excused} of {total} lines are excused ({excused / total:.0%})"
        yield Finding(f"{chapter.slug}/chapter.toml", found, f"{UNSHOWN:.0%}")
    for path, lines in missing.items():
        text = after[path].decode().splitlines() if lines else []
        for start, end in ranges(sorted(lines), fresh.get(path, set()) - lines):
            found = f"{path}:{start}-{end} is on no listing: {text[start - 1].strip()}"
            yield Finding(source.name, found, "a listing that shows it, or [[unshown]] and why")


def seen_lines(course: Course, source: Source, after: Tree) -> Lines:
    """The lines of the chapter's end that the page shows; a step's tree shows what stayed of it."""
    seen: Lines = {}
    for one in included(course, source):
        if one.listing is None or one.listing.path not in after:
            continue
        path = one.listing.path
        then = one.tree[path].decode().splitlines()
        later = carried(then, after[path].decode().splitlines())
        numbers = (later.get(line.number) for line in one.listing.lines)
        seen.setdefault(path, set()).update(number for number in numbers if number)
    return seen


def lines_at(address: Address, tree: Tree) -> set[int]:
    text = tree.get(address.path, b"").decode()
    if address.symbol is None:
        return set(range(1, len(text.splitlines()) + 1))
    known = symbols(text)
    spans = known[address.symbol].spans if address.symbol in known else ()
    return {line for start, end in spans for line in range(start, end + 1)}


def ranges(numbers: list[int], others: set[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as first and last: 1 2 3 9 is (1, 3), (9, 9).

    Numbers are neighbours across a small gap too, when none of the `others` is in it.
    """
    start = 0
    for index, number in enumerate(numbers):
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        if (
            following is None
            or following - number > GAP
            or others.intersection(range(number + 1, following))
        ):
            yield numbers[start], number
            start = index + 1

"""Invariant 3: a checkpoint catches each named mistake, in its step and in its own words.

A mistake is a fragment of Python in `mistakes/` of its chapter:

    # step: 2
    # message: only the last Set-Cookie arrived
    # why: people put headers into a dict
    # file: reverseproxy/http/client.py

    def end_to_end(headers): ...

Each function, method or constant in it replaces the symbol of that name in the file named above
it; its imports are added to that file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from chapters.checkpoint import Outcome
from chapters.course import Chapter, Course
from chapters.errors import CourseError
from chapters.source import Symbol, find, symbols
from chapters.trees import Tree
from chapters.verify.finding import Finding, Report, count
from chapters.verify.server import Enough
from chapters.verify.suites import Suite, Suites

HEADER = re.compile(r"#\s*(step|message|why):\s*(.+)")
FILE = re.compile(r"#\s*file:\s*(\S+)\s*")
NEEDED = ("step", "message", "why")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A plausible wrong solution. `parts` is the code by the file that it goes into."""

    name: str
    step: int
    message: str
    parts: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Mistake:
        """Raises CourseError for a fragment that lacks a part of its header, or code."""
        lines = path.read_text(encoding="utf-8").splitlines()
        matches = filter(None, (HEADER.fullmatch(line.strip()) for line in lines))
        header = {found[1]: found[2] for found in matches}
        for key in NEEDED:
            if key not in header:
                raise CourseError(f"{path.name} has no line `# {key}: …`")
        if not header["step"].isdecimal():
            raise CourseError(f"{path.name}: # step: {header['step']} is not a number")
        parts = tuple(parts_of(lines))
        if not parts:
            raise CourseError(f"{path.name} has no line `# file: reverseproxy/….py`")
        return cls(path.stem, int(header["step"]), header["message"].strip(), parts)

    def applied(self, tree: Tree) -> Tree:
        """The tree with the mistake made in it.

        Raises:
            CourseError: the tree has no such file or symbol.
        """
        changed = dict(tree)
        for path, code in self.parts:
            if path not in changed:
                raise CourseError(f"there is no {path} in the tree at the chapter's end")
            try:
                changed[path] = replaced(changed[path].decode(), code).encode()
            except CourseError as error:
                raise CourseError(f"{path}: {error}") from error
        return changed


def parts_of(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    starts = [number for number, line in enumerate(lines) if FILE.fullmatch(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = FILE.fullmatch(lines[start])
        assert found is not None
        yield found[1], "\n".join(lines[start + 1 : end]) + "\n"


def replaced(text: str, code: str) -> str:
    """The file with each symbol of the fragment in the place of its own.

    Raises:
        CourseError: the fragment is not Python, has no symbol, or one that the file does not have.
    """
    try:
        new = symbols(code)
    except SyntaxError as error:
        raise CourseError(f"the fragment is not Python: {error}") from error
    chosen = [symbol for symbol in new.values() if replaces(symbol, new)]
    if not chosen:
        raise CourseError("the fragment has no function, method or constant")
    fresh = code.split("\n")
    lines: list[str | None] = list(text.split("\n"))
    for symbol in chosen:
        spans = find(text, symbol.name).spans
        for start, end in spans:
            lines[start - 1 : end] = [None] * (end - start + 1)
        bodies = ("\n".join(fresh[start - 1 : end]) for start, end in symbol.spans)
        lines[spans[0][0] - 1] = "\n".join(bodies)
    imports = [span for symbol in new.values() if symbol.kind == "import" for span in symbol.spans]
    if imports:
        first = first_import(text)
        added = ["\n".join(fresh[start - 1 : end]) for start, end in dict.fromkeys(imports)]
        lines.insert(first - 1, "\n".join(added))
    return "\n".join(line for line in lines if line is not None)


def replaces(symbol: Symbol, new: dict[str, Symbol]) -> bool:
    """Whether a symbol of a fragment is meant itself: a class around methods only says where."""
    if symbol.kind == "class":
        return not any(name.startswith(f"{symbol.name}.") for name in new)
    return symbol.kind in ("function", "assignment")


def first_import(text: str) -> int:
    """The line, from 1, where another import may stand."""
    for symbol in symbols(text).values():
        if symbol.kind != "docstring" and "__future__" not in line_of(text, symbol):
            return symbol.start
    return len(text.split("\n"))


def line_of(text: str, symbol: Symbol) -> str:
    return text.split("\n")[symbol.end - 1]


def check_mistakes(course: Course, suites: Suites) -> Report:
    """Invariant 3."""
    findings: list[Finding] = []
    runs: list[tuple[Chapter, Mistake, Future[Suite]]] = []
    for chapter in course.chapters:
        for path in sorted(chapter.mistakes.glob("*.py")):
            where = path.relative_to(course.root).as_posix()
            try:
                mistake = Mistake.read(path)
                tree = mistake.applied(course.tree(chapter.number))
            except CourseError as error:
                findings.append(Finding(where, str(error), ALLOWED))
            else:
                enough = Enough(mistake.step, mistake.message)
                run = suites.run(tree, [chapter.number], enough)
                runs.append((chapter, mistake, run))
    for chapter, mistake, run in runs:
        where = f"{chapter.slug}, mistake {mistake.name}"
        findings += judge(mistake, run.result(), where)
    findings += shared_messages((chapter, mistake) for chapter, mistake, _ in runs)
    return Report.of(f"{count(len(runs), 'mistake')} made", findings)


ALLOWED = "`# step:`, `# message:`, `# why:`, `# file:`, then functions of that file"


def judge(mistake: Mistake, suite: Suite, where: str) -> Iterator[Finding]:
    if suite.error:
        yield Finding(where, suite.error, "a run of pytest")
        return
    for outcome in suite.outcomes:
        if outcome.step is not None and outcome.step < mistake.step and not outcome.is_green:
            yield Finding(where, str(outcome), f"green: it is of a step before {mistake.step}")
    caught = [one for one in suite.outcomes if one.step == mistake.step and not one.is_green]
    if not any(says(outcome, mistake.message) for outcome in caught):
        found = "; ".join(map(str, caught)) or f"every test of step {mistake.step} is green"
        yield Finding(where, found, f"a test of step {mistake.step} that says {mistake.message!r}")


def says(outcome: Outcome, message: str) -> bool:
    """Whether the test itself fails with the message; how it is wrapped does not matter."""
    return outcome.is_red and " ".join(message.split()) in " ".join(outcome.message.split())


def shared_messages(mistakes: Iterator[tuple[Chapter, Mistake]]) -> Iterator[Finding]:
    """Two mistakes of a chapter with one message tell a reader less than they could."""
    seen: dict[tuple[int, str], str] = {}
    for chapter, mistake in mistakes:
        other = seen.setdefault((chapter.number, mistake.message), mistake.name)
        if other != mistake.name:
            found = f"mistakes {other} and {mistake.name} have one message: {mistake.message!r}"
            yield Finding(chapter.slug, found, "a message of its own for each")

"""The hints of a chapter: for each step a nudge, the approach, and nearly the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chapters.course import Chapter
from chapters.errors import CourseError

LEVELS = ("Nudge", "Approach", "Nearly the code")

Hints = dict[int, tuple[str, str, str]]


def load_hints(chapter: Chapter) -> Hints:
    """The hints of each step. Raises CourseError when a step lacks one, or there is no file."""
    shown = chapter.hints.relative_to(chapter.root).as_posix()
    if not chapter.hints.is_file():
        raise CourseError(f"{shown} does not exist: chapter {chapter.number} has no hints")
    found = {
        heading: sections(body, "###")
        for heading, body in sections(chapter.hints.read_text(encoding="utf-8"), "##").items()
    }
    hints = {}
    for step in chapter.steps:
        levels = found.get(f"Step {step.number}", {})
        for level in LEVELS:
            if not levels.get(level):
                raise CourseError(
                    f"{shown}: no text under '## Step {step.number}', '### {level}';"
                    f" each step has {', '.join(LEVELS)}"
                )
        nudge, approach, nearly = (levels[level] for level in LEVELS)
        hints[step.number] = (nudge, approach, nearly)
    return hints


def sections(text: str, marks: str) -> dict[str, str]:
    """The text under each heading of one level; headings in fenced blocks are none."""
    found: dict[str, list[str]] = {}
    body: list[str] = []
    for line, is_code in with_fences(text):
        if not is_code and line.startswith(marks + " "):
            body = found.setdefault(line.removeprefix(marks).strip(), [])
        else:
            body.append(line)
    return {heading: "\n".join(lines).strip() for heading, lines in found.items()}


def with_fences(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is in a fenced block."""
    fence = ""
    for line in text.splitlines():
        yield line, bool(fence)
        if marks := re.match(r"\s*(`{3,}|~{3,})", line):
            if not fence:
                fence = marks[1]
            elif marks[1].startswith(fence):
                fence = ""

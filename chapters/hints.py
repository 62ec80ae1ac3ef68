"""The hints of a chapter: for each step a nudge, the approach, and nearly the code."""

from __future__ import annotations

from chapters.course import Chapter
from chapters.errors import CourseError
from chapters.fences import read_page

LEVELS = ("Nudge", "Approach", "Nearly the code")

Hints = dict[int, tuple[str, str, str]]


def load_hints(chapter: Chapter) -> Hints:
    """The hints of each step. Raises CourseError when a step lacks one, or there is no file."""
    shown = chapter.hints.relative_to(chapter.root).as_posix()
    if not chapter.hints.is_file():
        raise CourseError(f"{shown} does not exist: chapter {chapter.number} has no hints")
    try:
        steps = sections(chapter.hints.read_text(encoding="utf-8"), "##")
        found = {heading: sections(body, "###") for heading, body in steps.items()}
    except ValueError as error:
        raise CourseError(f"{shown}: {error}") from None
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
    for line, prose in zip(text.splitlines(), read_page(text).prose, strict=True):
        if prose.startswith(marks + " "):
            body = found.setdefault(line.removeprefix(marks).strip(), [])
        else:
            body.append(line)
    return {heading: "\n".join(lines).strip() for heading, lines in found.items()}

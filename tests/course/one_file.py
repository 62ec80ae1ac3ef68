"""A chapter in a line, for trying what becomes of one file in it."""

import ast
from pathlib import Path
from textwrap import dedent

from chapters.chapter import Chapter, Step
from chapters.derive import Moment, derive
from chapters.lists import Lists
from chapters.source import Address

PATH = "reverseproxy/x.py"


def lists(
    steps: list[tuple[str, str]], given: str = "", told: str = "", title: str = "Do it"
) -> Lists:
    """A chapter's lists; a step is its exercises and what it withholds, as words."""

    def addresses(words: str) -> tuple[Address, ...]:
        return tuple(Address(PATH, word) for word in words.split())

    return Lists(
        Chapter(
            number=7,
            folder=Path("course/chapters/07-x"),
            slug="07-x",
            title="X",
            part="I",
            summary="X.",
            minutes=1,
            added=(),
            changed=(PATH,),
            removed=(),
            given=addresses(given),
            told=addresses(told),
            steps=tuple(
                Step(number, title, addresses(own), addresses(withheld))
                for number, (own, withheld) in enumerate(steps, 1)
            ),
            unshown=(),
        )
    )


def start(new: str, old: str | None = None, *, step: int = 0, **words) -> str:
    """The file's text; the words are those of `lists`. With all solved it must be the new one."""
    entries = lists(**words)
    last = len(entries.chapter.steps)
    old = None if old is None else dedent(old)
    assert derive(old, dedent(new), Moment(PATH, entries, last)) == dedent(new)
    text = derive(old, dedent(new), Moment(PATH, entries, step))
    assert text is not None
    ast.parse(text)
    return text


def body(text: str) -> str:
    """An indented text as a file has it."""
    return dedent(text).lstrip("\n")

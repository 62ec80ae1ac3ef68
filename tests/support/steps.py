"""`@step(K)`: ties a checkpoint test to the exercise that it checks; and what its docstring says.

    @step(2)
    async def test_every_set_cookie_line_arrives():
        \"\"\"Two Set-Cookie lines go in, two come out.

        Why: a dict keeps one of them, and somebody is logged out.
        Read: Step 2, "A list, not a dict".
        \"\"\"

The first paragraph is what is expected; `Why:` and `Read:` begin the two others.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

import pytest


def step(number: int) -> pytest.MarkDecorator:
    """Marks a test as a part of the checkpoint of exercise `number` of its chapter."""
    if number < 1:
        raise ValueError(f"step({number}): the steps of a chapter are counted from 1")
    return pytest.mark.step(number)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a checkpoint test says about itself; what its docstring leaves out is empty."""

    expected: str
    why: str
    read: str

    @classmethod
    def of(cls, docstring: str | None) -> Promise:
        """Reads a test's docstring. Paragraphs are joined to one line each, to be wrapped anew."""
        parts = {"expected": "", "why": "", "read": ""}
        key = "expected"
        for line in inspect.cleandoc(docstring or "").splitlines():
            if opening := re.match(r"(Why|Read):\s*", line):
                key, line = opening[1].lower(), line[opening.end() :]
            parts[key] = f"{parts[key]} {line.strip()}".strip()
        return cls(**parts)

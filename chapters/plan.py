"""The plan of the whole book: every chapter, ready or not."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Planned:
    """A chapter of the plan. `builds` may hold `code` in backticks."""

    number: int
    folder: str
    title: str
    part: str
    builds: str


def plan(root: Path) -> list[Planned]:
    """Every chapter of the book in its order, ready or not."""
    read = tomllib.loads((root / "chapters/plan.toml").read_text(encoding="utf-8"))
    return [Planned(**entry) for entry in read["chapters"]]

"""What is done to upstreams in a simulation, and how people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chapters.errors import CourseError
from chapters.simulation.upstreams import SimulatedUpstream

UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "": 1.0}
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
DURATION = re.compile(rf"({NUMBER})(ms|s|min|)")
FAULT = re.compile(rf"([0-9]+)@({NUMBER})(ms|s|min|)(?:x({NUMBER}))?")

WAYS = {
    "kill": "its connections are reset, and new ones are refused",
    "restart": "it runs again, and is well",
    "slow": "it takes longer",
    "fail": "it answers 503 at once",
}


def seconds(option: str, text: str) -> float:
    """'20ms', '5s', '2min' or '5' in seconds. CourseError names the option and what is allowed."""
    found = DURATION.fullmatch(text.strip())
    if not found or float(found[1]) == 0:
        raise CourseError(f"{option} {text!r}: give a time above 0, such as 20ms, 5s or 2min")
    return round(float(found[1]) * UNITS[found[2]], 6)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is done to an upstream: which one, counted from 1, and when, in seconds."""

    way: str
    upstream: int
    at: float
    factor: float = 1.0

    @classmethod
    def parse(cls, way: str, text: str) -> Fault:
        """'1@5s'; 'slow' needs a factor as well: '1@5sx10'.

        CourseError says what is wrong with anything else.
        """
        found = FAULT.fullmatch(text.strip())
        example = "1@5sx10" if way == "slow" else "1@5s"
        if not found or (found[4] is None) != (way != "slow") or float(found[4] or 1) == 0:
            needed = "an upstream, @ and a time" + (", x and a factor" if way == "slow" else "")
            raise CourseError(f"--{way} {text!r}: give {needed}, such as {example}")
        at = round(float(found[2]) * UNITS[found[3]], 6)
        return cls(way, int(found[1]), at, float(found[4] or 1))

    def happen(self, upstream: SimulatedUpstream) -> None:
        """Does it."""
        if self.way == "slow":
            upstream.slow(self.factor)
        else:
            {"kill": upstream.kill, "restart": upstream.restart, "fail": upstream.fail}[self.way]()

    def __str__(self) -> str:
        if self.way == "slow":
            return f"slow: it takes {self.factor:g} times as long"
        return f"{self.way}: {WAYS[self.way]}"

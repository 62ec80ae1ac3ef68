"""What a simulation is run with, checked."""

from __future__ import annotations

from dataclasses import dataclass

from chapters.errors import CourseError
from chapters.simulation import policies
from chapters.simulation.faults import Fault

KEYS = 1000
"""Keys that there are, if nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run. Times are in seconds.

    Raises CourseError for a value that cannot be, with its name and what is allowed.
    """

    policy: str = "round-robin"
    upstreams: int = 3
    service_times: tuple[float, ...] = (0.02,)
    """One for all upstreams, or one each."""
    even: bool = False
    """Every request is the same work; else its work varies as in an exponential distribution."""
    weights: tuple[int, ...] = ()
    """One each; none: all alike."""
    slots: int = 4
    warm_up: float = 0.0
    """How long an upstream that was started again takes longer than it should."""
    rate: float = 100.0
    duration: float = 10.0
    timeout: float = 60.0
    faults: tuple[Fault, ...] = ()
    passive: bool = True
    active: bool = False
    slow_start: float = 0.0
    panic: float = 0.0
    retries: bool = True
    retry_statuses: tuple[int, ...] = ()
    budget: bool = True
    keys: int = KEYS
    zipf: bool = False
    hot: float = 0.0
    """The share of the first key; 0: as it comes."""
    seed: int = 1

    def __post_init__(self) -> None:
        if self.policy not in policies.known():
            raise CourseError(f"--policy {self.policy!r}: there is {', '.join(policies.known())}")
        for option, value, low, high in (
            ("--upstreams", self.upstreams, 1, 100),
            ("--slots", self.slots, 1, 10_000),
            ("--rate", self.rate, 0.01, 10_000),
            ("--duration", self.duration, 0.1, 3600),
            ("--rate times --duration", self.rate * self.duration, 1, 200_000),
            ("--panic", self.panic, 0, 1),
            ("--keys", self.keys, 1, 100_000),
            ("--hot", self.hot, 0, 1),
        ):
            within(option, value, low, high)
        for status in self.retry_statuses:
            within("--retry-statuses", status, 200, 599)
        self._check_each()

    def _check_each(self) -> None:
        """What is said of single upstreams."""
        if len(self.service_times) not in (1, self.upstreams):
            raise CourseError(
                f"--service-time has {len(self.service_times)} values: give one for all upstreams,"
                f" or one for each of the {self.upstreams}"
            )
        if len(self.weights) not in (0, self.upstreams):
            raise CourseError(
                f"--weights has {len(self.weights)} values: give one for each of the"
                f" {self.upstreams} upstreams"
            )
        for weight in self.weights:
            within("--weights", weight, 0, 256)
        if self.weights and not any(self.weights):
            raise CourseError("--weights: give one above 0")
        for fault in self.faults:
            if not 1 <= fault.upstream <= self.upstreams:
                raise CourseError(
                    f"--{fault.way}: there is no upstream {fault.upstream};"
                    f" there are upstreams 1 to {self.upstreams}"
                )

    def service_time(self, number: int) -> float:
        """That of one upstream, counted from 0."""
        return self.service_times[number % len(self.service_times)]


def within(option: str, value: float, low: float, high: float) -> None:
    """Raises CourseError when a number is too small or too large."""
    if not low <= value <= high:
        raise CourseError(f"{option} {value:g}: give a number from {low:g} to {high:g}")


def numbers(option: str, text: str, example: str) -> tuple[int, ...]:
    """'502,503' as numbers. CourseError names the option, the value that is none, an example."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not part.isdecimal():
            raise CourseError(f"{option} {part!r}: give whole numbers, such as {example}")
    return tuple(int(part) for part in parts)

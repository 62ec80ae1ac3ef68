"""What a simulation is run with, checked."""

from __future__ import annotations

from dataclasses import dataclass

from chapters.errors import CourseError
from chapters.simulation.faults import Fault

POLICIES = ("round-robin",)


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
    slots: int = 4
    rate: float = 100.0
    duration: float = 10.0
    timeout: float = 60.0
    faults: tuple[Fault, ...] = ()
    passive: bool = True
    active: bool = False
    retries: bool = True
    retry_statuses: tuple[int, ...] = ()
    budget: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise CourseError(f"--policy {self.policy!r}: there is {', '.join(POLICIES)}")
        within("--upstreams", self.upstreams, 1, 100)
        within("--slots", self.slots, 1, 10_000)
        within("--rate", self.rate, 0.01, 10_000)
        within("--duration", self.duration, 0.1, 3600)
        within("--rate times --duration", self.rate * self.duration, 1, 200_000)
        if len(self.service_times) not in (1, self.upstreams):
            raise CourseError(
                f"--service-time has {len(self.service_times)} values: give one for all upstreams,"
                f" or one for each of the {self.upstreams}"
            )
        for fault in self.faults:
            if not 1 <= fault.upstream <= self.upstreams:
                raise CourseError(
                    f"--{fault.way}: there is no upstream {fault.upstream};"
                    f" there are upstreams 1 to {self.upstreams}"
                )
        for status in self.retry_statuses:
            within("--retry-statuses", status, 200, 599)

    def service_time(self, number: int) -> float:
        """That of one upstream, counted from 0."""
        return self.service_times[number % len(self.service_times)]


def within(option: str, value: float, low: float, high: float) -> None:
    """Raises CourseError when a number is too small or too large."""
    if not low <= value <= high:
        raise CourseError(f"{option} {value:g}: give a number from {low:g} to {high:g}")


def numbers(option: str, text: str) -> tuple[int, ...]:
    """'502,503' as numbers. CourseError names the option and the value that is none."""
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not part.isdecimal():
            raise CourseError(f"{option} {part!r}: give whole numbers, such as 502,503,504")
    return tuple(int(part) for part in parts)

"""The words of the command as the settings of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chapters.simulation.faults import WAYS, Fault, seconds
from chapters.simulation.settings import Settings, numbers


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings. CourseError names the option that is wrong, its value and what is allowed."""
    given = dict(options)
    times = given.pop("service_time").split(",")
    statuses = given.pop("retry_statuses")
    found = tuple(sorted(faults(given), key=lambda fault: fault.at))
    return Settings(
        service_times=tuple(seconds("--service-time", time) for time in times),
        retry_statuses=numbers("--retry-statuses", statuses) if statuses else (),
        duration=seconds("--duration", given.pop("duration")),
        timeout=seconds("--timeout", given.pop("timeout")),
        faults=found,
        **given,
    )


def faults(given: dict[str, Any]) -> Iterator[Fault]:
    """Takes what is done to upstreams out of the options."""
    for way in WAYS:
        for text in given.pop(way):
            yield Fault.parse(way, text)
